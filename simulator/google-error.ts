import type { Json, JsonObject } from './json.ts'
import { JSON_HEADERS, type Reply, SSE_ERROR_HEADERS, utf8 } from './wire.ts'

/** A refusal as Google words it. `status` is the canonical code's name. */
export interface GoogleError {
  readonly code: number
  readonly message: string
  readonly status: string
  readonly details?: readonly JsonObject[]
}

/** How a route writes its errors: plain, as an event stream's (same bytes, other type), or in an array. */
export type ErrorStyle = 'plain' | 'sse' | 'array'

const RPC = 'type.googleapis.com/google.rpc'
export const SERVICE = 'generativelanguage.googleapis.com'

export function invalidArgument(message: string, details?: readonly JsonObject[]): GoogleError {
  return { code: 400, message, status: 'INVALID_ARGUMENT', ...(details && { details }) }
}

export function permissionDenied(message: string, details?: readonly JsonObject[]): GoogleError {
  return { code: 403, message, status: 'PERMISSION_DENIED', ...(details && { details }) }
}

export function notFound(message: string): GoogleError {
  return { code: 404, message, status: 'NOT_FOUND' }
}

export function resourceExhausted(message: string, details?: readonly JsonObject[]): GoogleError {
  return { code: 429, message, status: 'RESOURCE_EXHAUSTED', ...(details && { details }) }
}

export function errorInfo(reason: string, metadata: JsonObject): JsonObject {
  return { '@type': `${RPC}.ErrorInfo`, reason, domain: 'googleapis.com', metadata }
}

export function help(description: string, url: string): JsonObject {
  return { '@type': `${RPC}.Help`, links: [{ description, url }] }
}

export function localizedMessage(message: string): JsonObject {
  return { '@type': `${RPC}.LocalizedMessage`, locale: 'en-US', message }
}

export function quotaFailure(violations: readonly JsonObject[]): JsonObject {
  return { '@type': `${RPC}.QuotaFailure`, violations }
}

export function retryInfo(retryDelay: string): JsonObject {
  return { '@type': `${RPC}.RetryInfo`, retryDelay }
}

/** One violated field of a request; `field` is absent at the top level. */
export interface FieldViolation {
  readonly field: string
  readonly description: string
}

/** 400 with every violation in the message, one a line, and in a BadRequest. */
export function badRequest(violations: readonly FieldViolation[]): GoogleError {
  const fieldViolations = violations.map(({ field, description }) => ({
    ...(field !== '' && { field }),
    description,
  }))
  return invalidArgument(violations.map((violation) => violation.description).join('\n'), [
    { '@type': `${RPC}.BadRequest`, fieldViolations },
  ])
}

/** The error's JSON object in Google's key order. */
export function errorObject({ code, message, status, details }: GoogleError): Json {
  return { error: { code, message, status, ...(details && { details }) } }
}

/** The error's body: two-space JSON and a newline, in an array where the surface wants one. */
export function errorBody(error: GoogleError, style: ErrorStyle): string {
  const plain = JSON.stringify(errorObject(error), null, 2)
  return style === 'array' ? `[${plain}\n]\n` : `${plain}\n`
}

export function errorReply(error: GoogleError, style: ErrorStyle): Reply {
  return {
    framing: 'whole',
    status: error.code,
    headers: style === 'sse' ? SSE_ERROR_HEADERS : JSON_HEADERS,
    events: [utf8(errorBody(error, style))],
  }
}
