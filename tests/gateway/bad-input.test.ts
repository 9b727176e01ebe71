import { afterEach, describe, expect, test } from 'vitest'
import {
  AUTH_TOKEN,
  callsByKey,
  generate,
  type Harness,
  MODEL,
  say,
  startHarness,
  stream,
} from './harness.ts'

const NOON = Date.parse('2026-11-20T12:00:00-08:00')
const PATH = `/v1beta/models/${MODEL}:generateContent`
const OPERATOR = { 'x-goog-api-key': AUTH_TOKEN }

let harness: Harness
// A store that never answers is given up after 5 s.
afterEach(() => harness.close(), 15_000)

function post(
  path: string,
  body: string | Uint8Array<ArrayBuffer>,
  headers: Record<string, string> = OPERATOR,
): Promise<Response> {
  return harness.fetch(path, { method: 'POST', headers, body })
}

describe('bad input', () => {
  test.each([
    ['malformed JSON', '{"contents": [', /JSON/],
    ['a body that is no object', '[1]', /object/],
    ['bytes that are no UTF-8', new Uint8Array([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]), /JSON/],
  ])("%s is 400 in Google's shape, and nothing is sent", async (_, body, message) => {
    harness = await startHarness()
    const response = await post(PATH, body)
    expect(response.status).toBe(400)
    const { error } = await response.json()
    expect(error).toMatchObject({
      code: 400,
      status: 'INVALID_ARGUMENT',
      message: expect.stringMatching(message),
    })
    expect(error.details[0].fieldViolations[0].field).toBe('body')
    expect(harness.simulator.calls()).toEqual([])
  })

  test('a missing model is 400 and names the field', async () => {
    harness = await startHarness()
    const native = await post('/v1beta/models/:generateContent', say('x'))
    expect([native.status, (await native.json()).error.details[0].fieldViolations[0].field]).toEqual([
      400,
      'model',
    ])
    const layer = await post('/openai/v1/chat/completions', '{"messages":[]}')
    expect([layer.status, (await layer.json())[0].error.details[0].fieldViolations[0].field]).toEqual([
      400,
      'model',
    ])
    expect(harness.simulator.calls()).toEqual([])
  })

  test('a field of the wrong type on the OpenAI layer is 400 and names it', async () => {
    harness = await startHarness()
    const response = await post(
      '/openai/v1/chat/completions',
      JSON.stringify({ model: MODEL, messages: [], stream: 'yes' }),
    )
    expect([response.status, (await response.json())[0].error.details[0].fieldViolations[0].field]).toEqual([
      400,
      'stream',
    ])
    expect(harness.simulator.calls()).toEqual([])
  })

  test('a body over MAX_BODY_MB is 413, declared or not', async () => {
    harness = await startHarness({ env: { MAX_BODY_MB: '1' } })
    const large = 'x'.repeat(1024 * 1024 + 1)
    expect((await post(PATH, large, { ...OPERATOR, 'content-length': String(large.length) })).status).toBe(
      413,
    )
    const undeclared = await harness.fetch(PATH, {
      method: 'POST',
      headers: OPERATOR,
      body: new Blob([large]).stream(),
      duplex: 'half',
    } as RequestInit)
    expect(undeclared.status).toBe(413)
    expect(harness.simulator.calls()).toEqual([])
  })

  test.each([
    [
      '/v1beta/nonsense',
      (body: unknown) => expect(body).toMatchObject({ error: { code: 404, status: 'NOT_FOUND' } }),
    ],
    [
      '/gemini/v1beta/nonsense',
      (body: unknown) => expect(body).toMatchObject({ error: { code: 404, status: 'NOT_FOUND' } }),
    ],
    ['/openai/v1/nonsense', (body: unknown) => expect(body).toMatchObject([{ error: { code: 404 } }])],
    [
      '/v1/chat/completions',
      (body: unknown) =>
        expect(body).toMatchObject({ error: { type: 'invalid_request_error', code: 'unknown_url' } }),
    ],
    [
      '/v1/messages',
      (body: unknown) => expect(body).toMatchObject({ type: 'error', error: { type: 'not_found_error' } }),
    ],
  ])('the unknown path %s is 404 in the dialect of its prefix', async (path, check) => {
    harness = await startHarness()
    const response = await post(path, '{}')
    expect(response.status).toBe(404)
    check(await response.json())
    expect(harness.simulator.calls()).toEqual([])
  })

  test('a filtered model is 403, and no key is touched', async () => {
    harness = await startHarness({ env: { FILTERED_MODELS: MODEL } })
    expect((await generate(harness)).status).toBe(403)
    expect(
      (await post('/openai/v1/chat/completions', JSON.stringify({ model: `models/${MODEL}`, messages: [] })))
        .status,
    ).toBe(403)
    expect(harness.simulator.calls()).toEqual([])
  })

  test.each([
    '/v1beta/models/..%2F..%2Fsecret:generateContent',
    '/v1beta/models/x%0d%0aHost:evil:generateContent',
    '/v1beta/files/..',
    '/v1beta/models/a b:generateContent',
  ])('the crooked path %s reaches nothing', async (path) => {
    harness = await startHarness()
    const { status } = await post(path, say('x'))
    expect(status === 404 || status === 400).toBe(true)
    expect(harness.simulator.calls()).toEqual([])
  })
})

