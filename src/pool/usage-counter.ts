import type { KeyId } from '../keys/api-key.ts'
import { COUNTER_TTL_SECONDS, counterKey } from '../kv/keyspace.ts'
import type { KV } from '../kv/kv.ts'
import { DAY, type Millis } from '../lib/time.ts'

/** What became of one call to Google. */
export type CallResult = 'ok' | 'failed'

/** More counters than this in one batch, and the rest waits for the next: stores bound the size of one command. */
const BATCH = 200
/** While the store is down counters wait in memory; beyond this many they are dropped. */
const MAX_WAITING = 20_000

/**
 * Calls by day, key, model and result. They are gathered here and written many at a time, so an isolate that
 * dies loses what it had gathered since the last flush, and nothing else.
 */
export class UsageCounter {
  #waiting = new Map<string, number>()
  #day = { number: -1, name: '' }

  get isEmpty(): boolean {
    return this.#waiting.size === 0
  }

  count(keyId: KeyId, model: string, result: CallResult, now: Millis): void {
    const key = counterKey(this.#nameOfDay(now), keyId, model, result)
    if (this.#waiting.size >= MAX_WAITING && !this.#waiting.has(key)) return
    this.#waiting.set(key, (this.#waiting.get(key) ?? 0) + 1)
  }

  #nameOfDay(now: Millis): string {
    const number = Math.floor(now / DAY)
    if (this.#day.number !== number) this.#day = { number, name: new Date(now).toISOString().slice(0, 10) }
    return this.#day.name
  }

  /** Writes what has gathered. A batch that fails is kept; one that failed after it was done counts twice. */
  async write(kv: KV): Promise<void> {
    const gathered = this.#waiting
    this.#waiting = new Map()
    const entries = [...gathered]
    try {
      while (entries.length > 0) {
        await kv.increment(Object.fromEntries(entries.slice(0, BATCH)), { ttlSeconds: COUNTER_TTL_SECONDS })
        entries.splice(0, BATCH)
      }
    } catch (error) {
      for (const [key, count] of entries) this.#waiting.set(key, (this.#waiting.get(key) ?? 0) + count)
      throw error
    }
  }
}
