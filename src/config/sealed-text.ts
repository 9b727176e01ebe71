import * as z from 'zod/mini'
import type { Json } from '../kv/kv.ts'

/** A text as it is stored: encrypted, or plain when there is no key to encrypt it with. */
export type SealedText =
  | { readonly v: 1; readonly alg: 'A256GCM'; readonly nonce: string; readonly data: string }
  | { readonly v: 1; readonly alg: 'plain'; readonly data: string }

/** Why a stored text cannot be opened. Holds nothing of the text. */
export interface OpenFailure {
  /**
   * - `no-key`: it is encrypted, and `ENCRYPTION_KEY` is not set.
   * - `not-authentic`: it was sealed with another key, for another place, or changed since. Which, nobody can tell.
   * - `foreign-version`: a later version of this program sealed it.
   * - `shape`: it is no sealed text.
   */
  readonly kind: 'no-key' | 'not-authentic' | 'foreign-version' | 'shape'
  /** What would mend it, to be read after the word "expected". */
  readonly expected: string
}

/**
 * Seals texts for the store.
 *
 * `place` is where the text will stand. It is bound to the text: one that was moved elsewhere does not open. Neither
 * call rejects for anything that was stored or configured.
 */
export interface Sealer {
  /** @param text - well-formed Unicode: half a surrogate pair does not come back. */
  seal(text: string, place: string): Promise<SealedText>
  open(sealed: Json, place: string): Promise<string | OpenFailure>
}

/**
 * A sealer with AES-256-GCM, whose key comes from the passphrase by HKDF-SHA-256.
 *
 * HKDF does not slow down one who tries passphrases, and no slow derivation fits into an edge host's CPU time: the
 * passphrase itself must be hard to guess. Nonces are random, 96 bits, new for each text: safe for 2^32 texts under
 * one passphrase.
 *
 * @param encryptionKey - `ENCRYPTION_KEY`. Null: `seal` leaves texts plain. Plain texts open with a key as well, as
 *   one may be set later: encryption hides secrets from who reads the store, and stops nobody who can write to it.
 * @source NIST SP 800-38D, 8.2.2; RFC 5869
 */
export function createSealer(encryptionKey: string | null): Sealer {
  return encryptionKey === null ? PLAIN_SEALER : new KeySealer(encryptionKey)
}

const VERSION = 1
const ALGORITHM = 'AES-GCM'
const NONCE_BYTES = 12
/** Keeps this key apart from any other that may come of the same passphrase. */
const KEY_INFO = 'gemini-balance-edge sealed text v1'

const OPEN_FAILURES = {
  'no-key': 'the ENCRYPTION_KEY that the stored value was encrypted with; or set the value again',
  'not-authentic':
    'the ENCRYPTION_KEY that the stored value was encrypted with (or it was altered); or set the value again',
  'foreign-version': 'a later version of the gateway to read the stored value; or set the value again',
  shape: 'a stored value that can be read; set the value again',
} as const satisfies Record<OpenFailure['kind'], string>

const BASE64URL = z.string().check(z.regex(/^[\w-]*$/))

const envelope = z.discriminatedUnion('alg', [
  z.object({ v: z.literal(VERSION), alg: z.literal('A256GCM'), nonce: BASE64URL, data: BASE64URL }),
  z.object({ v: z.literal(VERSION), alg: z.literal('plain'), data: BASE64URL }),
])

const versioned = z.object({ v: z.number() })

const PLAIN_SEALER: Sealer = {
  seal: async (text) => ({ v: VERSION, alg: 'plain', data: toBase64Url(toUtf8(text)) }),
  open: async (stored) => {
    const sealed = readSealedText(stored)
    if ('kind' in sealed) return sealed
    return sealed.alg === 'plain' ? readPlain(sealed.data) : failure('no-key')
  },
}

class KeySealer implements Sealer {
  readonly #passphrase: string
  /** Not the promise of it: on Workers one that another request began may never settle. */
  #key: CryptoKey | null = null

  constructor(passphrase: string) {
    this.#passphrase = passphrase
  }

  async seal(text: string, place: string): Promise<SealedText> {
    const nonce = crypto.getRandomValues(new Uint8Array(NONCE_BYTES))
    const data = await crypto.subtle.encrypt(aesGcm(nonce, place), await this.#aesKey(), toUtf8(text))
    return { v: VERSION, alg: 'A256GCM', nonce: toBase64Url(nonce), data: toBase64Url(new Uint8Array(data)) }
  }

  async open(stored: Json, place: string): Promise<string | OpenFailure> {
    const sealed = readSealedText(stored)
    if ('kind' in sealed) return sealed
    if (sealed.alg === 'plain') return readPlain(sealed.data)
    const nonce = fromBase64Url(sealed.nonce)
    const data = fromBase64Url(sealed.data)
    if (nonce?.length !== NONCE_BYTES || data === null) return failure('shape')
    const key = await this.#aesKey()
    try {
      const bytes = await crypto.subtle.decrypt(aesGcm(nonce, place), key, data)
      return fromUtf8(bytes)
    } catch {
      return failure('not-authentic') // every wrong tag is this one error, which says no more
    }
  }

  async #aesKey(): Promise<CryptoKey> {
    this.#key ??= await deriveKey(this.#passphrase)
    return this.#key
  }
}

async function deriveKey(passphrase: string): Promise<CryptoKey> {
  const secret = await crypto.subtle.importKey('raw', toUtf8(passphrase), 'HKDF', false, ['deriveKey'])
  return crypto.subtle.deriveKey(
    { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(), info: toUtf8(KEY_INFO) },
    secret,
    { name: ALGORITHM, length: 256 },
    false,
    ['encrypt', 'decrypt'],
  )
}

function aesGcm(nonce: Uint8Array<ArrayBuffer>, place: string): AesGcmParams {
  return { name: ALGORITHM, iv: nonce, additionalData: toUtf8(place) }
}

function readSealedText(stored: Json): SealedText | OpenFailure {
  const sealed = envelope.safeParse(stored)
  if (sealed.success) return sealed.data
  const version = versioned.safeParse(stored).data?.v
  return failure(version === undefined || version === VERSION ? 'shape' : 'foreign-version')
}

function readPlain(data: string): string | OpenFailure {
  const bytes = fromBase64Url(data)
  return bytes === null ? failure('shape') : fromUtf8(bytes)
}

function failure(kind: OpenFailure['kind']): OpenFailure {
  return { kind, expected: OPEN_FAILURES[kind] }
}

function toUtf8(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text)
}

function fromUtf8(bytes: AllowSharedBufferSource): string {
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes)
}

function toBase64Url(bytes: Uint8Array): string {
  let binary = ''
  for (const byte of bytes) binary += String.fromCharCode(byte)
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
}

/** @returns null when it is no base64url. */
function fromBase64Url(text: string): Uint8Array<ArrayBuffer> | null {
  try {
    const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'))
    const bytes = new Uint8Array(binary.length)
    for (let i = 0; i < bytes.length; i++) bytes[i] = binary.charCodeAt(i)
    return bytes
  } catch {
    return null // the only thing `atob` throws for
  }
}