describe('who may call', () => {
  test.each([
    ['/v1beta/models', 'no credential', {}],
    ['/v1beta/models', 'an empty key', { 'x-goog-api-key': '' }],
    ['/v1beta/models', 'an empty Bearer', { authorization: 'Bearer ' }],
    ['/v1beta/models?key=', 'an empty query key', {}],
    ['/v1beta/models', 'a wrong key of this gateway', { 'x-goog-api-key': 'gbe_wrong-but-well-formed' }],
    ['/openai/v1/models', 'no credential', {}],
    ['/v1/models', 'no credential', {}],
    ['/v1/chat/completions', 'no credential', {}],
    ['/v1/messages', 'no credential', {}],
    ['/gemini/v1beta/models', 'no credential', {}],
    ['/verify', 'no credential', {}],
  ])('%s with %s is 401', async (path, _, headers) => {
    harness = await startHarness()
    expect((await harness.fetch(path, { headers: headers as Record<string, string> })).status).toBe(401)
    expect(harness.simulator.calls()).toEqual([])
  })

  test.each([
    ['Bearer', '', { authorization: `Bearer ${AUTH_TOKEN}` }],
    ['x-goog-api-key', '', { 'x-goog-api-key': AUTH_TOKEN }],
    ['x-api-key', '', { 'x-api-key': AUTH_TOKEN }],
    ['?key=', `?key=${AUTH_TOKEN}`, {}],
  ])("the token is taken from %s, and only the pool's key goes upstream", async (_, search, headers) => {
    harness = await startHarness({ env: { ALLOWED_TOKENS: 'another-token' } })
    const cookie = { cookie: 'session=1', 'openai-organization': 'org', 'x-goog-user-project': 'p' }
    const response = await harness.fetch(PATH + search, {
      method: 'POST',
      headers: { ...headers, ...cookie },
      body: say('x'),
    })
    expect(response.status).toBe(200)
    const [call] = harness.simulator.calls()
    expect(call?.headers['x-goog-api-key']).toBe('sim-key-1')
    const sent = JSON.stringify(call)
    for (const secret of [AUTH_TOKEN, 'session=1', 'org"']) expect(sent).not.toContain(secret)
  })

  test("a caller's own keys serve it, apart from the pool, with Google's own words when they fail", async () => {
    harness = await startHarness({
      keys: [{ key: 'sim-pool' }, { key: 'sim-own' }, { key: 'sim-dead', state: 'invalid' }],
      env: { GEMINI_API_KEY: 'sim-pool' },
    })
    const own = await post(PATH, say('x'), { 'x-goog-api-key': 'sim-dead,sim-own:3' })
    expect(own.status).toBe(200)
    const dead = await post(PATH, say('x'), { 'x-goog-api-key': 'sim-dead' })
    expect(dead.status).toBe(400)
    expect((await dead.json()).error.details[0].reason).toBe('API_KEY_INVALID')
    expect(callsByKey(harness)['sim-pool']).toBeUndefined()
  })

  test('own keys are refused where ALLOW_CLIENT_KEYS is false', async () => {
    harness = await startHarness({ env: { ALLOW_CLIENT_KEYS: 'false' } })
    expect((await post(PATH, say('x'), { 'x-goog-api-key': 'sim-key-1' })).status).toBe(401)
    expect(harness.simulator.calls()).toEqual([])
  })
})

