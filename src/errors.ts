import type { Millis } from './lib/time.ts'

/**
 * What went wrong with one upstream attempt, and so who pays for it. `health/classify-failure.ts` makes it,
 * the pool and the failover loop act on it. No wire format here.
 *
 * - the key: `dead-key` until a person or a probe clears it
 * - the key's project: `dead-project`, `unfunded`, `rate-limited`, `model-unavailable`
 * - Google, or the way to it: `overloaded`, `upstream-fault`, `location`, `empty-answer`
 * - the caller: `caller-fault`, `foreign-resource`, `cancelled`: these never touch a key
 */
export type Failure =
  | { readonly kind: 'dead-key'; readonly reason: DeadKeyReason }
  | { readonly kind: 'dead-project'; readonly reason: 'service-disabled' }
  | { readonly kind: 'unfunded'; readonly reason: 'spend-cap' | 'prepaid-empty' }
  | RateLimited
  | { readonly kind: 'model-unavailable' }
  | { readonly kind: 'overloaded'; readonly retryAfterMs: Millis | null }
  | { readonly kind: 'upstream-fault'; readonly cause: UpstreamFaultCause }
  | { readonly kind: 'location' }
  | { readonly kind: 'empty-answer' }
  | { readonly kind: 'foreign-resource' }
  | { readonly kind: 'caller-fault'; readonly status: number }
  | { readonly kind: 'cancelled' }

/** A failure in one word, for logs: `dead-key/expired`, `upstream-fault/timeout`, `rate-limited/day`. */
export function describeFailure(failure: Failure): string {
  switch (failure.kind) {
    case 'dead-key':
    case 'dead-project':
    case 'unfunded':
      return `${failure.kind}/${failure.reason}`
    case 'upstream-fault':
      return `${failure.kind}/${failure.cause}`
    case 'rate-limited':
      return `${failure.kind}/${failure.scope}`
    default:
      return failure.kind
  }
}

export type DeadKeyReason = 'invalid' | 'expired' | 'unauthenticated' | 'suspended' | 'leaked' | 'restricted'

/** The caller's own mistake: it touches no key, and goes back as Google said it. */
export function isCallersOwn({ kind }: Failure): boolean {
  return kind === 'caller-fault' || kind === 'foreign-resource'
}

type UpstreamFaultCause = 'status' | 'network' | 'timeout' | 'cut' | 'garbage'

export interface RateLimited {
  readonly kind: 'rate-limited'
  /** `day` ends at midnight in America/Los_Angeles; `unknown` when Google named no quota. */
  readonly scope: 'minute' | 'day' | 'unknown'
  /** What Google asked for in RetryInfo or Retry-After; null when it asked for nothing. */
  readonly retryAfterMs: Millis | null
  /** The model as the quota names it: a preview or alias id shares its family's quota. */
  readonly quotaModel: string | null
  /** The limit that was hit, requests or tokens, when Google told it. */
  readonly limit: number | null
}

/**
 * Why the gateway itself refuses or cannot serve a request. Each `dialects/<x>/error.ts` turns it into its
 * own wire format; nothing else does.
 */
export type Refusal =
  | { readonly kind: 'unauthenticated'; readonly message: string }
  | { readonly kind: 'bad-request'; readonly message: string; readonly field: string | null }
  | { readonly kind: 'body-too-large'; readonly limitMB: number }
  | { readonly kind: 'not-found'; readonly message: string }
  | { readonly kind: 'method-not-allowed'; readonly allow: string }
  | { readonly kind: 'not-supported'; readonly message: string }
  | { readonly kind: 'model-forbidden'; readonly model: string }
  | { readonly kind: 'no-keys'; readonly message: string }
  | Exhausted
  | { readonly kind: 'internal' }

/** No key is left for this request. */
export interface Exhausted {
  readonly kind: 'exhausted'
  /**
   * `quota`: every key rests on its quota. `overload`: Google is overloaded or unreachable. `timeout`: it was
   * too slow. `keys-refused`: every key is dead or unfunded, which only the operator can mend.
   */
  readonly cause: 'quota' | 'overload' | 'timeout' | 'keys-refused'
  /** Until the soonest recovery; null when none is in sight. */
  readonly retryAfterMs: Millis | null
  /** Google's own words for the last failure, scrubbed; null when it gave none. */
  readonly upstreamMessage: string | null
  readonly model: string | null
}
