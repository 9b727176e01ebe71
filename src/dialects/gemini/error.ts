import type { Refusal } from '../../errors.ts'
import { messageOf, refusalHeaders, statusOf, toSeconds } from '../refusal-text.ts'

const STATUS_NAMES: Readonly<Record<number, string>> = {
  400: 'INVALID_ARGUMENT',
  401: 'UNAUTHENTICATED',
  403: 'PERMISSION_DENIED',
  404: 'NOT_FOUND',
  405: 'UNIMPLEMENTED',
  413: 'INVALID_ARGUMENT',
  429: 'RESOURCE_EXHAUSTED',
  500: 'INTERNAL',
  501: 'UNIMPLEMENTED',
  503: 'UNAVAILABLE',
  504: 'DEADLINE_EXCEEDED',
}

/** Google's error envelope. @source google.rpc.Status, google.rpc.BadRequest, google.rpc.RetryInfo */
function toGoogleError(refusal: Refusal): object {
  const code = statusOf(refusal)
  const details = detailsOf(refusal)
  return {
    error: {
      code,
      message: messageOf(refusal),
      status: STATUS_NAMES[code] ?? 'UNKNOWN',
      ...(details.length > 0 && { details }),
    },
  }
}

/** A refusal as the native API would give it: pretty-printed, with a newline at its end. */
export function refuseAsGemini(refusal: Refusal): Response {
  return googleErrorResponse(refusal, toGoogleError(refusal))
}

/** A refusal as Google's OpenAI layer gives its errors: the native envelope in an array. */
export function refuseAsGoogleOpenAI(refusal: Refusal): Response {
  return googleErrorResponse(refusal, [toGoogleError(refusal)])
}

function googleErrorResponse(refusal: Refusal, body: object): Response {
  return new Response(`${JSON.stringify(body, null, 2)}\n`, {
    status: statusOf(refusal),
    headers: { 'content-type': 'application/json; charset=UTF-8', ...refusalHeaders(refusal) },
  })
}

function detailsOf(refusal: Refusal): object[] {
  if (refusal.kind === 'bad-request' && refusal.field !== null) {
    const violation = { field: refusal.field, description: refusal.message }
    return [{ '@type': 'type.googleapis.com/google.rpc.BadRequest', fieldViolations: [violation] }]
  }
  if (refusal.kind === 'exhausted' && refusal.retryAfterMs !== null) {
    return [
      {
        '@type': 'type.googleapis.com/google.rpc.RetryInfo',
        retryDelay: `${toSeconds(refusal.retryAfterMs)}s`,
      },
    ]
  }
  return []
}
