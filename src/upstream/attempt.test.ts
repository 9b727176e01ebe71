import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { SUSPENDED_BODY } from '../health/__fixtures__/error-bodies.ts'
import { poolKey } from '../keys/__fixtures__/pool-key.ts'
import { BARE_ERROR, bytesOf, EMPTY_EVENTS, sse, TEXT_EVENTS } from './__fixtures__/streams.ts'
import { attempt, type Outcome, type UpstreamAnswer } from './attempt.ts'
import type { UpstreamCall } from './call.ts'
import { GENERATED, GENERATED_SSE, JSON_VALUE } from './gemini-answer.ts'

const KEY = poolKey('AIzaSyFixture0000000000000000000000000')
const TEXT = TEXT_EVENTS[0] ?? ''

type Fetch = (url: string, init: RequestInit & { readonly signal: AbortSignal }) => Promise<Response>

const call: UpstreamCall = {
  method: 'POST',
  target: '/v1beta/models/gemini-3.8-flash:generateContent',
  headers: { 'content-type': 'application/json' },
  body: bytesOf('{}'),
  model: 'gemini-3.8-flash',
  credential: 'x-goog-api-key',
  answer: GENERATED,
}

const streamCall: UpstreamCall = { ...call, answer: GENERATED_SSE }

function stubFetch(respond: Fetch) {
  const fetch = vi.fn(respond)
  vi.stubGlobal('fetch', fetch)
  return fetch
}

/** Counts the listeners of the caller's signal. */
function createCaller() {
  const controller = new AbortController()
  const { signal } = controller
  let listeners = 0
  const { addEventListener, removeEventListener } = signal
  signal.addEventListener = (...args: Parameters<typeof addEventListener>) => {
    listeners++
    addEventListener.apply(signal, args)
  }
  signal.removeEventListener = (...args: Parameters<typeof removeEventListener>) => {
    listeners--
    removeEventListener.apply(signal, args)
  }
  return { signal, leave: () => controller.abort(), listeners: () => listeners }
}

/** A body that sends these chunks and then ends, breaks, or says no more until it is aborted. */
function bodyOf(
  chunks: readonly string[],
  then: 'end' | 'break' | 'silence' = 'end',
  signal?: AbortSignal,
): ReadableStream<Uint8Array> {
  const left = chunks.map(bytesOf)
  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        signal?.addEventListener('abort', () => controller.error(signal.reason))
      },
      pull(controller) {
        const next = left.shift()
        if (next) controller.enqueue(next)
        else if (then === 'end') controller.close()
        else if (then === 'break') controller.error(new TypeError('terminated'))
      },
    },
    { highWaterMark: 0 },
  )
}

/** Never answers, as fetch does: rejects when aborted. */
const hang: Fetch = (_, { signal }) =>
  new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason))
  })

function run(overrides: Partial<UpstreamCall> = {}, caller = createCaller(), key = KEY): Promise<Outcome> {
  return attempt({ ...call, ...overrides }, key, {
    baseUrl: 'https://google.test',
    fetchOptions: {},
    firstContentMs: 1_000,
    silenceMs: 5_000,
    signal: caller.signal,
  })
}

function answerOf(outcome: Outcome): UpstreamAnswer {
  if (outcome.answer === null) throw new Error(`No answer: ${outcome.kind}`)
  return outcome.answer
}

async function textOf({ body }: UpstreamAnswer): Promise<string> {
  return new Response(body).text()
}

beforeEach(() => {
  vi.useFakeTimers()
})

