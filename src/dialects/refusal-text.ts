import type { Exhausted, Refusal } from '../errors.ts'
import { assertNever } from '../lib/assert-never.ts'

/** HTTP status of a refusal: the same in every dialect. */
export function statusOf(refusal: Refusal): number {
  switch (refusal.kind) {
    case 'bad-request':
      return 400
    case 'unauthenticated':
      return 401
    case 'model-forbidden':
      return 403
    case 'not-found':
      return 404
    case 'method-not-allowed':
      return 405
    case 'body-too-large':
      return 413
    case 'internal':
      return 500
    case 'not-supported':
      return 501
    case 'no-keys':
      return 503
    case 'exhausted':
      return EXHAUSTED_STATUS[refusal.cause]
    default:
      return assertNever(refusal)
  }
}

const EXHAUSTED_STATUS: Readonly<Record<Exhausted['cause'], number>> = {
  quota: 429,
  overload: 503,
  timeout: 504,
  'keys-refused': 503,
}

/** What a caller is told, in plain words: what happened, whose fault it is, when it heals. */
export function messageOf(refusal: Refusal): string {
  switch (refusal.kind) {
    case 'bad-request':
    case 'unauthenticated':
    case 'not-found':
    case 'not-supported':
    case 'no-keys':
      return refusal.message
    case 'model-forbidden':
      return `The model ${refusal.model} is not allowed on this gateway.`
    case 'method-not-allowed':
      return `This path answers only ${refusal.allow}.`
    case 'body-too-large':
      return `The request body is larger than ${refusal.limitMB} MB, the limit of this gateway (MAX_BODY_MB).`
    case 'internal':
      return 'The gateway failed. Its log has the reason under this request id.'
    case 'exhausted':
      return exhaustedMessage(refusal)
    default:
      return assertNever(refusal)
  }
}

function exhaustedMessage({ cause, model, upstreamMessage, retryAfterMs }: Exhausted): string {
  const forModel = model === null ? '' : ` for ${model}`
  const next = retryAfterMs === null ? '' : ` Please retry in ${toSeconds(retryAfterMs)}s.`
  const words = upstreamMessage === null ? '' : ` Google said: ${withoutRetryHint(upstreamMessage)}`
  switch (cause) {
    case 'quota':
      return `Every key of this gateway rests on its quota${forModel}.${next}${words}`
    case 'overload':
      return `Google is overloaded or unreachable${forModel}, with every key that was tried.${next}${words}`
    case 'timeout':
      return `Google did not answer in time${forModel}, with any key that was tried.${next}${words}`
    case 'keys-refused':
      return `Google refuses every key of this gateway${forModel}: they are invalid, blocked or without credit. The operator can check them with /verify.`
    default:
      return assertNever(cause)
  }
}

/** Google's own hint speaks of one key; ours, of the pool. */
function withoutRetryHint(message: string): string {
  return message.replace(/\s*please retry in [\dhms.]+/i, '').trim()
}

/** `Retry-After` and RetryInfo count in whole seconds; a caller must not be a moment early. */
export function toSeconds(ms: number): number {
  return Math.max(1, Math.ceil(ms / 1000))
}

/** Headers every refusal carries, whatever its dialect. */
export function refusalHeaders(refusal: Refusal): Record<string, string> {
  if (refusal.kind === 'exhausted' && refusal.retryAfterMs !== null) {
    return { 'retry-after': String(toSeconds(refusal.retryAfterMs)) }
  }
  if (refusal.kind === 'method-not-allowed') return { allow: refusal.allow }
  if (refusal.kind === 'unauthenticated') return { 'www-authenticate': 'Bearer' }
  return {}
}
