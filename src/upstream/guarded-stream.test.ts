import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import {
  BARE_ERROR,
  bytesOf,
  LINE_ENDS,
  splitAt,
  sse,
  TEXT_EVENTS,
  TOOL_CALL_EVENTS,
  textOf,
} from './__fixtures__/streams.ts'
import { GENERATED_SSE } from './gemini-answer.ts'
import { guardStream, type StreamGuard } from './guarded-stream.ts'

const SILENCE_MS = 1_000

const format = GENERATED_SSE.sse
if (format === null) throw new Error('An event stream needs its format')

/** An upstream body that a test writes, ends, breaks or leaves silent; counts how often it is asked. */
function createUpstream() {
  let controller: ReadableStreamDefaultController<Uint8Array> | undefined
  const upstream = { pulls: 0 }
  const body = new ReadableStream<Uint8Array>(
    {
      start: (each) => {
        controller = each
      },
      pull: () => {
        upstream.pulls++
      },
    },
    { highWaterMark: 0 },
  )
  return {
    upstream,
    reader: body.getReader(),
    send: (...chunks: readonly Uint8Array[]) => {
      for (const chunk of chunks) controller?.enqueue(chunk)
    },
    end: () => controller?.close(),
    fail: (reason = new TypeError('terminated')) => controller?.error(reason),
  }
}

function guard(held: readonly Uint8Array[] = [], overrides: Partial<StreamGuard> = {}) {
  const source = createUpstream()
  const abort = vi.fn(() => source.fail(new DOMException('aborted', 'AbortError')))
  const onEnd = vi.fn()
  const stream = guardStream(held, source.reader, {
    sse: format,
    silenceMs: SILENCE_MS,
    abort,
    onEnd,
    ...overrides,
  })
  return { ...source, abort, onEnd, stream, output: stream.getReader() }
}

async function readAll(output: ReadableStreamDefaultReader<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = []
  for (;;) {
    const { done, value } = await output.read()
    if (done) return textOf(chunks)
    chunks.push(value)
  }
}

/** What comes out when upstream sends these chunks and ends, the first of them while content was awaited. */
function passThrough(
  [first, ...others]: readonly Uint8Array[],
  overrides: Partial<StreamGuard> = {},
): Promise<string> {
  const { output, send, end } = guard(first === undefined ? [] : [first], overrides)
  send(...others)
  end()
  return readAll(output)
}

const cutEvent = (message: string) =>
  `data: {"error":{"code":503,"message":"${message}","status":"UNAVAILABLE"}}\r\n\r\n`
const INCOMPLETE = cutEvent('The answer ended before it was complete.')
const SILENT = cutEvent('Google fell silent in the middle of the answer.')
const BROKEN = cutEvent('The connection to Google broke in the middle of the answer.')

beforeEach(() => {
  vi.useFakeTimers()
})

afterEach(() => {
  expect(vi.getTimerCount()).toBe(0)
  vi.useRealTimers()
})

describe.each(Object.entries(LINE_ENDS))(
  'guardStream, a complete stream whose lines end with %s',
  (_, lineEnd) => {
    it('comes out identical, wherever it is cut in two', async () => {
      const text = sse(TEXT_EVENTS, lineEnd)
      const bytes = bytesOf(text)
      for (let at = 0; at <= bytes.byteLength; at++) {
        expect(await passThrough(splitAt(bytes, [at]))).toBe(text)
      }
    })

    it('comes out identical however it is cut, byte by byte too', async () => {
      const text = sse(TOOL_CALL_EVENTS, lineEnd)
      const bytes = bytesOf(text)
      expect(await passThrough([...bytes].map((byte) => Uint8Array.of(byte)))).toBe(text)
      await fc.assert(
        fc.asyncProperty(fc.array(fc.nat(bytes.byteLength)), async (offsets) => {
          expect(await passThrough(splitAt(bytes, offsets))).toBe(text)
        }),
      )
    })

    it('that ends anywhere before its end gives its whole events and an error event, never a part', async () => {
      const text = sse(TEXT_EVENTS, lineEnd)
      const bytes = bytesOf(text)
      for (let at = 1; at < bytes.byteLength - 2 * lineEnd.length; at++) {
        const head = textOf([bytes.subarray(0, at)])
        const whole = head.slice(0, Math.max(0, head.lastIndexOf(lineEnd + lineEnd)))
        const events = whole === '' ? '' : whole + lineEnd + lineEnd
        expect(await passThrough([bytes.subarray(0, at)])).toBe(events + INCOMPLETE)
      }
    })

    it('that lacks only its last blank line comes out identical', async () => {
      const text = sse(TEXT_EVENTS, lineEnd)
      for (let missing = 1; missing <= 2 * lineEnd.length; missing++) {
        const shortened = text.slice(0, text.length - missing)
        expect(await passThrough([bytesOf(shortened)])).toBe(shortened)
      }
    })
  },
)

