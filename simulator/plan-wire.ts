import type { Fault, Pacing } from './control/schema.ts'
import { errorBody, errorObject, type GoogleError } from './google-error.ts'
import { type Json, oneLineJson } from './json.ts'
import { type Reply, utf8, type Wire, type WireStep } from './wire.ts'

const NEWLINES = { crlf: '\r\n', lf: '\n', cr: '\r' } as const

/** What remains to be decided after the events: how the reply ends. */
interface Script {
  readonly events: readonly Uint8Array[]
  readonly end: 'clean' | 'destroy' | 'stall'
}

/**
 * Turns a reply into what goes on the wire, with a fault and the pacing applied.
 *
 * @param midStreamError - words the error that `fault.midStreamError` names.
 */
export function planWire(
  reply: Reply,
  fault: Fault | null,
  pacing: Pacing,
  midStreamError: (name: NonNullable<Fault['midStreamError']>['error']) => GoogleError,
): Wire {
  const headersMs = pacing.headersMs + (fault?.headersMs ?? 0)
  const firstEventMs = pacing.firstEventMs + (fault?.firstEventMs ?? 0)
  const gapMs = fault?.gapMs ?? pacing.gapMs
  const [whole] = reply.events
  if (reply.framing === 'whole' && !fault && headersMs + firstEventMs === 0 && whole) {
    return { kind: 'whole', status: reply.status, headers: reply.headers, body: whole }
  }
  if (fault?.cut === 'before-headers' || fault?.stall === 'before-headers') {
    const act: WireStep = { do: fault.cut ? 'destroy' : 'stall' }
    return { kind: 'steps', steps: [{ do: 'wait', ms: headersMs }, act] }
  }
  const script = fault
    ? rewrite(reply, fault, midStreamError)
    : ({ events: reply.events, end: 'clean' } satisfies Script)
  const steps: WireStep[] = []
  if (headersMs > 0) steps.push({ do: 'wait', ms: headersMs })
  steps.push({ do: 'head', status: reply.status, headers: headersOf(reply, script, fault) })
  if (firstEventMs > 0) steps.push({ do: 'flush' }, { do: 'wait', ms: firstEventMs })
  const cuts = cutsOf(fault?.splitAt, script.events)
  let offset = 0
  for (const [index, event] of script.events.entries()) {
    if (index > 0) steps.push(gapMs > 0 ? { do: 'wait', ms: gapMs } : { do: 'flush' })
    for (const piece of split(event, offset, cuts)) {
      if (steps.at(-1)?.do === 'write') steps.push({ do: 'flush' })
      steps.push({ do: 'write', bytes: piece })
    }
    offset += event.length
  }
  if (script.end !== 'clean') steps.push({ do: 'flush' }, { do: script.end })
  return { kind: 'steps', steps }
}

/** A whole reply that is cut keeps its true length, so that the cut shows; an emptied one is plain and has its own. */
function headersOf(reply: Reply, { events, end }: Script, fault: Fault | null) {
  if (reply.framing !== 'whole') return reply.headers
  const sent = end === 'clean' ? events : reply.events
  const length = sent.reduce((sum, event) => sum + event.length, 0)
  const { 'Content-Encoding': encoding, ...plain } = reply.headers
  const headers = fault?.empty || encoding === undefined ? plain : reply.headers
  return { ...headers, 'Content-Length': String(length) }
}

function rewrite(
  reply: Reply,
  fault: Fault,
  midStreamError: (name: NonNullable<Fault['midStreamError']>['error']) => GoogleError,
): Script {
  const events = reframe(withExtraEvents(reply, fault), fault.newline, reply)
  const newline = NEWLINES[fault.newline ?? 'crlf']
  if (fault.cut && fault.cut !== 'before-headers') {
    const { afterEvents, atByte = 0 } = fault.cut
    const begun = events[afterEvents]?.subarray(0, atByte)
    return { events: [...events.slice(0, afterEvents), ...(begun?.length ? [begun] : [])], end: 'destroy' }
  }
  if (fault.stall && fault.stall !== 'before-headers') {
    return { events: events.slice(0, fault.stall.afterEvents), end: 'stall' }
  }
  if (fault.midStreamError && reply.generated) {
    const { afterEvents, form, error: name } = fault.midStreamError
    const error = midStreamError(name)
    const text =
      form === 'raw'
        ? errorBody(error, 'plain')
        : `data: ${oneLineJson(errorObject(error))}${newline}${newline}`
    return { events: [...events.slice(0, afterEvents), utf8(text)], end: 'clean' }
  }
  if (fault.endAfterEvents !== undefined && reply.framing === 'stream') {
    return { events: events.slice(0, fault.endAfterEvents), end: 'clean' }
  }
  return { events, end: 'clean' }
}

