import type { DeadKeyReason, Failure, RateLimited } from '../errors.ts'
import { type Millis, SECOND } from '../lib/time.ts'
import type { GoogleError } from './google-error.ts'

/**
 * Decides whose fault an error answer is, before anybody is blamed.
 *
 * Policy for shapes not listed: 5xx and 408 are Google's trouble; 401 is the key's; a 403 that names no cause
 * is unexplained (another key may try, and only a row of them rests this one); every other 4xx is the caller's
 * and goes back to it untouched.
 *
 * @param status - HTTP status, or the code inside the body for an error within a 200 stream.
 * @param retryAfter - the `Retry-After` header in seconds; Google rarely sends one.
 * @source Gemini API troubleshooting and api-errors pages; recorded bodies in `classify-failure.test.ts`
 */
export function classifyFailure(
  status: number,
  error: GoogleError,
  retryAfter: string | null = null,
): Failure {
  const deadKey = deadKeyReason(status, error)
  if (deadKey) return { kind: 'dead-key', reason: deadKey }
  // No redirect is followed or handed on: whoever follows it takes a credential along.
  if (status >= 300 && status < 400 && status !== 304) return { kind: 'upstream-fault', cause: 'status' }
  switch (status) {
    case 400:
      return isLocation(error) ? { kind: 'location' } : { kind: 'caller-fault', status }
    case 402:
      return { kind: 'unfunded', reason: 'prepaid-empty' }
    case 403:
      return classifyForbidden(error)
    case 404:
      return isForeignResource(error) ? { kind: 'foreign-resource' } : { kind: 'caller-fault', status }
    case 408:
      return { kind: 'upstream-fault', cause: 'status' }
    case 429:
      return classifyQuota(error, retryAfter)
    case 503:
    case 529:
      return { kind: 'overloaded', retryAfterMs: secondsToMillis(retryAfter) ?? error.retryDelayMs }
    default:
      // 499 is Google giving up on its own: had our caller left, nobody would be reading this.
      if (status >= 500 || status === 499) return { kind: 'upstream-fault', cause: 'status' }
      return { kind: 'caller-fault', status }
  }
}

/**
 * How Google's messages begin where no `details` say the cause. They are read from their beginning only: further
 * on, a message may quote the caller, and whoever names a file "your API key was reported as leaked" must not
 * thereby kill a key.
 */
const WORDS = {
  invalidKey: /^api key (not valid|not found|expired)\b/i,
  expiredKey: /^api key expired\b/i,
  suspended: /^permission denied: consumer '[^']*' has been suspended\b/i,
  leaked: /^your api key was reported as leaked\b/i,
  blocked: /^requests (from|to) [^.]* are blocked\b/i,
  disabledService: /^[\w ]+ api has not been used in project \w+ before or it is disabled\b/i,
  spendCap: /^your project has exceeded its (monthly )?spend(ing)? cap\b/i,
  noCredit: /^your prepay(ment)? credits are depleted\b/i,
  location: /^user location is not supported\b/i,
  foreignFile: /^you do not have permission to access the file\b/i,
  foreignCache: /^cachedcontent not found\b/i,
  /** One line for each quota; the model in it is one that Google knows. */
  zeroLimit: /^\* quota exceeded for metric: \S+, limit: 0\b/im,
} as const

function deadKeyReason(status: number, { reasons, message }: GoogleError): DeadKeyReason | null {
  if (reasons.includes('API_KEY_INVALID') || WORDS.invalidKey.test(message)) {
    return WORDS.expiredKey.test(message) ? 'expired' : 'invalid'
  }
  if (reasons.includes('CONSUMER_SUSPENDED') || WORDS.suspended.test(message)) return 'suspended'
  if (WORDS.leaked.test(message)) return 'leaked'
  if (reasons.some((reason) => /^API_KEY_\w+_BLOCKED$/.test(reason)) || WORDS.blocked.test(message)) {
    return 'restricted'
  }
  return status === 401 ? 'unauthenticated' : null
}

function classifyForbidden(error: GoogleError): Failure {
  const { reasons, message } = error
  if (reasons.includes('SERVICE_DISABLED') || WORDS.disabledService.test(message)) {
    return { kind: 'dead-project', reason: 'service-disabled' }
  }
  if (reasons.includes('BILLING_DISABLED')) return { kind: 'unfunded', reason: 'prepaid-empty' }
  if (isForeignResource(error)) return { kind: 'foreign-resource' }
  return { kind: 'upstream-fault', cause: 'status' }
}

function classifyQuota(error: GoogleError, retryAfter: string | null): Failure {
  const { message, violations } = error
  if (WORDS.spendCap.test(message)) return { kind: 'unfunded', reason: 'spend-cap' }
  if (WORDS.noCredit.test(message)) return { kind: 'unfunded', reason: 'prepaid-empty' }
  if (violations.some(({ limit }) => limit === 0) || WORDS.zeroLimit.test(message)) {
    return { kind: 'model-unavailable' }
  }
  const retryAfterMs = error.retryDelayMs ?? secondsToMillis(retryAfter)
  // A day's quota outranks a minute's: free-tier daily refusals carry a short RetryInfo that is not true.
  const day = violations.find(({ quotaId }) => /PerDay/i.test(quotaId))
  const decisive = day ?? violations[0]
  return {
    kind: 'rate-limited',
    scope: scopeOf(error, day !== undefined),
    retryAfterMs,
    quotaModel: decisive?.model ?? null,
    limit: decisive?.limit ?? null,
  }
}

/** The Interactions API names no quota, only its kind. */
function scopeOf({ status, violations }: GoogleError, isDay: boolean): RateLimited['scope'] {
  if (isDay || status === 'quota_exceeded') return 'day'
  return violations.length > 0 || status === 'rate_limit_exceeded' ? 'minute' : 'unknown'
}

function isLocation({ status, message }: GoogleError): boolean {
  return status === 'FAILED_PRECONDITION' && WORDS.location.test(message)
}

function isForeignResource({ message }: GoogleError): boolean {
  return WORDS.foreignFile.test(message) || WORDS.foreignCache.test(message)
}

function secondsToMillis(seconds: string | null): Millis | null {
  const parsed = Number(seconds ?? Number.NaN)
  return seconds !== null && seconds.trim() !== '' && parsed >= 0 ? Math.ceil(parsed * SECOND) : null
}
