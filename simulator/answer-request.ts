import { gzipSync } from 'node:zlib'
import type { CallLog } from './call-log.ts'
import type { Fault, Pacing } from './control/schema.ts'
import type { FaultBook, Strike } from './fault-book.ts'
import { admit, type Credentials, readBody, readCredentials, soleCredential } from './gate.ts'
import { type ErrorStyle, errorReply, type GoogleError } from './google-error.ts'
import { namedError } from './named-errors.ts'
import { planWire } from './plan-wire.ts'
import { isGoogleError, type RouteMatch } from './routes/route.ts'
import { findRoute } from './routes/router.ts'
import { type Exchange, headerOf, NOT_FOUND, type Reply, utf8, type WireRequest } from './wire.ts'
import { errorContext, type World } from './world.ts'

/** What answering one API request needs. */
export interface Desk {
  readonly world: World
  readonly faults: FaultBook
  readonly log: CallLog
  readonly pacing: Pacing
}

interface Caller {
  readonly match: RouteMatch | null
  readonly query: URLSearchParams
  readonly credentials: Credentials
  /** The model the path or, on the OpenAI layer, the body names. */
  readonly modelId: string | null
}

const NO_CANCEL = () => undefined
const MODEL_IN_BODY = /"model"\s*:\s*"(?:models\/)?([^"]+)"/

/** Answers one API request: route, fault, gate, service, wire plan, record. */
export function answerRequest(desk: Desk, request: WireRequest): Exchange {
  const mark = request.target.indexOf('?')
  const path = mark < 0 ? request.target : request.target.slice(0, mark)
  const search = mark < 0 ? '' : request.target.slice(mark + 1)
  const query = new URLSearchParams(search)
  const match = findRoute(request.method, path)
  const credentials = readCredentials(request, query)
  const caller: Caller = { match, query, credentials, modelId: modelOf(match, request) }
  const strike = desk.faults.isEmpty ? null : strikeFor(desk, caller, path)
  const plain =
    strike?.fault.error === undefined
      ? serve(desk.world, caller, request)
      : faultReply(desk.world, caller, strike.fault)
  const reply = compress(withRetryAfter(plain, strike?.fault), request, desk.world.settings.gzip)
  const wire = planWire(reply, faultFor(reply, strike), desk.pacing, (name) =>
    namedError(name, contextOf(desk.world, caller)),
  )
  if (!desk.world.settings.recordCalls) return { wire, noteCancelled: NO_CANCEL }
  const cancel = record(desk, request, { caller, path, search, strike, reply })
  return { wire, noteCancelled: () => cancel(desk.world.now()) }
}

/** A refusal goes out whole: faults spoil good answers only, but for those that strike before any answer. */
function faultFor({ status }: Reply, strike: Strike | null): Fault | null {
  if (!strike || status === 200) return strike?.fault ?? null
  const { error, cut, stall } = strike.fault
  return error !== undefined || cut === 'before-headers' || stall === 'before-headers' ? strike.fault : null
}

/** Only a fault rule or the call log look at a model in a body, so a plain search is enough. */
function modelOf(match: RouteMatch | null, request: WireRequest): string | null {
  if (match?.route.body !== 'json') return match?.modelId ?? null
  return MODEL_IN_BODY.exec(new TextDecoder().decode(request.body))?.[1] ?? null
}

function contextOf(world: World, { match, credentials, modelId }: Caller) {
  const credential = soleCredential(credentials)
  const key = credential === null ? undefined : world.keys.get(credential)
  const { method = 'unknown' } = match?.route ?? {}
  return errorContext(world, { credential, key, modelId, method, version: match?.version ?? 'v1beta' })
}

function strikeFor(
  { faults, world }: Desk,
  { match, credentials, modelId }: Caller,
  path: string,
): Strike | null {
  const key = soleCredential(credentials)
  const project = (key !== null && world.keys.get(key)?.project) || null
  return faults.strike({ key, project, model: modelId, method: match?.route.method ?? 'unknown', path })
}

function serve(world: World, { match, query, credentials }: Caller, request: WireRequest): Reply {
  if (!match) return NOT_FOUND
  const style = match.route.errorStyle(query)
  const body = readBody(match, request.body)
  if (body.kind === 'error') return errorReply(body.error, style)
  const admitted = admit(world, match, credentials)
  if (admitted.kind === 'error') return errorReply(admitted.error, style)
  const { route, version, modelId } = match
  const result = route.serve({ world, key: admitted.key, version, modelId, query, message: body.message })
  return isGoogleError(result) ? errorReply(result, style) : result
}

function faultReply(world: World, caller: Caller, { error }: Fault): Reply {
  if (error === undefined) return NOT_FOUND
  if (typeof error === 'object') {
    return { framing: 'whole', status: error.status, headers: error.headers, events: [utf8(error.body)] }
  }
  if (error === 'bad-gateway') return BAD_GATEWAY
  const style: ErrorStyle = caller.match?.route.errorStyle(caller.query) ?? 'plain'
  const named: GoogleError = namedError(error, contextOf(world, caller))
  return errorReply(named, style)
}

/** What a front end gives when nothing behind it answers. */
const BAD_GATEWAY: Reply = {
  framing: 'whole',
  status: 502,
  headers: { 'Content-Type': 'text/html; charset=UTF-8' },
  events: [
    utf8(
      '<!DOCTYPE html>\n<html lang=en>\n<title>Error 502 (Server Error)!!1</title>\n<p><b>502.</b> That’s an error.\n',
    ),
  ],
}

function withRetryAfter(reply: Reply, fault: Fault | undefined): Reply {
  if (fault?.retryAfterSeconds === undefined) return reply
  return { ...reply, headers: { ...reply.headers, 'Retry-After': String(fault.retryAfterSeconds) } }
}

/** Unary JSON is compressed for whoever accepts it; streams never are. */
function compress(reply: Reply, request: WireRequest, isOn: boolean): Reply {
  if (!isOn || reply.framing === 'stream' || !headerOf(request, 'accept-encoding')?.includes('gzip'))
    return reply
  if (!reply.headers['Content-Type']?.startsWith('application/json')) return reply
  return {
    ...reply,
    headers: { ...reply.headers, 'Content-Encoding': 'gzip' },
    events: reply.events.map((event) => new Uint8Array(gzipSync(event))),
  }
}

function record(
  { log, world }: Desk,
  request: WireRequest,
  facts: { caller: Caller; path: string; search: string; strike: Strike | null; reply: Reply },
): (at: number) => void {
  const { caller, path, search, strike, reply } = facts
  const credential = soleCredential(caller.credentials)
  const key = credential === null ? undefined : world.keys.get(credential)
  const fault = strike?.fault
  const hasHead = fault?.cut !== 'before-headers' && fault?.stall !== 'before-headers'
  return log.add({
    at: world.now(),
    method: caller.match?.route.method ?? 'unknown',
    httpMethod: request.method,
    path,
    query: search,
    headers: request.headers,
    key: credential,
    keyId: key?.id ?? null,
    project: key?.project ?? null,
    model: caller.modelId,
    bodyBytes: request.body,
    status: hasHead ? reply.status : null,
    fault: strike?.id ?? null,
  })
}
