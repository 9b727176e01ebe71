import { describe, expect, it } from 'vitest'
import {
  BARE_ERROR,
  bytesOf,
  EMPTY_EVENTS,
  IMAGE_EVENTS,
  splitAt,
  TEXT_EVENTS,
} from './__fixtures__/streams.ts'
import type { AnswerFormat, Verdict } from './answer-format.ts'
import { GENERATED, GENERATED_ARRAY, GENERATED_SSE, JSON_VALUE, OPAQUE } from './gemini-answer.ts'

function judge(format: AnswerFormat, chunks: readonly Uint8Array[]): Verdict {
  const probe = format.probe()
  for (const chunk of chunks) {
    const verdict = probe.push(chunk)
    if (verdict.kind !== 'undecided') return verdict
  }
  return probe.end()
}

const judgeText = (format: AnswerFormat, text: string) => judge(format, [bytesOf(text)])

const EMPTY = { kind: 'failure', failure: { kind: 'empty-answer' } }
const GARBAGE = { kind: 'failure', failure: { kind: 'upstream-fault', cause: 'garbage' } }
const CONTENT = { kind: 'content' }

const pretty = (event = '') => `${JSON.stringify(JSON.parse(event), null, 2)}\n`

describe('GENERATED, an answer in one piece', () => {
  it('has content, wherever it is cut', () => {
    const bytes = bytesOf(pretty(TEXT_EVENTS[0]))
    for (let at = 0; at <= bytes.byteLength; at++) {
      expect(judge(GENERATED, splitAt(bytes, [at]))).toEqual(CONTENT)
    }
  })

  it('is empty when its candidate is, or when there is no body', () => {
    expect(judgeText(GENERATED, pretty(EMPTY_EVENTS[0]))).toMatchObject(EMPTY)
    expect(judgeText(GENERATED, '')).toMatchObject(EMPTY)
    expect(judgeText(GENERATED, ' \n')).toMatchObject(EMPTY)
  })

  it('is garbage when it is no JSON', () => {
    expect(judgeText(GENERATED, '<html>')).toMatchObject(GARBAGE)
    expect(judgeText(GENERATED, pretty(TEXT_EVENTS[0]).slice(0, -3))).toMatchObject(GARBAGE)
  })

  it('is not read to its end when it is too large to be empty', () => {
    const probe = GENERATED.probe()
    expect(probe.push(new Uint8Array(8 * 1024))).toEqual({ kind: 'undecided' })
    expect(probe.push(new Uint8Array(1))).toEqual(CONTENT)
  })
})

describe('JSON_VALUE', () => {
  it('takes any JSON, and nothing else', () => {
    expect(judgeText(JSON_VALUE, '{"totalTokens": 7}')).toEqual(CONTENT)
    expect(judgeText(JSON_VALUE, '{}')).toEqual(CONTENT)
    expect(judgeText(JSON_VALUE, pretty(EMPTY_EVENTS[0]))).toEqual(CONTENT)
    expect(judgeText(JSON_VALUE, '<html>')).toMatchObject(GARBAGE)
    expect(judgeText(JSON_VALUE, '')).toMatchObject(EMPTY)
  })
})

describe('OPAQUE', () => {
  it('takes anything', () => {
    expect(judgeText(OPAQUE, '<html>')).toEqual(CONTENT)
    expect(judge(OPAQUE, [])).toEqual(CONTENT)
  })
})

describe('GENERATED_ARRAY', () => {
  const array = (events: readonly string[]) => `[${events.map((each) => pretty(each)).join(',\r\n')}]`

  it('has content at the first element that carries some, wherever it is cut', () => {
    const bytes = bytesOf(array(IMAGE_EVENTS))
    for (let at = 0; at <= bytes.byteLength; at++) {
      expect(judge(GENERATED_ARRAY, splitAt(bytes, [at]))).toEqual(CONTENT)
    }
  })

  it('has content before the array is complete', () => {
    expect(judgeText(GENERATED_ARRAY, array(TEXT_EVENTS).slice(0, -5))).toEqual(CONTENT)
  })

  it('fails with an error among its elements, by its code', () => {
    expect(judgeText(GENERATED_ARRAY, array([...EMPTY_EVENTS, BARE_ERROR]))).toMatchObject({
      failure: { kind: 'overloaded' },
      message: 'The model is overloaded. Please try again later.',
    })
  })

  it.each(['[]', '[\n]\n', array(EMPTY_EVENTS), ''])('is empty: %j', (text) => {
    expect(judgeText(GENERATED_ARRAY, text)).toMatchObject(EMPTY)
  })

  it.each(['<html></html>', '[{"candidates": [{"content": {"pa'])(
    'is at fault when it is no array: %j',
    (text) => {
      expect(judgeText(GENERATED_ARRAY, text)).toMatchObject({ failure: { kind: 'upstream-fault' } })
    },
  )
})

describe('delivery', () => {
  it.each([
    [GENERATED, 'whole'],
    [JSON_VALUE, 'whole'],
    [GENERATED_SSE, 'stream'],
    [GENERATED_ARRAY, 'stream'],
    [OPAQUE, 'opaque'],
  ] as const)('%#', (format, delivery) => {
    expect(format.delivery).toBe(delivery)
  })

  it('only event streams are mended with events', () => {
    const formats = [GENERATED, JSON_VALUE, GENERATED_SSE, GENERATED_ARRAY, OPAQUE]
    expect(formats.map(({ sse }) => sse !== null)).toEqual([false, false, true, false, false])
  })
})
