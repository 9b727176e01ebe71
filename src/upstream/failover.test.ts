import { afterEach, describe, expect, it, vi } from 'vitest'
import { SECOND } from '../lib/time.ts'
import {
  type Answer,
  bodyOf,
  callersFault,
  createWorld,
  dayQuota,
  empty,
  error,
  invalidKey,
  location,
  MODEL,
  minuteQuota,
  namedKey,
  ok,
  overloaded,
  unreachable,
} from './__fixtures__/failover-world.ts'
import { bytesOf, EMPTY_EVENTS, sse, TEXT_EVENTS } from './__fixtures__/streams.ts'
import { GENERATED_SSE } from './gemini-answer.ts'

afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

describe('forward, a key that works', () => {
  it('answers at the first attempt', async () => {
    const { send, calls } = createWorld({ a: ok, b: ok })
    const forwarded = await send()
    expect(forwarded).toMatchObject({ kind: 'answer', attempts: 1 })
    expect(await bodyOf(forwarded)).toBe(TEXT_EVENTS[0])
    expect(calls).toEqual(['a'])
  })

  it.each([
    ['is overloaded', overloaded],
    ['fails inside', error(500)],
    ['cannot be reached', unreachable],
    ['answers nothing', empty],
    ['answers garbage', () => new Response('<html>')],
    ['refuses the key', invalidKey],
    ['refuses the key’s quota', dayQuota],
    ['refuses the project’s money', error(402)],
    ['refuses the location', location],
    ['forbids without a cause', error(403)],
  ] as const)('answers unseen after one where Google %s', async (_, failure) => {
    const { send, calls } = createWorld({ a: failure, b: ok })
    expect(await send()).toMatchObject({ kind: 'answer', attempts: 2 })
    expect(calls).toEqual(['a', 'b'])
  })

  it('answers unseen after a stream that was cut before its first content', async () => {
    const cut: Answer = () => {
      const chunks = [bytesOf(sse(EMPTY_EVENTS))]
      return new Response(
        new ReadableStream<Uint8Array>({
          pull(controller) {
            const chunk = chunks.shift()
            if (chunk) controller.enqueue(chunk)
            else controller.error(new TypeError('terminated'))
          },
        }),
      )
    }
    const { send } = createWorld({ a: cut, b: () => new Response(sse(TEXT_EVENTS)) })
    const forwarded = await send({ answer: GENERATED_SSE })
    expect(await bodyOf(forwarded)).toBe(sse(TEXT_EVENTS))
  })

  it('answers after any number of refused keys, each of which is tried once', async () => {
    const dead = Object.fromEntries(
      Array.from({ length: 20 }, (_, at) => [`dead-${at}`, at % 2 ? invalidKey : dayQuota]),
    )
    const { send, calls } = createWorld({ ...dead, good: ok })
    expect(await send()).toMatchObject({ kind: 'answer', attempts: 21 })
    calls.length = 0
    for (let i = 0; i < 10; i++) expect(await send()).toMatchObject({ kind: 'answer', attempts: 1 })
    expect(new Set(calls)).toEqual(new Set(['good']))
  })
})

describe('forward, the caller’s own mistakes', () => {
  it.each([
    ['an invalid argument', callersFault],
    ['an unknown model', error(404, 'models/x is not found for API version v1beta.')],
    [
      'another project’s file',
      error(403, 'You do not have permission to access the File x or it may not exist.'),
    ],
  ])('%s goes back as Google said it, after one attempt', async (_, fault) => {
    const { send, calls, rests } = createWorld({ a: fault, b: ok })
    const forwarded = await send()
    expect(forwarded).toMatchObject({ kind: 'refusal', attempts: 1, retryAfterMs: null })
    expect(await bodyOf(forwarded)).toBe(await (await fault()).text())
    expect(calls).toHaveLength(1)
    expect(rests).toEqual([])
  })

  it('within a stream goes back after one attempt too', async () => {
    const event = sse([
      '{"error": {"code": 400,"message": "Corrupted thought signature.","status": "INVALID_ARGUMENT"}}',
    ])
    const { send, calls } = createWorld({ a: () => new Response(event), b: ok })
    const forwarded = await send({ answer: GENERATED_SSE })
    expect(calls).toHaveLength(1)
    expect(await bodyOf(forwarded)).toContain('Corrupted thought signature.')
  })

  it('a hundred of them rest nobody', async () => {
    const { send, rests } = createWorld({ a: callersFault, b: callersFault })
    for (let i = 0; i < 100; i++) await send()
    expect(rests).toEqual([])
  })
})

