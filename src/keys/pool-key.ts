import { type ApiKey, type KeyId, maskKey } from './api-key.ts'

/** One Gemini key as the operator gave it. */
export interface PoolKey {
  readonly id: KeyId
  readonly key: ApiKey
  /** 1 to 1000: its share of the calls. */
  readonly weight: number
  /** The Google project it belongs to, when known: Google counts quota per project, so its keys rest together. */
  readonly project: string | null
  readonly tier: 'free' | 'paid'
  /** Models it may serve; null: all. */
  readonly models: readonly string[] | null
  readonly label: string | null
  /** Another way to Google for this key alone (a relay, an AI gateway); null: `GEMINI_BASE_URL`. */
  readonly baseUrl: string | null
}

/** How a person knows a key: by the label it was given, or by its mask. */
export function nameKey({ label, key }: PoolKey): string {
  return label ?? maskKey(key)
}
