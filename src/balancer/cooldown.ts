import type { Failure } from '../errors.ts'
import { nextPacificMidnight } from '../health/pacific-midnight.ts'
import { assertNever } from '../lib/assert-never.ts'
import { DAY, HOUR, MINUTE, type Millis, SECOND } from '../lib/time.ts'

/** Who rests after a failure, and until when. */
export interface Cooldown {
  /** `project`: every key known to share the failing key's project; without a known project, the key alone. */
  readonly scope: 'key' | 'project'
  /** Only for the model that failed, or for every model. */
  readonly model: 'this' | 'all'
  /** Unix time in ms; null: until a person or a probe clears it. */
  readonly until: Millis | null
}

export interface CooldownContext {
  /** Unexplained failures of this key and model in a row, this one included. */
  readonly streak: number
  /** `MAX_FAILURES`: an unexplained failure rests nobody before the streak reaches it. */
  readonly maxFailures: number
  readonly now: Millis
  /** In [0, 1): spreads the return of many isolates over a tenth of the wait. */
  readonly jitter: number
}

/** Google gave no time, or a time of zero: one window of its per-minute quotas. */
const MINUTE_QUOTA_REST: Millis = MINUTE
const SHORTEST_REST: Millis = SECOND
/** No quota of Google's is longer than a day; a longer wait is a broken answer. */
const LONGEST_QUOTA_REST: Millis = DAY
const UNEXPLAINED_REST: Millis = MINUTE
const UNEXPLAINED_REST_MAX: Millis = 30 * MINUTE
/** Credits and project switches are mended by people, within hours: one call tells whether they were. */
const PROJECT_REST: Millis = 6 * HOUR
/** A model outside the project's tier stays so until somebody changes the tier. */
const MODEL_REST: Millis = 24 * HOUR
/** Google's day and ours may differ by some seconds; nobody should find out by a refused call. */
const MIDNIGHT_MARGIN: Millis = 10 * SECOND
const MIDNIGHT_JITTER: Millis = 30 * SECOND

/**
 * How long who rests after a failure.
 *
 * @returns null when nobody rests: the caller's own faults, and Google's overload, which is no key's fault.
 * @source google.rpc.RetryInfo; daily quotas reset at midnight Pacific (Gemini API rate limits page)
 */
export function cooldownFor(failure: Failure, context: CooldownContext): Cooldown | null {
  const { now, jitter } = context
  switch (failure.kind) {
    case 'dead-key':
      return { scope: 'key', model: 'all', until: null }
    case 'dead-project':
    case 'unfunded':
      return { scope: 'project', model: 'all', until: now + spread(PROJECT_REST, jitter) }
    case 'model-unavailable':
      return { scope: 'project', model: 'this', until: now + spread(MODEL_REST, jitter) }
    case 'rate-limited': {
      const until =
        failure.scope === 'day'
          ? nextPacificMidnight(now) + MIDNIGHT_MARGIN + jitter * MIDNIGHT_JITTER
          : now + spread(clamp(failure.retryAfterMs || MINUTE_QUOTA_REST), jitter)
      return { scope: 'project', model: 'this', until: Math.ceil(until) }
    }
    case 'upstream-fault':
    case 'empty-answer':
      return unexplained(context)
    case 'overloaded':
    case 'location':
    case 'foreign-resource':
    case 'caller-fault':
    case 'cancelled':
      return null
    default:
      return assertNever(failure)
  }
}

function unexplained({ streak, maxFailures, now, jitter }: CooldownContext): Cooldown | null {
  if (streak < maxFailures) return null
  const rest = Math.min(UNEXPLAINED_REST * 2 ** (streak - maxFailures), UNEXPLAINED_REST_MAX)
  return { scope: 'key', model: 'this', until: now + spread(rest, jitter) }
}

function clamp(rest: Millis): Millis {
  return Math.min(Math.max(rest, SHORTEST_REST), LONGEST_QUOTA_REST)
}

function spread(rest: Millis, jitter: number): Millis {
  return Math.ceil(rest * (1 + jitter / 10))
}
