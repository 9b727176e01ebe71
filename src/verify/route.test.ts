import { Hono } from 'hono'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { poolKey } from '../keys/__fixtures__/pool-key.ts'
import { fingerprint, type KeyId } from '../keys/api-key.ts'
import type { ProbeResult } from '../upstream/probe.ts'
import { createVerifyRoute, type VerifyRouteOptions } from './route.ts'

const AUTH_TOKEN = 'operator-token'
const KEY = 'AIzaSyA-0123456789-abcdefghij-1234567'
const DEAD_KEY = 'AIzaSyB-0123456789-abcdefghij-7654321'

const WORKS: ProbeResult = { kind: 'works' }
const DEAD: ProbeResult = {
  kind: 'failed',
  failure: { kind: 'dead-key', reason: 'invalid' },
  message: 'API key not valid. Please pass a valid API key.',
  project: null,
}

type Probe = VerifyRouteOptions['probe']

function createRoute({ authToken = AUTH_TOKEN, probe }: { authToken?: string | null; probe?: Probe } = {}) {
  const working: KeyId[] = []
  const steps: string[] = []
  const probed = vi.fn<Probe>(probe ?? (async ({ key }) => (key === DEAD_KEY ? DEAD : WORKS)))
  const route = createVerifyRoute({
    access: { authToken, allowedTokens: ['allowed-token'], allowClientKeys: true },
    probe: probed,
    now: () => 0,
    onWorkingKey: (id) => {
      steps.push('learn')
      working.push(id)
    },
    flush: async () => {
      steps.push('flush')
    },
  })
  const app = new Hono().on(['GET', 'POST'], '/verify', route)
  const send = (headers: Record<string, string>, path = '/verify', init: RequestInit = {}) =>
    app.request(path, { headers, ...init })
  return { send, probed, working, steps }
}

const OPERATOR = { authorization: `Bearer ${AUTH_TOKEN}` }

beforeEach(() => {
  vi.useFakeTimers()
})

afterEach(() => {
  expect(vi.getTimerCount()).toBe(0)
  vi.useRealTimers()
})

describe('/verify, who may ask', () => {
  it.each([
    ['nothing', {}],
    ['a wrong token', { authorization: 'Bearer wrong-token' }],
    ['the token in place of the keys', { 'x-goog-api-key': AUTH_TOKEN }],
    ['a key as Bearer', { authorization: `Bearer ${KEY}` }],
  ])('with %s is unauthorized while AUTH_TOKEN is set', async (_, headers) => {
    const { send, probed } = createRoute()
    const response = await send({ 'x-goog-api-key': KEY, ...headers })
    expect(response.status).toBe(401)
    expect(await response.text()).toBe('{"error":"Unauthorized"}')
    expect(probed).not.toHaveBeenCalled()
  })

  it.each([AUTH_TOKEN, 'allowed-token'])('with the token %s may', async (token) => {
    const response = await createRoute().send({ 'x-goog-api-key': KEY, authorization: `Bearer ${token}` })
    expect(response.status).toBe(200)
    await response.text()
  })

  it('may without a token while AUTH_TOKEN is not set', async () => {
    const response = await createRoute({ authToken: null }).send({ 'x-goog-api-key': KEY })
    expect(response.status).toBe(200)
    await response.text()
  })
})

describe('/verify, which keys', () => {
  it.each([{}, { 'x-goog-api-key': ' ' }])('without the header is told so: %j', async (headers) => {
    const response = await createRoute().send({ ...OPERATOR, ...headers })
    expect(response.status).toBe(400)
    expect(await response.text()).toBe('{"error":"Missing x-goog-api-key header."}')
  })

  it.each([
    [',', 'no key'],
    ['key:x', 'a bad weight'],
    [Array.from({ length: 501 }, (_, at) => `key-${at}`).join(), 'too many'],
  ])('refuses a header with %#: quotes nothing of it', async (keys) => {
    const { send, probed } = createRoute()
    const response = await send({ ...OPERATOR, 'x-goog-api-key': keys })
    expect(response.status).toBe(400)
    expect(await response.text()).toMatch(/^\{"error":"[^"]*1 to 500 keys[^"]*"\}$/)
    expect(probed).not.toHaveBeenCalled()
  })

  it('takes 500, with weights and blanks', async () => {
    const keys = Array.from({ length: 500 }, (_, at) => `key-${at}:3`).join(', ')
    const { send, probed } = createRoute()
    await (await send({ ...OPERATOR, 'x-goog-api-key': `${keys},,` })).text()
    expect(probed).toHaveBeenCalledTimes(500)
    expect(probed.mock.calls[0]?.[0]).toMatchObject({ key: 'key-0' })
  })

  it.each([
    ['/verify', null],
    ['/verify?model=', null],
    ['/verify?model=gemini-3.8-flash', 'gemini-3.8-flash'],
    ['/verify?model=models/gemini-3.8-flash', 'gemini-3.8-flash'],
  ])('%s probes with the model %j', async (path, model) => {
    const { send, probed } = createRoute()
    await (await send({ ...OPERATOR, 'x-goog-api-key': KEY }, path)).text()
    expect(probed.mock.calls[0]?.[1]).toBe(model)
  })
})

