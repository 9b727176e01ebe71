import type { KeyId } from '../keys/api-key.ts'
import {
  HEALTH_PREFIX,
  type HealthRecord,
  healthKey,
  healthTtlSeconds,
  parseHealthKey,
  readHealthRecord,
} from '../kv/keyspace.ts'
import { type KV, KVUnavailableError } from '../kv/kv.ts'
import { type Millis, SECOND } from '../lib/time.ts'
import type { Log } from '../telemetry/log.ts'
import type { Rest } from './key-pool.ts'

export interface HealthJournalOptions {
  readonly openKV: () => Promise<KV>
  readonly now: () => Millis
  readonly log: Log
}

/** The first request of an isolate waits this long for what the store knows, then goes on without. */
const LOAD_DEADLINE: Millis = SECOND
/** After a failure the store is left alone for so long. */
const RETRY_AFTER: Millis = 5 * SECOND

/**
 * Keeps the pool's health in the store: reads it once at the first request, writes every change.
 *
 * No request waits for a write. While the store is down, changes wait here (the newest for each key and model)
 * and go out when it is back. Of two isolates that write one record at once the later wins; both know their own
 * in memory, so a lost race can cost one more refused call, and corrupts nothing.
 */
export class HealthJournal {
  readonly #options: HealthJournalOptions
  /** What is still to be written; null: to be deleted. */
  readonly #pending = new Map<string, HealthRecord | null>()
  #kv: KV | null = null
  #isLoaded = false
  #loading: Promise<void> | null = null
  #flushing = false
  #failedAt: Millis | null = null

  constructor(options: HealthJournalOptions) {
    this.#options = options
  }

  /** The last call to the store failed: requests are served from memory. */
  get isDegraded(): boolean {
    return this.#failedAt !== null
  }

  /**
   * Reads what the store knows, once.
   *
   * @returns null when that is done (or was given up); else a wait that ends after `LOAD_DEADLINE` at the latest.
   *   A slower answer is still taken over when it comes.
   */
  load(adopt: (rest: Rest) => void): Promise<void> | null {
    if (this.#isLoaded) return null
    this.#loading ??= this.#read(adopt)
    return withDeadline(this.#loading, LOAD_DEADLINE).then(() => {
      this.#isLoaded = true
    })
  }

  record({ keyId, model, until, reason, streak, since }: Rest): void {
    this.#pending.set(healthKey(keyId, model), { v: 1, until, reason, streak, since })
  }

  forget(keyId: KeyId): void {
    this.#pending.set(healthKey(keyId, null), null)
  }

  /** Writes what has changed. @returns null when there is nothing to write now; the promise never rejects. */
  flush(): Promise<void> | null {
    if (this.#pending.size === 0 || this.#flushing || this.#isWaiting()) return null
    return this.#write()
  }

  async #read(adopt: (rest: Rest) => void): Promise<void> {
    await this.#guard('read', async (kv) => {
      let after: string | undefined
      do {
        const page = await kv.list(HEALTH_PREFIX, after === undefined ? {} : { after })
        for (const [key, value] of page.entries) {
          const owner = parseHealthKey(key)
          const record = readHealthRecord(value)
          if (owner && !(record instanceof Error))
            adopt({ ...owner, ...record, reason: record.reason as Rest['reason'] })
        }
        after = page.next ?? undefined
      } while (after !== undefined)
    })
  }

  async #write(): Promise<void> {
    this.#flushing = true
    await this.#guard('write', async (kv) => {
      for (const [key, record] of [...this.#pending]) {
        if (record === null) await kv.delete(key)
        else await kv.set(key, record, { ttlSeconds: healthTtlSeconds(record, this.#options.now()) })
        // A change that came while this one was on its way stays for the next flush.
        if (this.#pending.get(key) === record) this.#pending.delete(key)
      }
    })
    this.#flushing = false
  }

  /** Runs one piece of work on the store, and remembers whether it could be reached. */
  async #guard(what: 'read' | 'write', work: (kv: KV) => Promise<void>): Promise<void> {
    const { openKV, now, log } = this.#options
    try {
      this.#kv ??= await openKV()
      await work(this.#kv)
      if (this.#failedAt !== null) log.info('store is back')
      this.#failedAt = null
    } catch (error) {
      if (this.#failedAt === null) {
        const cause = error instanceof KVUnavailableError ? error.message : String(error)
        log.warn('store failed, going on from memory', { during: what, cause })
      }
      this.#failedAt = now()
    }
  }

  #isWaiting(): boolean {
    return this.#failedAt !== null && this.#options.now() - this.#failedAt < RETRY_AFTER
  }
}

function withDeadline(work: Promise<void>, ms: Millis): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms)
    void work.then(() => {
      clearTimeout(timer)
      resolve()
    })
  })
}