afterEach(() => {
  expect(vi.getTimerCount()).toBe(0)
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

describe('attempt, what goes to Google', () => {
  it('is the call with the key in one header and nowhere else', async () => {
    const fetch = stubFetch(async () => new Response(TEXT))
    await run()
    const [url, init] = fetch.mock.calls[0] ?? []
    expect(url).toBe('https://google.test/v1beta/models/gemini-3.8-flash:generateContent')
    expect(init).toMatchObject({ method: 'POST', body: bytesOf('{}'), redirect: 'manual' })
    expect(init?.headers).toEqual({ 'content-type': 'application/json', 'x-goog-api-key': KEY.key })
  })

  it('carries the key as Bearer where only that is known', async () => {
    const fetch = stubFetch(async () => new Response(TEXT))
    await run({ credential: 'bearer' })
    expect(fetch.mock.calls[0]?.[1].headers).toEqual({
      'content-type': 'application/json',
      authorization: `Bearer ${KEY.key}`,
    })
  })

  it('goes by the key’s own way when it has one', async () => {
    const fetch = stubFetch(async () => new Response(TEXT))
    await run({}, createCaller(), poolKey('k', { baseUrl: 'https://relay.test/g' }))
    expect(fetch.mock.calls[0]?.[0]).toBe(`https://relay.test/g${call.target}`)
  })
})

describe('attempt, an answer', () => {
  it('in one piece is handed on byte for byte, and leaves no listener behind', async () => {
    const body = `${JSON.stringify(JSON.parse(TEXT), null, 2)}\n`
    stubFetch(
      async () => new Response(bodyOf([body.slice(0, 9), body.slice(9)]), { headers: { 'x-a': 'b' } }),
    )
    const caller = createCaller()
    const outcome = await run({}, caller)
    expect(outcome.kind).toBe('answer')
    expect(answerOf(outcome).headers.get('x-a')).toBe('b')
    expect(await textOf(answerOf(outcome))).toBe(body)
    expect(caller.listeners()).toBe(0)
  })

  it('that streams begins with its first content, and lets go of the caller at its end', async () => {
    stubFetch(
      async (_, { signal }) => new Response(bodyOf([sse(EMPTY_EVENTS), sse(TEXT_EVENTS)], 'end', signal)),
    )
    const caller = createCaller()
    const outcome = await run(streamCall, caller)
    expect(outcome.kind).toBe('answer')
    expect(caller.listeners()).toBe(1)
    expect(await textOf(answerOf(outcome))).toBe(sse(EMPTY_EVENTS) + sse(TEXT_EVENTS))
    expect(caller.listeners()).toBe(0)
  })

  it('that streams is no longer bound by the first deadline', async () => {
    let body: ReadableStreamDefaultController<Uint8Array> | undefined
    const start = (controller: ReadableStreamDefaultController<Uint8Array>) => {
      body = controller
      controller.enqueue(bytesOf(sse(TEXT_EVENTS.slice(0, 1))))
    }
    stubFetch(async () => new Response(new ReadableStream({ start })))
    const reading = textOf(answerOf(await run(streamCall)))
    for (const event of TEXT_EVENTS.slice(1)) {
      await vi.advanceTimersByTimeAsync(4_000)
      body?.enqueue(bytesOf(sse([event])))
    }
    body?.close()
    expect(await reading).toBe(sse(TEXT_EVENTS))
  })

  it('too large to be held is handed on while it comes', async () => {
    const large = `"${'x'.repeat(700 * 1024)}`
    stubFetch(async () => new Response(bodyOf([large, large, large, '"'])))
    const answer = answerOf(await run({ answer: JSON_VALUE }))
    expect(answer.body).toBeInstanceOf(ReadableStream)
    expect(await textOf(answer)).toBe(`${large}${large}${large}"`)
  })

  it('with nothing in it fails, and is kept to be handed on as it is', async () => {
    stubFetch(async () => new Response(EMPTY_EVENTS[0]))
    const outcome = await run()
    expect(outcome).toMatchObject({ kind: 'failure', failure: { kind: 'empty-answer' } })
    expect(await textOf(answerOf(outcome))).toBe(EMPTY_EVENTS[0])
  })

  it('without a body fails as empty', async () => {
    stubFetch(async () => new Response(null))
    expect(await run()).toMatchObject({ kind: 'failure', failure: { kind: 'empty-answer' } })
  })

  it('that streams nothing but an error fails by the error’s code, and ends the call', async () => {
    const event = JSON.stringify(JSON.parse(BARE_ERROR))
    const fetch = stubFetch(async (_, { signal }) => new Response(bodyOf([sse([event])], 'silence', signal)))
    expect(await run(streamCall)).toMatchObject({
      kind: 'failure',
      failure: { kind: 'overloaded' },
      message: 'The model is overloaded. Please try again later.',
    })
    expect(fetch.mock.calls[0]?.[1].signal.aborted).toBe(true)
  })

  it('whose stream tells of the caller’s own mistake is kept for the caller', async () => {
    const event =
      '{"error": {"code": 400,"message": "Corrupted thought signature.","status": "INVALID_ARGUMENT"}}'
    stubFetch(async () => new Response(bodyOf([sse([event])])))
    const outcome = await run(streamCall)
    expect(outcome).toMatchObject({ kind: 'failure', failure: { kind: 'caller-fault', status: 400 } })
    expect(await textOf(answerOf(outcome))).toContain('Corrupted thought signature.')
  })
})

describe('attempt, a refusal', () => {
  it('is classified, and kept byte for byte with its status and headers', async () => {
    stubFetch(async () => new Response(BARE_ERROR, { status: 503, headers: { 'retry-after': '3' } }))
    const outcome = await run()
    expect(outcome).toMatchObject({
      kind: 'failure',
      failure: { kind: 'overloaded', retryAfterMs: 3_000 },
      message: 'The model is overloaded. Please try again later.',
    })
    expect(answerOf(outcome).status).toBe(503)
    expect(await textOf(answerOf(outcome))).toBe(BARE_ERROR)
  })

  it('never quotes the key', async () => {
    stubFetch(async () => new Response(SUSPENDED_BODY, { status: 403 }))
    const outcome = await run()
    expect(outcome).toMatchObject({ failure: { kind: 'dead-key', reason: 'suspended' } })
    expect(`${JSON.stringify(outcome)}${await textOf(answerOf(outcome))}`).not.toContain('AIzaSy')
  })

  it('never quotes a key of another form', async () => {
    const body = JSON.stringify({ error: { code: 403, message: 'relay-key-7 is not allowed' } })
    stubFetch(async () => new Response(body, { status: 403 }))
    const outcome = await run({}, createCaller(), poolKey('relay-key-7'))
    expect(`${JSON.stringify(outcome)}${await textOf(answerOf(outcome))}`).not.toContain('relay-key-7')
  })

  it('of endless length is cut', async () => {
    const body = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(new Uint8Array(64 * 1024)),
    })
    stubFetch(async () => new Response(body, { status: 500 }))
    expect(await run()).toMatchObject({ failure: { kind: 'upstream-fault', cause: 'status' } })
  })

  it('as a page of a front end is the caller’s to see', async () => {
    stubFetch(async () => new Response('<html>404</html>', { status: 404 }))
    const outcome = await run()
    expect(outcome).toMatchObject({ failure: { kind: 'caller-fault', status: 404 } })
    expect(await textOf(answerOf(outcome))).toBe('<html>404</html>')
  })
})

