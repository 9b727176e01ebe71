import type { KeyId } from '../keys/api-key.ts'
import {
  HEALTH_PREFIX,
  type HealthRecord,
  healthKey,
  healthTtlSeconds,
  parseHealthKey,
  REVIVED,
  readHealthRecord,
} from '../kv/keyspace.ts'
import type { KV } from '../kv/kv.ts'
import type { Millis } from '../lib/time.ts'
import type { Rest } from './key-pool.ts'

/** What the store says of one key: that it rests, or that somebody has seen it work again. */
export type HealthNews =
  | { readonly kind: 'rest'; readonly rest: Rest }
  | { readonly kind: 'revival'; readonly keyId: KeyId; readonly at: Millis }

/**
 * Records on their way at once. Not one by one: an isolate that is killed right after its answer would lose the
 * others. A project of thousands of keys must not flood the store either.
 */
const AT_ONCE = 50

/**
 * The pool's health in the store. Records merge without locks: of two rests the later end counts, and a revival
 * ends every rest that began before it. So a lost race can cost one more refused call, and corrupts nothing.
 */
export class HealthJournal {
  /** Still to be written: the newest for each key and model. */
  readonly #pending = new Map<string, HealthRecord>()

  get isPending(): boolean {
    return this.#pending.size > 0
  }

  rest({ keyId, model, until, reason, streak, since }: Rest): void {
    this.#pending.set(healthKey(keyId, model), { v: 1, until, reason, streak, since })
  }

  revival(keyId: KeyId, now: Millis): void {
    this.#pending.set(healthKey(keyId, null), { v: 1, until: now, reason: REVIVED, streak: 0, since: now })
  }

  /** Writes what is pending. A change that comes while its record is on its way stays for the next time. */
  async write(kv: KV, now: Millis): Promise<void> {
    const waiting = [...this.#pending]
    while (waiting.length > 0) {
      await Promise.all(
        waiting.splice(0, AT_ONCE).map(([key, record]) => this.#writeOne(kv, key, record, now)),
      )
    }
  }

  async #writeOne(kv: KV, key: string, record: HealthRecord, now: Millis): Promise<void> {
    if (!(await isOver(kv, key, record)))
      await kv.set(key, record, { ttlSeconds: healthTtlSeconds(record, now) })
    if (this.#pending.get(key) === record) this.#pending.delete(key)
  }

  /** Reads every record. One of another version, or broken, is passed over. */
  async read(kv: KV): Promise<HealthNews[]> {
    const news: HealthNews[] = []
    let after: string | undefined
    do {
      const page = await kv.list(HEALTH_PREFIX, after === undefined ? {} : { after })
      for (const [key, value] of page.entries) {
        const owner = parseHealthKey(key)
        const record = readHealthRecord(value)
        if (owner && !(record instanceof Error)) news.push(toNews(owner, record))
      }
      after = page.next ?? undefined
    } while (after !== undefined)
    return news
  }
}

/** Whether somebody has revived the key since it was put to rest for every model: that rest is not to be told again. */
async function isOver(kv: KV, key: string, { reason, since }: HealthRecord): Promise<boolean> {
  if (reason === REVIVED || parseHealthKey(key)?.model !== null) return false
  const stored = await kv.get(key)
  const known = stored === null ? null : readHealthRecord(stored)
  return known !== null && !(known instanceof Error) && known.reason === REVIVED && known.since >= since
}

function toNews(
  owner: { readonly keyId: KeyId; readonly model: string | null },
  record: HealthRecord,
): HealthNews {
  if (record.reason === REVIVED) return { kind: 'revival', keyId: owner.keyId, at: record.since }
  // A reason of a later version is one we need not understand: the key rests all the same.
  return { kind: 'rest', rest: { ...owner, ...record, reason: record.reason as Rest['reason'] } }
}