describe('guardStream, a complete stream', () => {
  it('tells once that it is complete, and aborts nothing', async () => {
    const { output, send, end, onEnd, abort } = guard()
    send(bytesOf(sse(TEXT_EVENTS)))
    end()
    await readAll(output)
    expect(onEnd.mock.calls).toEqual([['complete']])
    expect(abort).not.toHaveBeenCalled()
  })

  it('may say much after its finish reason: nothing is added', async () => {
    const grounding = JSON.stringify({ searchEntryPoint: { renderedContent: 'x'.repeat(40_000) } })
    const last = `{"candidates": [{"content": {"parts": [{"text": "."}],"role": "model"},"finishReason": "STOP","groundingMetadata": ${grounding},"index": 0}]}`
    const text = sse([...TEXT_EVENTS.slice(0, 2), last])
    const bytes = bytesOf(text)
    expect(await passThrough(splitAt(bytes, [500, 9_000, 30_000]))).toBe(text)
  })

  it('may speak of finish reasons in its text and in its calls without being complete', async () => {
    const text = sse([
      '{"candidates": [{"content": {"parts": [{"text": "say \\"finishReason\\": \\"STOP\\""}],"role": "model"}}]}',
    ])
    expect(await passThrough([bytesOf(text)])).toBe(text + INCOMPLETE)
  })

  it('that was blocked is complete', async () => {
    const text = sse(['{"promptFeedback": {"blockReason": "SAFETY"}}'])
    expect(await passThrough([bytesOf(text)])).toBe(text)
  })

  it('that ends with an error event of Google gets no second one', async () => {
    const text = sse([
      TEXT_EVENTS[0] ?? '',
      '{"error": {"code": 503,"message": "m","status": "UNAVAILABLE"}}',
    ])
    expect(await passThrough([bytesOf(text)])).toBe(text)
  })
})

describe('guardStream, an error of Google as bare JSON', () => {
  const events = sse(TEXT_EVENTS.slice(0, 2))
  const asEvent = `data: ${JSON.stringify(JSON.parse(BARE_ERROR))}\r\n\r\n`

  it('becomes an event, wherever the stream is cut', async () => {
    const bytes = bytesOf(events + BARE_ERROR)
    for (let at = 0; at <= bytes.byteLength; at++) {
      expect(await passThrough(splitAt(bytes, [at]))).toBe(events + asEvent)
    }
  })

  it('becomes an event out of its array', async () => {
    expect(await passThrough([bytesOf(`${events}[${BARE_ERROR}]`)])).toBe(events + asEvent)
  })

  it('that is itself cut gives way to our own event', async () => {
    expect(await passThrough([bytesOf(events + BARE_ERROR.slice(0, 40))])).toBe(events + INCOMPLETE)
  })
})