describe('attempt, an upstream that fails', () => {
  it('to connect is a network fault', async () => {
    stubFetch(async () => {
      throw new TypeError('fetch failed')
    })
    const caller = createCaller()
    expect(await run({}, caller)).toEqual({
      kind: 'failure',
      failure: { kind: 'upstream-fault', cause: 'network' },
      message: null,
      answer: null,
    })
    expect(caller.listeners()).toBe(0)
  })

  it.each([
    ['in one piece', call, '{"candidates": ['],
    ['that streams', streamCall, `${sse(EMPTY_EVENTS)}data: {"cand`],
  ])('in the middle of an answer %s that is still held can be mended', async (_, each, text) => {
    stubFetch(async () => new Response(bodyOf([text], 'break')))
    expect(await run(each)).toMatchObject({
      kind: 'failure',
      failure: { kind: 'upstream-fault' },
      answer: null,
    })
  })

  it('in the middle of a stream that has begun ends it with the error event', async () => {
    stubFetch(async () => new Response(bodyOf([sse([TEXT]), 'data: {"cand'], 'break')))
    const text = await textOf(answerOf(await run(streamCall)))
    expect(text.startsWith(`${sse([TEXT])}data: {"error":`)).toBe(true)
  })
})

describe('attempt, deadlines', () => {
  it.each([
    ['headers', hang],
    [
      'the body of a whole answer',
      async (_: string, { signal }: { signal: AbortSignal }) =>
        new Response(bodyOf(['{'], 'silence', signal)),
    ],
    [
      'the body of a refusal',
      async (_: string, { signal }: { signal: AbortSignal }) =>
        new Response(bodyOf(['{'], 'silence', signal), { status: 500 }),
    ],
  ] as const)('bound the wait for %s', async (_, respond) => {
    stubFetch(respond)
    const caller = createCaller()
    const running = run({}, caller)
    await vi.advanceTimersByTimeAsync(999)
    expect(vi.getTimerCount()).toBe(1)
    await vi.advanceTimersByTimeAsync(1)
    expect(await running).toMatchObject({ failure: { kind: 'upstream-fault', cause: 'timeout' } })
    expect(caller.listeners()).toBe(0)
  })

  it('bound the wait for the first content of a stream', async () => {
    stubFetch(async (_, { signal }) => new Response(bodyOf([': hello\n\n'], 'silence', signal)))
    const running = run(streamCall)
    await vi.advanceTimersByTimeAsync(1_000)
    expect(await running).toMatchObject({ failure: { kind: 'upstream-fault', cause: 'timeout' } })
  })
})

describe('attempt, a caller that leaves', () => {
  it('before it began: nothing is sent', async () => {
    const fetch = stubFetch(hang)
    const caller = createCaller()
    caller.leave()
    expect(await run({}, caller)).toMatchObject({ failure: { kind: 'cancelled' } })
    expect(fetch).not.toHaveBeenCalled()
  })

  it('while Google is silent: the call is ended at once', async () => {
    const fetch = stubFetch(hang)
    const caller = createCaller()
    const running = run({}, caller)
    caller.leave()
    expect(await running).toMatchObject({ failure: { kind: 'cancelled' } })
    expect(fetch.mock.calls[0]?.[1].signal.aborted).toBe(true)
    expect(caller.listeners()).toBe(0)
  })

  it.each(['its signal', 'its stream'])(
    'in the middle of a stream, by %s: the call is ended at once',
    async (how) => {
      const fetch = stubFetch(async (_, { signal }) => new Response(bodyOf([sse([TEXT])], 'silence', signal)))
      const caller = createCaller()
      const { body } = answerOf(await run(streamCall, caller))
      if (!(body instanceof ReadableStream)) throw new Error('expected a stream')
      const reader = body.getReader()
      await reader.read()
      const pending = reader.read()
      if (how === 'its signal') caller.leave()
      else await reader.cancel()
      await pending
      expect(fetch.mock.calls[0]?.[1].signal.aborted).toBe(true)
      if (how === 'its signal') await reader.cancel()
      expect(caller.listeners()).toBe(0)
    },
  )
})
