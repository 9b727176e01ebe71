/** What a store can hold: anything JSON can, `null` included in structures but not as a whole value. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json }

/** What a store can promise, declared so that nobody has to guess. */
export interface KVTraits {
  /** `increment` loses nothing among concurrent writers. */
  readonly atomicIncrement: boolean
  /** `eventual`: a write may be unseen elsewhere for a while (Workers KV: about 60 s). */
  readonly consistency: 'strong' | 'eventual'
  /** Shorter TTLs are rounded up to this by the driver. 1: whole seconds only. */
  readonly minTtlSeconds: number
  /** A larger value, as JSON in UTF-8, is refused with `KVValueTooLargeError`. */
  readonly maxValueBytes: number
}

/**
 * The store behind the gateway: small, shared, allowed to be slow or down. Nothing on the hot path awaits it.
 *
 * Every method rejects with `KVUnavailableError` when the backend cannot be reached, or after `close`; a failed
 * connection is tried again by the next call, never remembered. Keys are printable ASCII without spaces, 1 to 256
 * bytes; see `keyspace.ts` for the ones in use. An argument against its description is a bug of the caller and
 * rejects with RangeError, before anything is sent (`kv-input.ts`).
 */
export interface KV {
  readonly traits: KVTraits
  /** The value, or null when there is none or its TTL has passed. Falsy values come back as they went in. */
  get(key: string): Promise<Json | null>
  /**
   * Replaces the value together with its TTL.
   *
   * @param value - anything but a bare null, which no `get` could tell from nothing.
   * @param options.ttlSeconds - > 0; rounded up to whole seconds and to `traits.minTtlSeconds`, so that nothing
   *   expires early. Without it the value stays.
   * @param options.ifAbsent - writes only if the key holds nothing; of concurrent writers one wins, if the store is strong.
   * @returns false when `ifAbsent` found a value, else true.
   */
  set(
    key: string,
    value: Json,
    options?: { readonly ttlSeconds?: number; readonly ifAbsent?: boolean },
  ): Promise<boolean>
  /** No error when the key holds nothing. */
  delete(key: string): Promise<void>
  /**
   * Entries whose key starts with `prefix`, ordered by key (code units), with their values.
   *
   * @param options.after - only keys greater than this: the `next` of the page before.
   * @param options.limit - at most this many (default and maximum 1000; more counts as 1000).
   * @returns `next` is null on the last page. Entries that expire or change while paging may be seen or missed.
   */
  list(
    prefix: string,
    options?: { readonly after?: string; readonly limit?: number },
  ): Promise<{
    readonly entries: readonly (readonly [key: string, value: Json])[]
    readonly next: string | null
  }>
  /**
   * Adds to many counters in one round trip; a missing counter starts at 0. A counter is an integer: `get` reads it
   * and `set` may preset it.
   *
   * @param deltas - safe integers; may be negative.
   * @param options.ttlSeconds - as in `set`; given to the counters that this call creates, not prolonged later.
   * @returns each counter's new value. Rejects with `KVTypeError` where a key holds something that is no integer;
   *   whether the other counters of the call were added to then depends on the store.
   */
  increment(
    deltas: Readonly<Record<string, number>>,
    options?: { readonly ttlSeconds?: number },
  ): Promise<Readonly<Record<string, number>>>
  /** Lets go of connections and files; further calls reject, but for `close` itself. */
  close(): Promise<void>
}

/** The backend cannot be reached or answered with an error of its own. */
export class KVUnavailableError extends Error {
  override readonly name = 'KVUnavailableError'
}

/** The value does not fit the backend (`traits.maxValueBytes`). */
export class KVValueTooLargeError extends Error {
  override readonly name = 'KVValueTooLargeError'
}

/** The key holds a value that the operation cannot work on. */
export class KVTypeError extends Error {
  override readonly name = 'KVTypeError'
}
