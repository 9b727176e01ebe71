import type { Refusal } from '../../errors.ts'
import { messageOf, refusalHeaders, statusOf } from '../refusal-text.ts'

/** A refusal in OpenAI's shape, with the type and code that its SDKs turn into exception classes. */
export function refuseAsOpenAI(refusal: Refusal): Response {
  const status = statusOf(refusal)
  const error = {
    message: messageOf(refusal),
    type: typeOf(status),
    param: refusal.kind === 'bad-request' ? refusal.field : null,
    code: CODES[refusal.kind] ?? null,
  }
  return Response.json({ error }, { status, headers: refusalHeaders(refusal) })
}

const CODES: Partial<Readonly<Record<Refusal['kind'], string>>> = {
  unauthenticated: 'invalid_api_key',
  'not-found': 'unknown_url',
  'model-forbidden': 'model_not_found',
  exhausted: 'rate_limit_exceeded',
}

function typeOf(status: number): string {
  if (status === 401) return 'authentication_error'
  if (status === 403) return 'permission_error'
  if (status === 429) return 'rate_limit_error'
  return status >= 500 ? 'server_error' : 'invalid_request_error'
}
