import { type Json, KVTypeError, KVValueTooLargeError } from './kv.ts'

/** What every driver checks and rounds alike, so that a bug shows on the first store and not only on the strictest. */

const MAX_KEY_BYTES = 256
const MAX_PAGE = 1_000

const KEY = new RegExp(`^[!-~]{1,${MAX_KEY_BYTES}}$`)
const PREFIX = new RegExp(`^[!-~]{0,${MAX_KEY_BYTES}}$`)

/** @throws RangeError */
export function requireKey(key: string): void {
  if (!KEY.test(key)) throw new RangeError('A key is 1 to 256 bytes of printable ASCII without spaces')
}

/** Also for `after`, where empty means from the start. @throws RangeError */
export function requirePrefix(prefix: string): void {
  if (!PREFIX.test(prefix))
    throw new RangeError('A prefix is at most 256 bytes of printable ASCII without spaces')
}

/**
 * Keys and steps of `increment`.
 *
 * @throws RangeError
 */
export function requireDeltas(deltas: Readonly<Record<string, number>>): [key: string, delta: number][] {
  const entries = Object.entries(deltas)
  for (const [key, delta] of entries) {
    requireKey(key)
    if (!Number.isSafeInteger(delta)) throw new RangeError('A counter is added to in integers')
  }
  return entries
}

/**
 * @returns whole seconds, rounded up to what the store can; null: no TTL.
 * @throws RangeError
 */
export function toWholeTtl(ttlSeconds: number | undefined, minTtlSeconds: number): number | null {
  if (ttlSeconds === undefined) return null
  if (!(ttlSeconds > 0 && Number.isFinite(ttlSeconds))) throw new RangeError('A TTL is more than 0 seconds')
  return Math.max(Math.ceil(ttlSeconds), minTtlSeconds)
}

/** @throws RangeError */
export function toPageSize(limit: number = MAX_PAGE): number {
  if (!Number.isSafeInteger(limit) || limit < 1) throw new RangeError('A limit is an integer of at least 1')
  return Math.min(limit, MAX_PAGE)
}

/**
 * The value as JSON text.
 *
 * @throws KVValueTooLargeError
 * @throws RangeError for null, and for what JSON cannot hold.
 */
export function toStoredJson(value: Json, maxValueBytes: number): string {
  const text = value === null ? undefined : JSON.stringify(value)
  if (text === undefined || text === 'null') throw new RangeError('A value is JSON, and not null as a whole')
  // A UTF-16 unit is at most 3 bytes of UTF-8: most values need no exact count.
  if (text.length * 3 > maxValueBytes) {
    const bytes = new TextEncoder().encode(text).length
    if (bytes > maxValueBytes) {
      throw new KVValueTooLargeError(`The value has ${bytes} bytes, the store takes ${maxValueBytes}`)
    }
  }
  return text
}

/**
 * A stored counter's value.
 *
 * @param text - the JSON that the key holds.
 * @throws KVTypeError
 */
export function toCounter(key: string, text: string): number {
  const value: unknown = JSON.parse(text)
  if (typeof value !== 'number' || !Number.isSafeInteger(value))
    throw new KVTypeError(`${key} holds no integer`)
  return value
}
