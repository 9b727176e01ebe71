import type { Json } from './json.ts'

/** A request as bytes and text: what both carriers hand to the core. */
export interface WireRequest {
  readonly method: string
  /** Path and query, as on the request line. */
  readonly target: string
  /** Names in lower case; repeated ones joined by `, ` (`set-cookie`, which no request has, may be a list). */
  readonly headers: RequestHeaders
  readonly body: Uint8Array
}

export type RequestHeaders = Readonly<Record<string, string | string[] | undefined>>

/** A request header's text; undefined when it is absent. */
export function headerOf({ headers }: WireRequest, name: string): string | undefined {
  const value = headers[name]
  return typeof value === 'object' ? value.join(', ') : value
}

export type HeaderList = Readonly<Record<string, string>>

/** What a route answers, before faults and pacing. A `stream` has one entry per event; a `whole` reply has one. */
export interface Reply {
  readonly framing: 'whole' | 'stream'
  readonly status: number
  readonly headers: HeaderList
  readonly events: readonly Uint8Array[]
  /** Set for a successful generateContent or streamGenerateContent: what content faults need to know. */
  readonly generated?: { readonly model: string; readonly promptTokens: number; readonly isSse: boolean }
}

/** One act of a carrier. `flush` lets written bytes leave, so that the next write arrives apart. */
export type WireStep =
  | { readonly do: 'head'; readonly status: number; readonly headers: HeaderList }
  | { readonly do: 'write'; readonly bytes: Uint8Array }
  | { readonly do: 'flush' }
  | { readonly do: 'wait'; readonly ms: number }
  | { readonly do: 'stall' }
  | { readonly do: 'destroy' }

/** What goes on the wire: a reply written at once, or steps taken in order (the reply ends after the last). */
export type Wire =
  | {
      readonly kind: 'whole'
      readonly status: number
      readonly headers: HeaderList
      readonly body: Uint8Array
    }
  | { readonly kind: 'steps'; readonly steps: readonly WireStep[] }

/** A wire plan and the way to say that the client left before its end. */
export interface Exchange {
  readonly wire: Wire
  readonly noteCancelled: () => void
}

/** Waits that tests can own. Rejects or resolves early when the signal aborts; carriers accept both. */
export interface Timer {
  sleep(ms: number, signal: AbortSignal): Promise<void>
}

const encoder = new TextEncoder()

export function utf8(text: string): Uint8Array {
  return encoder.encode(text)
}

const COMMON_HEADERS = {
  Vary: 'Origin, X-Origin, Referer',
  Server: 'scaffolding on HTTPServer2',
  'Server-Timing': 'gfet4t7; dur=738',
  'X-XSS-Protection': '0',
  'X-Frame-Options': 'SAMEORIGIN',
  'X-Content-Type-Options': 'nosniff',
} as const

/** Headers of a JSON reply, as recorded. */
export const JSON_HEADERS: HeaderList = {
  'Content-Type': 'application/json; charset=UTF-8',
  ...COMMON_HEADERS,
}

/** Headers of an event stream, as recorded. */
export const SSE_HEADERS: HeaderList = {
  'Content-Type': 'text/event-stream',
  'Content-Disposition': 'attachment',
  ...COMMON_HEADERS,
}

/** Headers of an error under `alt=sse`: the stream's type, but no disposition. */
export const SSE_ERROR_HEADERS: HeaderList = { 'Content-Type': 'text/event-stream', ...COMMON_HEADERS }

/** Google's front end for a path it does not know: HTML with nothing in it. */
export const NOT_FOUND: Reply = {
  framing: 'whole',
  status: 404,
  headers: { 'Content-Type': 'text/html; charset=UTF-8', ...COMMON_HEADERS },
  events: [new Uint8Array(0)],
}

/** A unary JSON reply: two-space indent and a newline at the end. */
export function jsonReply(value: Json, status = 200): Reply {
  return {
    framing: 'whole',
    status,
    headers: JSON_HEADERS,
    events: [utf8(`${JSON.stringify(value, null, 2)}\n`)],
  }
}