describe('forward, how often', () => {
  const all = (answer: Answer) => Object.fromEntries([...'abcdefgh'].map((key) => [key, answer]))

  it.each([0, 1, 3])('retries trouble at Google %d times', async (maxRetries) => {
    const { send } = createWorld(all(error(500)), { maxRetries })
    expect((await send()).attempts).toBe(maxRetries + 1)
  })

  it('retries empty answers twice, and then hands the last one on as it is', async () => {
    const { send } = createWorld(all(empty), { maxRetries: 10 })
    const forwarded = await send()
    expect(forwarded).toMatchObject({ kind: 'answer', attempts: 3 })
    expect(await bodyOf(forwarded)).toBe(EMPTY_EVENTS[0])
  })

  it('does not retry empty answers where nothing is retried', async () => {
    const { send } = createWorld(all(empty), { maxRetries: 0 })
    expect(await send()).toMatchObject({ kind: 'answer', attempts: 1 })
  })

  it('never tries a key twice', async () => {
    const { send, calls } = createWorld({ a: error(500), b: error(500) })
    expect((await send()).attempts).toBe(2)
    expect(new Set(calls).size).toBe(2)
  })

  it('does not count refused keys against the retries', async () => {
    const { send } = createWorld(
      { a: invalidKey, b: dayQuota, c: invalidKey, d: error(500), e: ok },
      { maxRetries: 1 },
    )
    expect(await send()).toMatchObject({ kind: 'answer', attempts: 5 })
  })
})

describe('forward, the budget', () => {
  const slow =
    (clock: { now: number }, answer: Answer): Answer =>
    () => {
      clock.now += 20 * SECOND
      return answer()
    }

  it('lets the first retry begin, however late, and no other', async () => {
    const answers: Record<string, Answer> = {}
    const { send, clock } = createWorld(answers, {
      keys: [...'abc'].map(namedKey),
      budgetMs: 10 * SECOND,
    })
    Object.assign(answers, { a: slow(clock, error(500)), b: slow(clock, error(500)), c: ok })
    expect(await send()).toMatchObject({ kind: 'refusal', attempts: 2 })
  })

  it('bounds refused keys as well', async () => {
    const answers: Record<string, Answer> = {}
    const { send, clock } = createWorld(answers, { keys: [...'abcd'].map(namedKey) })
    for (const key of 'abcd') answers[key] = slow(clock, invalidKey)
    expect((await send()).attempts).toBe(2)
  })

  it('of zero still allows the first retry', async () => {
    const { send } = createWorld({ a: error(500), b: ok }, { budgetMs: 0 })
    expect(await send()).toMatchObject({ kind: 'answer', attempts: 2 })
  })

  it('that ran out while other keys were free does not send the caller away for long', async () => {
    const answers: Record<string, Answer> = {}
    const { send, clock } = createWorld(answers, { keys: [...'abcd'].map(namedKey) })
    for (const key of 'abcd') answers[key] = slow(clock, dayQuota)
    const forwarded = await send()
    if (forwarded.kind !== 'exhausted') throw new Error(forwarded.kind)
    expect(forwarded.exhausted.retryAfterMs).toBeLessThanOrEqual(10 * SECOND)
  })
})

describe('forward, backing off', () => {
  it('waits after overload only, longer each time', async () => {
    vi.useFakeTimers()
    const { send, calls } = createWorld(
      { a: overloaded, b: overloaded, c: overloaded },
      { random: () => 0.999 },
    )
    const running = send()
    const seen: number[] = []
    for (let ms = 0; ms < 900; ms += 10) {
      await vi.advanceTimersByTimeAsync(10)
      seen[calls.length] ??= ms + 10
    }
    expect((await running).attempts).toBe(3)
    expect([seen[2], seen[3]]).toEqual([250, 750])
  })

  it('does not wait after anything else', async () => {
    vi.useFakeTimers()
    const { send } = createWorld(
      { a: error(500), b: dayQuota, c: unreachable, d: ok },
      { random: () => 0.999 },
    )
    expect(await send()).toMatchObject({ kind: 'answer', attempts: 4 })
    expect(vi.getTimerCount()).toBe(0)
  })

  it('ends with the caller', async () => {
    vi.useFakeTimers()
    const caller = new AbortController()
    const { send, calls } = createWorld({ a: overloaded, b: ok }, { random: () => 0.999 })
    const running = send({}, caller.signal)
    await vi.advanceTimersByTimeAsync(100)
    caller.abort()
    expect(await running).toMatchObject({ kind: 'cancelled' })
    expect(calls).toHaveLength(1)
    expect(vi.getTimerCount()).toBe(0)
  })
})

