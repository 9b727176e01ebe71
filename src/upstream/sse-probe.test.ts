import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  BARE_ERROR,
  BLOCKED_EVENTS,
  bytesOf,
  EMPTY_EVENTS,
  IMAGE_EVENTS,
  LINE_ENDS,
  splitAt,
  sse,
  TEXT_EVENTS,
} from './__fixtures__/streams.ts'
import { type AnswerProbe, CONTENT, UNDECIDED, type Verdict } from './answer-format.ts'
import { carriesContent } from './gemini-content.ts'
import { createSseProbe } from './sse-probe.ts'

const createProbe = () => createSseProbe((event) => (carriesContent(event) ? CONTENT : UNDECIDED))

/** The verdict on a whole stream, and how many chunks it took; `null` when only the end decided. */
function judge(
  probe: AnswerProbe,
  chunks: readonly Uint8Array[],
): { verdict: Verdict; after: number | null } {
  for (const [index, chunk] of chunks.entries()) {
    const verdict = probe.push(chunk)
    if (verdict.kind !== 'undecided') return { verdict, after: index + 1 }
  }
  return { verdict: probe.end(), after: null }
}

const judgeText = (...texts: string[]) => judge(createProbe(), texts.map(bytesOf)).verdict

const OVERLOADED = {
  kind: 'failure',
  failure: { kind: 'overloaded', retryAfterMs: null },
  message: 'The model is overloaded. Please try again later.',
}
const EMPTY = { kind: 'failure', failure: { kind: 'empty-answer' }, message: null }

describe.each(Object.entries(LINE_ENDS))('createSseProbe, lines that end with %s', (_, lineEnd) => {
  it.each([
    ['text', TEXT_EVENTS],
    ['an image behind an event without parts', IMAGE_EVENTS],
    ['a blocked prompt', BLOCKED_EVENTS],
  ])('finds content in %s, wherever the stream is cut in two', (_name, events) => {
    const bytes = bytesOf(sse(events, lineEnd))
    for (let at = 0; at <= bytes.byteLength; at++) {
      expect(judge(createProbe(), splitAt(bytes, [at])).verdict).toEqual(CONTENT)
    }
  })

  it('finds an error event and an end without an answer, wherever the stream is cut', () => {
    const cases = [
      {
        bytes: bytesOf(sse([EMPTY_EVENTS[0] ?? '', JSON.stringify(JSON.parse(BARE_ERROR))], lineEnd)),
        OVERLOADED,
      },
    ]
    for (const { bytes } of cases) {
      for (let at = 0; at <= bytes.byteLength; at++) {
        expect(judge(createProbe(), splitAt(bytes, [at])).verdict).toEqual(OVERLOADED)
      }
    }
    const empty = bytesOf(sse(EMPTY_EVENTS, lineEnd))
    for (let at = 0; at <= empty.byteLength; at++) {
      expect(judge(createProbe(), splitAt(empty, [at])).verdict).toEqual(EMPTY)
    }
  })
})

describe('createSseProbe, when it decides', () => {
  it('decides with the chunk that completes the first event with content', () => {
    const [first = '', ...others] = TEXT_EVENTS
    const chunks = [sse(EMPTY_EVENTS), sse([first]).slice(0, -4), '\r\n\r\n', sse(others)].map(bytesOf)
    expect(judge(createProbe(), chunks).after).toBe(3)
  })

  it('gives the same verdict however the stream is cut', () => {
    const streams = [
      sse(TEXT_EVENTS),
      sse(EMPTY_EVENTS),
      `${sse(EMPTY_EVENTS)}${BARE_ERROR}`,
      BARE_ERROR,
    ].map(bytesOf)
    fc.assert(
      fc.property(fc.constantFrom(...streams), fc.array(fc.nat(600)), (bytes, offsets) => {
        const cuts = offsets.filter((at) => at <= bytes.byteLength)
        expect(judge(createProbe(), splitAt(bytes, cuts)).verdict).toEqual(
          judge(createProbe(), [bytes]).verdict,
        )
      }),
    )
  })
})

describe('createSseProbe, errors within a stream', () => {
  it('reads a bare JSON error', () => {
    expect(judgeText(BARE_ERROR)).toEqual(OVERLOADED)
  })

  it('reads a bare JSON error in an array', () => {
    expect(judgeText(`[${BARE_ERROR}]`)).toEqual(OVERLOADED)
  })

  it('reads a bare JSON error behind events without content', () => {
    expect(judgeText(sse(IMAGE_EVENTS.slice(0, 1)), BARE_ERROR)).toEqual(OVERLOADED)
  })

  it('reads an error event, bare or in an array', () => {
    const error = JSON.stringify(JSON.parse(BARE_ERROR))
    expect(judgeText(sse([error]))).toEqual(OVERLOADED)
    expect(judgeText(sse([`[${error}]`]))).toEqual(OVERLOADED)
  })

  it('classifies an error by its own code', () => {
    const event =
      '{"error": {"code": 400,"message": "Request contains an invalid argument.","status": "INVALID_ARGUMENT"}}'
    expect(judgeText(sse([event]))).toMatchObject({ failure: { kind: 'caller-fault', status: 400 } })
  })

  it('takes keys out of the words', () => {
    const event =
      '{"error": {"code": 403,"message": "Consumer \'api_key:AIzaSy0123456789abc\' has been suspended."}}'
    expect(JSON.stringify(judgeText(sse([event])))).not.toContain('AIzaSy')
  })

  it('takes an error without a code for garbage', () => {
    expect(judgeText(sse(['{"error": "no"}']))).toMatchObject({
      failure: { kind: 'upstream-fault', cause: 'garbage' },
    })
  })
})

describe('createSseProbe, streams that are none', () => {
  it('takes an event that is no JSON for garbage', () => {
    expect(judgeText('data: {"candidates": [\r\n\r\n')).toMatchObject({
      failure: { kind: 'upstream-fault', cause: 'garbage' },
    })
  })

  it('takes an end with nothing, or with comments alone, for an empty answer', () => {
    expect(judgeText()).toEqual(EMPTY)
    expect(judgeText(': ping\n\n')).toEqual(EMPTY)
  })

  it('takes an end within the first event for a fault, not for an empty answer', () => {
    const text = sse(TEXT_EVENTS.slice(0, 1))
    for (let end = 'data: '.length + 1; end < text.length - 4; end++) {
      expect(judgeText(text.slice(0, end))).toMatchObject({ failure: { kind: 'upstream-fault' } })
    }
  })

  it('takes a last event without its blank line for an event', () => {
    expect(judgeText(sse(TEXT_EVENTS.slice(0, 1)).trimEnd())).toEqual(CONTENT)
  })

  it('passes over the mark that ends a stream', () => {
    const probe = createSseProbe(() => CONTENT, '[DONE]')
    expect(judge(probe, [bytesOf('data: [DONE]\n\n')]).verdict).toEqual(EMPTY)
  })

  it('passes over fields of events that are no data', () => {
    expect(judgeText('event: message\nid: 7\nretry: 5\n', sse(TEXT_EVENTS))).toEqual(CONTENT)
  })
})
