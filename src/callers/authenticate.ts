import type { Refusal } from '../errors.ts'
import { fingerprintText } from '../keys/api-key.ts'
import { MAX_CLIENT_KEYS, parseClientKeys } from '../keys/parse-keys.ts'
import type { PoolKey } from '../keys/pool-key.ts'
import { constantTimeEqual } from '../lib/constant-time-equal.ts'
import type { Credential } from './credential.ts'

export type Caller =
  /** Uses the pool, and the admin API. */
  | { readonly kind: 'operator' }
  /** Uses the pool; never admin. `id` is its token's fingerprint: safe to log. */
  | { readonly kind: 'caller'; readonly id: string }
  /** Uses its own keys, for this request only, and never the operator's pool. */
  | { readonly kind: 'own-keys'; readonly keys: readonly PoolKey[] }

export type AuthenticationFailure = Extract<Refusal, { readonly kind: 'unauthenticated' }>

/** Who may call, from the settings. */
export interface Access {
  readonly authToken: string | null
  readonly allowedTokens: readonly string[]
  readonly allowClientKeys: boolean
}

/** Starts every key that this gateway hands out itself, so that a wrong one is never sent to Google. */
const VIRTUAL_KEY_PREFIX = 'gbe_'

/**
 * Says who calls: the operator, a caller with a token, or somebody with Gemini keys of their own.
 *
 * Whatever is no token of ours counts as the caller's own key, be it ever so short (relays and tests use such)
 * and be it one of the operator's keys: it makes a pool of its own and opens none. Excepted are text that cannot
 * stand in a header and wrong keys of this gateway (`gbe_`). The answer to a refused credential is the same as
 * to none, so it tells nothing about our tokens.
 */
export function authenticate(credential: Credential | null, access: Access): Caller | AuthenticationFailure {
  if (credential === null || credential.value === '') return unauthenticated(access)
  const { value } = credential

  // Every token is compared, whichever matches: the time taken must not say which one did.
  const isOperator = access.authToken !== null && constantTimeEqual(value, access.authToken)
  const allowed = access.allowedTokens.filter((token) => constantTimeEqual(value, token))
  if (isOperator) return { kind: 'operator' }
  if (allowed.length > 0) return { kind: 'caller', id: fingerprintText(value) }

  if (!access.allowClientKeys) return unauthenticated(access)
  const parsed = parseClientKeys(value)
  if (!parsed.ok || parsed.keys.length === 0) return unauthenticated(access)
  if (parsed.keys.some(({ key }) => key.startsWith(VIRTUAL_KEY_PREFIX))) return unauthenticated(access)
  return { kind: 'own-keys', keys: parsed.keys }
}

function unauthenticated({ allowClientKeys }: Access): AuthenticationFailure {
  const where = 'as Authorization: Bearer, x-goog-api-key, x-api-key or ?key='
  const message = allowClientKeys
    ? `Send a token of this gateway ${where}, or your own Gemini API keys there (key or key:weight, separated by commas, at most ${MAX_CLIENT_KEYS}).`
    : `Send a token of this gateway ${where}.`
  return { kind: 'unauthenticated', message }
}