function withExtraEvents(reply: Reply, fault: Fault): readonly Uint8Array[] {
  const { generated } = reply
  if (!generated || reply.status !== 200) return reply.events
  let events = fault.empty ? emptyEvents(fault.empty, generated, reply) : [...reply.events]
  if (fault.hugeEventBytes !== undefined && generated.isSse) {
    const huge: Json = {
      candidates: [
        { content: { parts: [{ text: 'x'.repeat(fault.hugeEventBytes) }], role: 'model' }, index: 0 },
      ],
    }
    events.splice(Math.max(0, events.length - 1), 0, utf8(`data: ${oneLineJson(huge)}\r\n\r\n`))
  }
  if (fault.garbage) {
    const { afterEvents, text } = fault.garbage
    events = [...events.slice(0, afterEvents), utf8(text), ...events.slice(afterEvents)]
  }
  return events
}

/** The shapes of gemini-api.md 4.4: a 200 in which there is nothing to use. */
function emptyEvents(
  shape: NonNullable<Fault['empty']>,
  generated: NonNullable<Reply['generated']>,
  reply: Reply,
): Uint8Array[] {
  if (shape === 'empty-body') return reply.framing === 'whole' ? [new Uint8Array(0)] : []
  const candidates: Record<typeof shape, Json[] | undefined> = {
    'stop-without-parts': [{ content: { role: 'model' }, finishReason: 'STOP', index: 0 }],
    'empty-text': [{ content: { parts: [{ text: '' }], role: 'model' }, finishReason: 'STOP', index: 0 }],
    'no-candidates': undefined,
    other: [
      {
        finishReason: 'OTHER',
        index: 0,
        finishMessage: 'Model failed to generate content due to internal error.',
      },
    ],
  }
  const empty = {
    candidates: candidates[shape],
    usageMetadata: { promptTokenCount: generated.promptTokens, totalTokenCount: generated.promptTokens },
    modelVersion: generated.model,
  }
  if (generated.isSse) return [utf8(`data: ${oneLineJson(empty)}\r\n\r\n`)]
  const text = JSON.stringify(empty, null, 2)
  return [utf8(reply.framing === 'stream' ? `[${text}\n]\n` : `${text}\n`)]
}

/** Other line ends; safe as bytes, since JSON on one line holds none of its own. */
function reframe(
  events: readonly Uint8Array[],
  newline: Fault['newline'],
  reply: Reply,
): readonly Uint8Array[] {
  if (newline === undefined || newline === 'crlf' || !reply.generated?.isSse) return events
  const decoder = new TextDecoder()
  return events.map((event) => utf8(decoder.decode(event).replaceAll('\r\n', NEWLINES[newline])))
}

/** Whether the body is cut before the byte at an offset. */
type CutsBefore = (offset: number) => boolean

function cutsOf(splitAt: Fault['splitAt'], events: readonly Uint8Array[]): CutsBefore | null {
  if (splitAt === undefined || events.length === 0) return null
  if (splitAt === 'every-byte') return () => true
  const offsets = new Set(typeof splitAt === 'number' ? [splitAt] : splitAt)
  return (offset) => offsets.has(offset)
}

/** With offsets given, an event's bytes go out in pieces; an event's end is always a cut as well. */
function split(event: Uint8Array, start: number, cutsBefore: CutsBefore | null): readonly Uint8Array[] {
  if (cutsBefore === null) return [event]
  const pieces: Uint8Array[] = []
  let from = 0
  for (let at = 1; at < event.length; at++) {
    if (cutsBefore(start + at)) {
      pieces.push(event.subarray(from, at))
      from = at
    }
  }
  return [...pieces, event.subarray(from)]
}
