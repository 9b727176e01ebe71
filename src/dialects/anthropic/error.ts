import type { Refusal } from '../../errors.ts'
import { messageOf, refusalHeaders, statusOf } from '../refusal-text.ts'

const TYPES: Readonly<Record<number, string>> = {
  401: 'authentication_error',
  403: 'permission_error',
  404: 'not_found_error',
  413: 'request_too_large',
  429: 'rate_limit_error',
  503: 'overloaded_error',
  504: 'timeout_error',
}

/** A refusal in Anthropic's shape. 503 becomes 529, which its clients know as overload. */
export function refuseAsAnthropic(refusal: Refusal): Response {
  const status = statusOf(refusal)
  const type = TYPES[status] ?? (status >= 500 ? 'api_error' : 'invalid_request_error')
  return Response.json(
    { type: 'error', error: { type, message: messageOf(refusal) } },
    {
      status: refusal.kind === 'exhausted' && status === 503 ? 529 : status,
      headers: refusalHeaders(refusal),
    },
  )
}
