import type { Brand } from '../lib/brand.ts'

/** A Gemini API key: a secret. Only `upstream/attempt.ts` puts it on a wire. */
export type ApiKey = Brand<string, 'ApiKey'>

/** A key's fingerprint: names it in records and logs, and cannot be turned back. */
export type KeyId = Brand<string, 'KeyId'>

/** `<first 7>......<last 7>`; a key too short to keep a middle is masked whole. */
export function maskKey(key: ApiKey): string {
  return key.length < 24 ? '......' : `${key.slice(0, 7)}......${key.slice(-7)}`
}

/**
 * A 53-bit fingerprint (cyrb53), in 14 hex digits.
 *
 * Not a cryptographic hash, and synchronous for that reason: a key carries over 190 random bits, so 53 bits of
 * it tell nobody the rest, and two of 10,000 keys collide once in 10^8 pools.
 */
export function fingerprint(key: ApiKey): KeyId {
  let h1 = 0xdeadbeef
  let h2 = 0x41c6ce57
  for (let i = 0; i < key.length; i++) {
    const unit = key.charCodeAt(i)
    h1 = Math.imul(h1 ^ unit, 2654435761)
    h2 = Math.imul(h2 ^ unit, 1597334677)
  }
  h1 = Math.imul(h1 ^ (h1 >>> 16), 2246822507) ^ Math.imul(h2 ^ (h2 >>> 13), 3266489909)
  h2 = Math.imul(h2 ^ (h2 >>> 16), 2246822507) ^ Math.imul(h1 ^ (h1 >>> 13), 3266489909)
  const bits = 4294967296 * (2097151 & h2) + (h1 >>> 0)
  return bits.toString(16).padStart(14, '0') as KeyId
}
