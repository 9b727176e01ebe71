import type { Brand } from '../lib/brand.ts'

/** A Gemini API key: a secret. Only `upstream/attempt.ts` puts it on a wire. */
export type ApiKey = Brand<string, 'ApiKey'>

/** A key's fingerprint: names it in records and logs, and cannot be turned back. */
export type KeyId = Brand<string, 'KeyId'>

/** Below this length a mask would show most of the key. */
const MIN_MASKABLE_LENGTH = 24

/**
 * The text as a key, or null when it cannot travel in a header: empty, or not printable ASCII without spaces.
 *
 * Asks for no more than that. Google changes its formats (`AIza...`, now `AQ....`) and relays have their own:
 * whether a key is good is Google's to say.
 */
export function toApiKey(text: string): ApiKey | null {
  return /^[!-~]+$/.test(text) ? (text as ApiKey) : null
}

/** `<first 7>......<last 7>`; a key too short to keep a middle is masked whole. */
export function maskKey(key: ApiKey): string {
  return key.length < MIN_MASKABLE_LENGTH ? '......' : `${key.slice(0, 7)}......${key.slice(-7)}`
}

/** Names a key in records and logs. See `fingerprintText` for what it promises. */
export function fingerprint(key: ApiKey): KeyId {
  return fingerprintText(key) as KeyId
}

/**
 * A 53-bit fingerprint (cyrb53), in 14 hex digits.
 *
 * Not a cryptographic hash, and synchronous for that reason: a key carries over 190 random bits, so 53 bits of
 * it tell nobody the rest, and two of 10,000 keys collide once in 10^8 pools. A short token that a person made
 * up can be guessed from it by trying words, as from any hash without a secret.
 */
export function fingerprintText(text: string): string {
  let h1 = 0xdeadbeef
  let h2 = 0x41c6ce57
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    h1 = Math.imul(h1 ^ unit, 2654435761)
    h2 = Math.imul(h2 ^ unit, 1597334677)
  }
  h1 = Math.imul(h1 ^ (h1 >>> 16), 2246822507) ^ Math.imul(h2 ^ (h2 >>> 13), 3266489909)
  h2 = Math.imul(h2 ^ (h2 >>> 16), 2246822507) ^ Math.imul(h1 ^ (h1 >>> 13), 3266489909)
  const bits = 4294967296 * (2097151 & h2) + (h1 >>> 0)
  return bits.toString(16).padStart(14, '0')
}