describe('guardStream, an upstream that dies', () => {
  it('gets the error event behind the last whole event', async () => {
    const { output, send, fail, onEnd } = guard()
    const [first = ''] = TEXT_EVENTS
    send(bytesOf(`${sse([first])}data: {"candi`))
    const read = readAll(output)
    await vi.advanceTimersByTimeAsync(0)
    fail()
    expect(await read).toBe(sse([first]) + BROKEN)
    expect(onEnd.mock.calls).toEqual([['cut']])
  })

  it('breaks what is no event stream, naming the cause', async () => {
    const { output, send, fail, onEnd } = guard([], { sse: null })
    send(bytesOf('[{"a": 1}'))
    expect(textOf([(await output.read()).value ?? new Uint8Array()])).toBe('[{"a": 1}')
    const cause = new TypeError('terminated')
    fail(cause)
    await expect(output.read()).rejects.toMatchObject({ message: expect.stringContaining('broke'), cause })
    expect(onEnd.mock.calls).toEqual([['cut']])
  })

  it('passes bytes that are no event stream on as they are, also without an end', async () => {
    expect(await passThrough(['[{"a"', ': 1}'].map(bytesOf), { sse: null })).toBe('[{"a": 1}')
  })
})

describe('guardStream, silence', () => {
  it('ends the call and gives the error event, between one and two deadlines after the last byte', async () => {
    const { output, send, abort, onEnd } = guard()
    const [first = ''] = TEXT_EVENTS
    send(bytesOf(sse([first])))
    const read = readAll(output)
    await vi.advanceTimersByTimeAsync(SILENCE_MS - 1)
    expect(abort).not.toHaveBeenCalled()
    await vi.advanceTimersByTimeAsync(SILENCE_MS + 1)
    expect(abort).toHaveBeenCalledOnce()
    expect(await read).toBe(sse([first]) + SILENT)
    expect(onEnd.mock.calls).toEqual([['cut']])
  })

  it('does not count while something comes now and then, however long that lasts', async () => {
    const { output, send, end, abort } = guard()
    const read = readAll(output)
    const text = sse(TEXT_EVENTS)
    for (const byte of bytesOf(text)) {
      send(Uint8Array.of(byte))
      await vi.advanceTimersByTimeAsync(SILENCE_MS - 1)
    }
    end()
    expect(await read).toBe(text)
    expect(abort).not.toHaveBeenCalled()
  })

  it('of a slow caller does not count', async () => {
    const { output, send, end, abort } = guard()
    send(bytesOf(sse(TEXT_EVENTS.slice(0, 1))))
    await output.read()
    await vi.advanceTimersByTimeAsync(10 * SILENCE_MS)
    expect(abort).not.toHaveBeenCalled()
    send(bytesOf(sse(TEXT_EVENTS.slice(1))))
    end()
    expect(await readAll(output)).toBe(sse(TEXT_EVENTS.slice(1)))
  })
})

describe('guardStream, the caller', () => {
  it('sets the pace: nothing is read ahead of it', async () => {
    const { output, upstream, send } = guard([bytesOf(sse(TEXT_EVENTS.slice(0, 1)))])
    await vi.advanceTimersByTimeAsync(0)
    expect(upstream.pulls).toBe(0)
    await output.read()
    expect(upstream.pulls).toBe(0)
    const second = output.read()
    await vi.advanceTimersByTimeAsync(0)
    expect(upstream.pulls).toBe(1)
    send(bytesOf(sse(TEXT_EVENTS.slice(1, 2))))
    await second
    await vi.advanceTimersByTimeAsync(0)
    expect(upstream.pulls).toBe(1)
    await output.cancel()
  })

  it.each([
    ['an event stream', format],
    ['other bytes', null],
  ])('that leaves %s ends the upstream call, once', async (_, sseFormat) => {
    const { output, abort, onEnd } = guard([], { sse: sseFormat })
    const pending = output.read()
    await vi.advanceTimersByTimeAsync(0)
    await output.cancel()
    await pending
    await vi.advanceTimersByTimeAsync(0)
    expect(abort).toHaveBeenCalledOnce()
    expect(onEnd.mock.calls).toEqual([['cancelled']])
  })

  it('that leaves before it has read anything ends the upstream call', async () => {
    const { output, abort, onEnd } = guard([bytesOf(sse(TEXT_EVENTS))])
    await output.cancel()
    expect(abort).toHaveBeenCalledOnce()
    expect(onEnd.mock.calls).toEqual([['cancelled']])
  })
})
