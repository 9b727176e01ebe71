import { type Access, authenticate, type Caller } from '../callers/authenticate.ts'
import { readCredential } from '../callers/credential.ts'
import type { Refusal } from '../errors.ts'
import type { PoolKey } from '../keys/pool-key.ts'
import type { Invocation } from '../platform.ts'
import type { KeyPool } from '../pool/key-pool.ts'
import type { UpstreamAnswer } from '../upstream/attempt.ts'
import type { UpstreamCall } from '../upstream/call.ts'
import type { Forwarded, ForwardRequest } from '../upstream/failover.ts'
import { headersToCaller } from '../upstream/forwarded-headers.ts'
import { splitUrl } from './canonical-path.ts'
import type { Dialect } from './dialect.ts'
import { readBody } from './read-body.ts'
import { toSeconds } from './refusal-text.ts'

/** What the pipeline needs from the rest of the house; `services.ts` builds it. */
export interface ServeOptions {
  readonly access: Access
  readonly operatorPool: KeyPool
  /** A pool for one request, of the caller's own keys. */
  readonly callersPool: (keys: readonly PoolKey[]) => KeyPool
  readonly forward: (request: ForwardRequest) => Promise<Forwarded>
  /** Writes to the store what has changed; null when nothing has. */
  readonly flush: () => Promise<void> | null
  readonly maxBodyMB: number
  readonly filteredModels: ReadonlySet<string>
}

interface ServeRequest {
  readonly request: Request
  /** Canonical. */
  readonly path: string
  /** `x-request-id`, for the log. */
  readonly requestId: string
  readonly invocation: Invocation
}

export type Serve = (dialect: Dialect, request: ServeRequest) => Promise<Response>

/**
 * The one pipeline of every dialect: who calls, what for, with which keys, and back.
 *
 * A request that is refused here has touched no key and sent nothing.
 */
export function createServe(options: ServeOptions): Serve {
  return async (dialect, { request, path, requestId, invocation }) => {
    const { search } = splitUrl(request.url)
    const caller = authenticate(readCredential(request.headers, search), options.access)
    if (caller.kind === 'unauthenticated') return dialect.refuse(caller)
    const decoded = await dialect.decode({
      method: request.method,
      path,
      search,
      headers: request.headers,
      readBody: () => readBody(request, options.maxBodyMB),
    })
    if ('kind' in decoded) return dialect.refuse(decoded)
    const { call, isOwned } = decoded
    if (options.filteredModels.has(call.model)) {
      return dialect.refuse({ kind: 'model-forbidden', model: call.model })
    }
    const pool = poolOf(caller, options)
    const refusal = refusalOf(pool, call, isOwned)
    if (refusal) return dialect.refuse(refusal)
    const flush = () => {
      const flushed = options.flush()
      if (flushed !== null) invocation.defer(flushed)
    }
    const forwarded = await options.forward({
      call,
      pool,
      isRepeatable: !isOwned || request.method === 'GET',
      signal: request.signal,
      requestId,
      onNews: flush,
    })
    flush()
    return toResponse(forwarded, dialect)
  }
}

function poolOf(caller: Caller, { operatorPool, callersPool }: ServeOptions): KeyPool {
  return caller.kind === 'own-keys' ? callersPool(caller.keys) : operatorPool
}

function refusalOf(pool: KeyPool, call: UpstreamCall, isOwned: boolean): Refusal | null {
  if (pool.keys.length === 0) return { kind: 'no-keys', message: NO_KEYS }
  if (!pool.isServed(call.model)) return { kind: 'model-forbidden', model: call.model }
  if (isOwned && pool.projectCount > 1) return { kind: 'not-supported', message: OWNED }
  return null
}

const NO_KEYS =
  'This gateway has no Gemini keys yet. Its operator adds them in the setting GEMINI_API_KEY and restarts it.'
const OWNED =
  'This path makes or uses something that belongs to one Google project. This gateway has keys of several, and cannot tell yet which one it is.'

function toResponse(forwarded: Forwarded, dialect: Dialect): Response {
  const response = respond(forwarded, dialect)
  response.headers.set('x-gateway-attempts', String(forwarded.attempts))
  return response
}

/** Nobody reads the answer to a caller that has left; the status is for the log of a proxy between. */
const CLIENT_CLOSED_REQUEST = 499

function respond(forwarded: Forwarded, dialect: Dialect): Response {
  switch (forwarded.kind) {
    case 'answer':
      return passOn(forwarded.answer)
    case 'refusal': {
      const response = passOn(forwarded.answer)
      if (forwarded.retryAfterMs !== null && !response.headers.has('retry-after')) {
        response.headers.set('retry-after', String(toSeconds(forwarded.retryAfterMs)))
      }
      return response
    }
    case 'exhausted':
      return dialect.refuse(forwarded.exhausted)
    case 'cancelled':
      return new Response(null, { status: CLIENT_CLOSED_REQUEST })
  }
}

function passOn({ status, headers, body }: UpstreamAnswer): Response {
  const hasNoBody = status === 204 || status === 205 || status === 304
  return new Response(hasNoBody ? null : body, { status, headers: headersToCaller(headers) })
}