describe('bad weather', () => {
  test("every key resting on its quota is 429 with the soonest recovery and Google's own words", async () => {
    harness = await startHarness({
      now: NOON,
      keys: [
        { key: 'sim-a', project: 'a' },
        { key: 'sim-b', project: 'b' },
      ],
    })
    harness.simulator.addFault({ match: { key: 'sim-a' }, fault: { error: 'quota-day' } })
    harness.simulator.addFault({ match: { key: 'sim-b' }, fault: { error: 'quota-minute' } })
    await generate(harness)
    const calls = harness.simulator.calls().length
    const response = await generate(harness)
    expect(harness.simulator.calls()).toHaveLength(calls)
    expect(response.status).toBe(429)
    const retryAfter = Number(response.headers.get('retry-after'))
    expect(retryAfter).toBeGreaterThan(0)
    expect(retryAfter).toBeLessThanOrEqual(66)
    const { error } = await response.json()
    expect(error.status).toBe('RESOURCE_EXHAUSTED')
    expect(error.message).toContain('Quota exceeded for metric')
    expect(error.details).toContainEqual({
      '@type': 'type.googleapis.com/google.rpc.RetryInfo',
      retryDelay: `${retryAfter}s`,
    })
    expect(response.headers.get('x-gateway-attempts')).toBe('0')
    harness.advance(retryAfter * 1000)
    harness.simulator.clearFaults()
    expect((await generate(harness)).status).toBe(200)
  })

  test('a storm of 503 is bounded, ends in 503 with Retry-After, and rests no key', async () => {
    harness = await startHarness({
      keys: ['a', 'b', 'c', 'd', 'e', 'f'].map((name) => ({ key: `sim-${name}` })),
    })
    harness.simulator.addFault({ fault: { error: 'overloaded' } })
    const response = await generate(harness)
    expect(response.status).toBe(503)
    expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0)
    expect((await response.json()).error.message).toContain('high demand')
    expect(harness.simulator.calls()).toHaveLength(4)
    harness.simulator.clearFaults()
    harness.simulator.clearCalls()
    for (let call = 0; call < 6; call++) expect((await generate(harness)).status).toBe(200)
    expect(Object.keys(callsByKey(harness))).toHaveLength(6)
  })

  test("a pool of dead keys is 503 and blames nobody's request", async () => {
    harness = await startHarness({
      keys: [
        { key: 'sim-a', state: 'invalid' },
        { key: 'sim-b', state: 'leaked' },
      ],
    })
    const response = await generate(harness)
    expect(response.status).toBe(503)
    expect(await response.text()).toContain('/verify')
    await generate(harness)
    expect(harness.simulator.calls()).toHaveLength(2)
  })

  test('no keys configured is 503 that says where to add them', async () => {
    harness = await startHarness({ env: { GEMINI_API_KEY: '' } })
    const response = await generate(harness)
    expect(response.status).toBe(503)
    expect(await response.text()).toContain('GEMINI_API_KEY')
  })

  test('a store that is down, or never answers, fails no request', async () => {
    const never = new Promise<never>(() => undefined)
    const dead = {
      get: () => never,
      set: () => never,
      delete: () => never,
      list: () => never,
      increment: () => never,
      close: () => never,
    }
    const traits = {
      atomicIncrement: true,
      consistency: 'strong',
      minTtlSeconds: 0,
      maxValueBytes: 1e6,
    } as const
    harness = await startHarness({ kv: { ...dead, traits } })
    for (let call = 0; call < 3; call++) expect((await generate(harness)).status).toBe(200)
  })

  test('cooldowns survive a restart', async () => {
    harness = await startHarness({ now: NOON, keys: [{ key: 'sim-a' }, { key: 'sim-b' }] })
    harness.simulator.addFault({ match: { key: 'sim-a' }, fault: { error: 'quota-day' } })
    for (let call = 0; call < 4; call++) await generate(harness)
    await harness.settle()
    harness.restart()
    for (let call = 0; call < 4; call++) expect((await generate(harness)).status).toBe(200)
    expect(callsByKey(harness)['sim-a']).toBe(1)
  })
})

describe('secrets', () => {
  test('appear in no log line, header or body, whatever fails', async () => {
    const states = [
      'ok',
      'invalid',
      'suspended',
      'leaked',
      'service-disabled',
      'prepaid-empty',
      'unsupported-token',
    ] as const
    const keys = states.map((state) => ({ key: `AIzaFAKE-${state}-0123456789`, state, project: state }))
    harness = await startHarness({
      keys,
      env: { ALLOWED_TOKENS: 'caller-token-for-tests', CUSTOM_HEADERS: '{"x-relay":"relay-secret"}' },
    })
    const seen: string[] = []
    const collect = async (response: Response) => {
      seen.push(JSON.stringify([...response.headers]), await response.text())
    }
    for (let call = 0; call < 10; call++) await collect(await generate(harness))
    for (let call = 0; call < 3; call++) await collect(await stream(harness))
    for (const { key } of keys) await collect(await post(PATH, say('x'), { 'x-goog-api-key': key }))
    await collect(await post(`${PATH}?key=caller-token-for-tests`, '{', {}))
    await collect(await harness.fetch('/health'))
    await collect(
      await harness.fetch('/verify', {
        headers: {
          authorization: `Bearer ${AUTH_TOKEN}`,
          'x-goog-api-key': keys.map(({ key }) => key).join(','),
        },
      }),
    )
    const everything = [...seen, ...harness.log].join('\n')
    for (const secret of [
      ...keys.map(({ key }) => key),
      AUTH_TOKEN,
      'caller-token-for-tests',
      'relay-secret',
    ]) {
      expect(everything).not.toContain(secret)
    }
    expect(harness.log.length).toBeGreaterThan(5)
  })
})
