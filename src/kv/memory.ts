import { type Millis, SECOND } from '../lib/time.ts'
import { type Json, type KV, type KVTraits, KVUnavailableError } from './kv.ts'
import {
  requireDeltas,
  requireKey,
  requirePrefix,
  toCounter,
  toPageSize,
  toStoredJson,
  toWholeTtl,
} from './kv-input.ts'

interface Entry {
  /** JSON text: what a caller does to its own object later is not stored. */
  readonly text: string
  readonly expiresAt: Millis
}

const TRAITS: KVTraits = {
  atomicIncrement: true,
  consistency: 'strong',
  minTtlSeconds: 1,
  maxValueBytes: 1024 * 1024,
}

/** Each write looks at so many entries for expired ones: those of a busy store are gone long before they pile up. */
const SWEPT_PER_WRITE = 8

/**
 * A store that lives and dies with this process or isolate.
 *
 * `list` sorts all keys of the prefix: fine for the thousands of records the gateway keeps, off the hot path.
 *
 * @param options.now - Unix time in ms.
 */
export function createMemoryKV(options: { readonly now: () => Millis }): KV {
  return new MemoryKV(options.now)
}

class MemoryKV implements KV {
  readonly traits = TRAITS
  readonly #now: () => Millis
  readonly #entries = new Map<string, Entry>()
  #sweep = this.#entries.entries()
  #isClosed = false

  constructor(now: () => Millis) {
    this.#now = now
  }

  async get(key: string): Promise<Json | null> {
    this.#requireOpen()
    requireKey(key)
    const entry = this.#live(key)
    return entry === undefined ? null : JSON.parse(entry.text)
  }

  async set(
    key: string,
    value: Json,
    options: { readonly ttlSeconds?: number; readonly ifAbsent?: boolean } = {},
  ): Promise<boolean> {
    this.#requireOpen()
    requireKey(key)
    const entry = {
      text: toStoredJson(value, TRAITS.maxValueBytes),
      expiresAt: this.#expiry(options.ttlSeconds),
    }
    if (options.ifAbsent && this.#live(key)) return false
    this.#write(key, entry)
    return true
  }

  async delete(key: string): Promise<void> {
    this.#requireOpen()
    requireKey(key)
    this.#entries.delete(key)
  }

  async list(prefix: string, options: { readonly after?: string; readonly limit?: number } = {}) {
    this.#requireOpen()
    const { after = '' } = options
    requirePrefix(prefix)
    requirePrefix(after)
    const limit = toPageSize(options.limit)
    const now = this.#now()
    const found = [...this.#entries]
      .filter(([key, { expiresAt }]) => key.startsWith(prefix) && key > after && expiresAt > now)
      .sort(([a], [b]) => (a < b ? -1 : 1))
    const page = found.slice(0, limit)
    return {
      entries: page.map(([key, { text }]): [string, Json] => [key, JSON.parse(text)]),
      next: found.length > limit ? (page.at(-1)?.[0] ?? null) : null,
    }
  }

  async increment(
    deltas: Readonly<Record<string, number>>,
    options: { readonly ttlSeconds?: number } = {},
  ): Promise<Readonly<Record<string, number>>> {
    this.#requireOpen()
    const expiresAt = this.#expiry(options.ttlSeconds)
    const sums = requireDeltas(deltas).map(([key, delta]): [string, number, Millis] => {
      const entry = this.#live(key)
      if (entry === undefined) return [key, delta, expiresAt]
      return [key, toCounter(key, entry.text) + delta, entry.expiresAt]
    })
    for (const [key, sum, expiry] of sums) this.#write(key, { text: String(sum), expiresAt: expiry })
    return Object.fromEntries(sums)
  }

  async close(): Promise<void> {
    this.#isClosed = true
    this.#entries.clear()
  }

  #requireOpen(): void {
    if (this.#isClosed) throw new KVUnavailableError('The store is closed')
  }

  #expiry(ttlSeconds: number | undefined): Millis {
    const ttl = toWholeTtl(ttlSeconds, TRAITS.minTtlSeconds)
    return ttl === null ? Number.POSITIVE_INFINITY : this.#now() + ttl * SECOND
  }

  #live(key: string): Entry | undefined {
    const entry = this.#entries.get(key)
    return entry !== undefined && entry.expiresAt > this.#now() ? entry : undefined
  }

  #write(key: string, entry: Entry): void {
    this.#entries.set(key, entry)
    for (let left = SWEPT_PER_WRITE; left > 0; left--) {
      const { value, done } = this.#sweep.next()
      if (done) {
        this.#sweep = this.#entries.entries()
        return
      }
      if (value[1].expiresAt <= this.#now()) this.#entries.delete(value[0])
    }
  }
}