describe('/verify, the stream', () => {
  it.each(['GET', 'POST'])(
    'by %s says of each key whether it is good, in the known wire format',
    async (method) => {
      const { send } = createRoute()
      const response = await send({ ...OPERATOR, 'x-goog-api-key': `${KEY}, ${DEAD_KEY}` }, '/verify', {
        method,
      })
      expect(response.headers.get('content-type')).toMatch(/^text\/event-stream/)
      expect(response.headers.get('cache-control')).toBe('no-cache')
      expect(await response.text()).toBe(
        [
          ': verify-start',
          'data: {"key":"AIzaSyA......1234567","status":"GOOD","latencyMs":0}',
          'data: {"key":"AIzaSyB......7654321","status":"BAD","error":"API key not valid. Please pass a valid API key.","reason":"invalid","latencyMs":0}',
          ': verify-end',
          '',
        ].join('\n\n'),
      )
    },
  )

  it('beats every five seconds while Google is slow', async () => {
    const probe: Probe = () =>
      new Promise((resolve) => {
        setTimeout(() => resolve(WORKS), 12_000)
      })
    const text = (await createRoute({ probe }).send({ ...OPERATOR, 'x-goog-api-key': KEY })).text()
    await vi.advanceTimersByTimeAsync(12_000)
    expect((await text).match(/^: heartbeat$/gm)).toHaveLength(2)
  })

  it.each(['its connection', 'its stream'])('ends every probe when the caller leaves by %s', async (how) => {
    const signals: AbortSignal[] = []
    const probe: Probe = (_key, _model, signal) => {
      signals.push(signal)
      return new Promise((resolve) => {
        signal.addEventListener('abort', () =>
          resolve({ kind: 'failed', failure: { kind: 'cancelled' }, message: null, project: null }),
        )
      })
    }
    const { send, probed } = createRoute({ probe })
    const caller = new AbortController()
    const keys = Array.from({ length: 9 }, (_, at) => `key-${at}`).join()
    const response = await send({ ...OPERATOR, 'x-goog-api-key': keys }, '/verify', { signal: caller.signal })
    if (how === 'its stream') await response.body?.cancel()
    else caller.abort()
    await vi.advanceTimersByTimeAsync(0)
    expect(signals.map(({ aborted }) => aborted)).toEqual(Array(6).fill(true))
    expect(probed).toHaveBeenCalledTimes(6)
  })

  it('probes nothing for a caller that has left already', async () => {
    const { send, probed } = createRoute()
    await send({ ...OPERATOR, 'x-goog-api-key': KEY }, '/verify', { signal: AbortSignal.abort() })
    await vi.advanceTimersByTimeAsync(0)
    expect(probed).not.toHaveBeenCalled()
  })
})

describe('/verify, what the pool learns', () => {
  it('of a key that works, when the operator asks', async () => {
    const { send, working } = createRoute()
    await (await send({ ...OPERATOR, 'x-goog-api-key': `${KEY},${DEAD_KEY}` })).text()
    expect(working).toEqual([fingerprint(poolKey(KEY).key)])
  })

  it('is learned after the stored state is known, and written at the end', async () => {
    const { send, steps } = createRoute()
    await (await send({ ...OPERATOR, 'x-goog-api-key': KEY })).text()
    expect(steps).toEqual(['learn', 'flush'])
  })

  it('is nothing when anybody else asks', async () => {
    for (const [authToken, authorization] of [
      [null, ''],
      [AUTH_TOKEN, 'Bearer allowed-token'],
    ] as const) {
      const { send, working } = createRoute({ authToken })
      await (await send({ authorization, 'x-goog-api-key': KEY })).text()
      expect(working).toEqual([])
    }
  })
})