describe('forward, when nobody is left', () => {
  it('after overload hands Google’s own words on, and when to come back', async () => {
    const { send } = createWorld({ a: overloaded })
    const forwarded = await send()
    expect(forwarded).toMatchObject({ kind: 'refusal', answer: { status: 503 }, retryAfterMs: 5 * SECOND })
  })

  it('after overload with a time of Google’s asks for that', async () => {
    const { send } = createWorld({ a: error(503, 'm', { 'retry-after': '42' }) })
    expect(await send()).toMatchObject({ kind: 'refusal', retryAfterMs: 42 * SECOND })
  })

  it('after an unreachable Google speaks of overload', async () => {
    expect(await createWorld({ a: unreachable }).send()).toMatchObject({
      kind: 'exhausted',
      exhausted: { cause: 'overload', retryAfterMs: 5 * SECOND },
    })
  })

  it('after a slow Google speaks of time', async () => {
    vi.useFakeTimers()
    const { send } = createWorld({ a: ok }, { timeoutMs: SECOND })
    vi.stubGlobal(
      'fetch',
      (_: string, { signal }: { readonly signal: AbortSignal }) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => reject(signal.reason))
        }),
    )
    const running = send()
    await vi.advanceTimersByTimeAsync(SECOND)
    expect(await running).toMatchObject({ kind: 'exhausted', exhausted: { cause: 'timeout' } })
  })

  it('because every key rests on its quota, names the soonest recovery', async () => {
    const { send, clock } = createWorld({ a: minuteQuota(50), b: minuteQuota(20) })
    expect(await send()).toMatchObject({
      kind: 'exhausted',
      attempts: 2,
      exhausted: { cause: 'quota', retryAfterMs: 20 * SECOND, model: MODEL },
    })
    clock.now += 5 * SECOND
    expect(await send()).toMatchObject({ attempts: 0, exhausted: { retryAfterMs: 15 * SECOND } })
  })

  it('because one is overloaded and one rests for the day, asks to come back soon, whichever came last', async () => {
    const first = await createWorld({ a: overloaded, b: dayQuota }).send()
    const second = await createWorld({ a: dayQuota, b: overloaded }).send()
    const waits = [first, second].map((each) =>
      each.kind === 'exhausted'
        ? each.exhausted.retryAfterMs
        : 'retryAfterMs' in each
          ? each.retryAfterMs
          : null,
    )
    expect(waits).toEqual([5 * SECOND, 5 * SECOND])
  })

  it('because the operator’s keys are refused, keeps Google’s answer to itself', async () => {
    const { send } = createWorld({ a: invalidKey, b: invalidKey })
    expect(await send()).toMatchObject({
      kind: 'exhausted',
      exhausted: { cause: 'keys-refused', retryAfterMs: null },
    })
  })

  it('because the caller’s own keys are refused, tells it Google’s own words', async () => {
    const { send } = createWorld({ a: invalidKey }, { owner: 'caller' })
    const forwarded = await send()
    expect(forwarded).toMatchObject({ kind: 'refusal', answer: { status: 400 }, retryAfterMs: null })
    expect(await bodyOf(forwarded)).toContain('API key not valid.')
  })

  it('because the caller’s own keys are over their quota, tells it when they recover', async () => {
    const { send } = createWorld({ a: minuteQuota(20) }, { owner: 'caller' })
    expect(await send()).toMatchObject({
      kind: 'refusal',
      answer: { status: 429 },
      retryAfterMs: 20 * SECOND,
    })
  })

  it('because of the location, does not ask to come back', async () => {
    const { send } = createWorld({ a: location })
    expect(await send()).toMatchObject({ kind: 'refusal', answer: { status: 400 }, retryAfterMs: null })
  })
})

describe('forward, a caller that leaves', () => {
  it('in the middle of an attempt is told nothing, and nobody else is tried', async () => {
    const caller = new AbortController()
    const { send, calls, rests } = createWorld({
      a: () => {
        caller.abort()
        return Promise.reject(new DOMException('aborted', 'AbortError'))
      },
      b: ok,
    })
    expect(await send({}, caller.signal)).toMatchObject({ kind: 'cancelled' })
    expect(calls).toHaveLength(1)
    expect(rests).toEqual([])
  })
})
