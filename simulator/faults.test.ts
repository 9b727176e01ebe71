import { afterEach, beforeEach, expect, test } from 'vitest'
import type { FaultRuleInput } from './control/schema.ts'
import { errorNames } from './error-names.ts'
import { dechunk, endsChunked, type RawReply, rawRequest } from './raw-http.ts'
import type { Simulator, SimulatorServer } from './simulator.ts'
import {
  asking,
  eventsOf,
  FLASH,
  KEY,
  messageOf,
  OLD_FLASH,
  partsOf,
  post,
  simulatorWith,
} from './test-requests.ts'

const STREAM = `/v1beta/models/${OLD_FLASH}:streamGenerateContent?alt=sse`
const UNARY = `/v1beta/models/${OLD_FLASH}:generateContent`
const BODY = JSON.stringify(asking('häl😀lo'))
const THREE_EVENTS = 3

let simulator: Simulator
let server: SimulatorServer

beforeEach(async () => {
  simulator = simulatorWith({ settings: { gzip: false } })
  server = await simulator.listen()
})

afterEach(() => server.close())

function ask(target = STREAM, until?: (bytes: Buffer) => boolean): Promise<RawReply> {
  return rawRequest(server.port, target, BODY, KEY, until)
}

async function wholeStream(): Promise<Buffer> {
  return dechunk(await ask(STREAM, endsChunked)).body
}

function strike(fault: FaultRuleInput['fault'], more: Partial<FaultRuleInput> = {}): string {
  return simulator.addFault({ fault, ...more })
}

const statuses: Record<(typeof errorNames)[number], number> = {
  'invalid-key': 400,
  'expired-key': 400,
  'deleted-key': 400,
  'no-key': 403,
  'unsupported-token': 401,
  'multiple-credentials': 400,
  leaked: 403,
  suspended: 403,
  'service-disabled': 403,
  'referrer-blocked': 403,
  'service-blocked': 403,
  'ip-blocked': 403,
  location: 400,
  'model-not-found': 404,
  'model-retired': 404,
  'invalid-argument': 400,
  'unknown-field': 400,
  'missing-signature': 400,
  'corrupted-signature': 400,
  'file-permission': 403,
  'quota-minute': 429,
  'quota-tokens': 429,
  'quota-day': 429,
  'quota-day-and-minute': 429,
  'limit-zero': 429,
  'rate-limited-bare': 429,
  'spend-cap': 429,
  'prepaid-empty': 402,
  'prepaid-empty-429': 429,
  internal: 500,
  overloaded: 503,
  'overloaded-old': 503,
  deadline: 504,
  cancelled: 499,
  'bad-gateway': 502,
}

test.each(errorNames)('the fault error %s answers with its status', async (error) => {
  strike({ error })
  const answer = await post(simulator, `${FLASH}:generateContent`, asking('hi'))
  expect(answer.status).toBe(statuses[error])
  if (error !== 'bad-gateway') expect(JSON.parse(answer.text).error.code).toBe(statuses[error])
})

test('a quota fault quotes the limits and the tier of the key that meets it', async () => {
  simulator.setKeys([{ key: KEY, tier: 'free', quotas: { '*': { rpm: 7 } } }])
  strike({ error: 'quota-minute' })
  const answer = await post(simulator, `${FLASH}:generateContent`, asking('hi'))
  expect(messageOf(answer)).toContain(
    'generate_content_free_tier_requests, limit: 7, model: gemini-3.8-flash',
  )
})

test('a raw error is sent as it is, with Retry-After where asked', async () => {
  strike({ error: { status: 529, headers: { 'x-odd': 'yes' }, body: 'busy' }, retryAfterSeconds: 7 })
  const answer = await post(simulator, `${FLASH}:generateContent`, asking('hi'))
  expect(answer).toMatchObject({ status: 529, text: 'busy' })
  expect([answer.headers.get('x-odd'), answer.headers.get('retry-after')]).toEqual(['yes', '7'])
})

test('a rule strikes as often as it says, after those it skips, where it matches', async () => {
  simulator.setKeys([{ key: KEY }, { key: 'other' }])
  strike(
    { error: 'overloaded' },
    { match: { key: KEY, model: FLASH, method: 'generateContent' }, skip: 1, times: 2 },
  )
  const status = async (target: string, key = KEY) =>
    (await post(simulator, target, asking('hi'), { 'x-goog-api-key': key })).status
  const target = `${FLASH}:generateContent`
  expect(await status(target, 'other')).toBe(200)
  expect(await status(`${FLASH}:streamGenerateContent?alt=sse`)).toBe(200)
  expect([await status(target), await status(target), await status(target), await status(target)]).toEqual([
    200, 503, 503, 200,
  ])
})

test('the first rule that matches wins, and the call names it', async () => {
  const first = strike({ error: 'internal' }, { times: 1 })
  const second = strike({ error: 'overloaded' })
  for (const status of [500, 503])
    expect((await post(simulator, `${FLASH}:generateContent`, asking('hi'))).status).toBe(status)
  expect(simulator.calls().map((call) => call.fault)).toEqual([first, second])
  simulator.clearFaults()
  expect((await post(simulator, `${FLASH}:generateContent`, asking('hi'))).status).toBe(200)
})

test('cut before-headers closes the connection without a byte', async () => {
  strike({ cut: 'before-headers' })
  expect(await ask()).toMatchObject({ bytes: Buffer.alloc(0), isClosed: true })
  expect(simulator.calls()[0]?.status).toBeNull()
})

test('cut after 0 events sends the headers and nothing more', async () => {
  strike({ cut: { afterEvents: 0 } })
  const reply = await ask()
  expect(reply.bytes.toString()).toMatch(/^HTTP\/1\.1 200 OK\r\n/)
  expect(dechunk(reply)).toEqual({ body: Buffer.alloc(0), isComplete: false })
})

test.each([1, 2])('cut after %d events delivers just those', async (afterEvents) => {
  const whole = await wholeStream()
  strike({ cut: { afterEvents } })
  const { body, isComplete } = dechunk(await ask())
  expect(isComplete).toBe(false)
  expect(eventsOf(body.toString())).toHaveLength(afterEvents)
  expect(whole.subarray(0, body.length)).toEqual(body)
})

test('cut inside an event delivers its first bytes', async () => {
  strike({ cut: { afterEvents: 1, atByte: 40 } })
  const { body, isComplete } = dechunk(await ask())
  expect(isComplete).toBe(false)
  expect(body.toString().split('\r\n\r\n')[1]).toHaveLength(40)
})

test('cut of a unary body falls short of its Content-Length', async () => {
  strike({ cut: { afterEvents: 0, atByte: 30 } })
  const text = (await ask(UNARY)).bytes.toString()
  const [head = '', body = ''] = text.split('\r\n\r\n')
  expect(body).toHaveLength(30)
  expect(Number(/Content-Length: (\d+)/.exec(head)?.[1])).toBeGreaterThan(30)
})

test.each([
  ['before-headers', { stall: 'before-headers' as const }, 0],
  ['after 0 events', { stall: { afterEvents: 0 } }, 0],
  ['after 2 events', { stall: { afterEvents: 2 } }, 2],
])('stall %s keeps the connection open and silent until the client leaves', async (name, fault, events) => {
  strike(fault)
  const left = new AbortController()
  const request = fetch(server.url + STREAM, {
    method: 'POST',
    headers: { 'x-goog-api-key': KEY },
    body: BODY,
    signal: left.signal,
  })
  if (name === 'before-headers') {
    await until(() => simulator.calls().length === 1)
  } else {
    const reader = (await request).body?.getReader()
    let text = ''
    while (text.split('\r\n\r\n').length - 1 < events)
      text += new TextDecoder().decode((await reader?.read())?.value)
    expect(text.split('\r\n\r\n').length - 1).toBe(events)
    reader?.read().catch(() => undefined)
  }
  left.abort()
  await request.catch(() => undefined)
  await until(() => simulator.calls()[0]?.cancelledAt !== null)
})

/** Waits for something that another socket is about to bring about. */
async function until(isTrue: () => boolean): Promise<void> {
  const GIVE_UP_MS = 2_000
  const start = Date.now()
  while (!isTrue()) {
    if (Date.now() - start > GIVE_UP_MS) throw new Error('It never came true')
    await new Promise((resolve) => setImmediate(resolve))
  }
}

test('endAfterEvents ends cleanly without a finishReason', async () => {
  strike({ endAfterEvents: 2 })
  const { body, isComplete } = dechunk(await ask(STREAM, endsChunked))
  expect(isComplete).toBe(true)
  expect(body.toString()).not.toContain('finishReason')
})

test('midStreamError in raw form is pretty JSON without data:', async () => {
  strike({ midStreamError: { afterEvents: 1, error: 'overloaded' } })
  const { body, isComplete } = dechunk(await ask(STREAM, endsChunked))
  expect(isComplete).toBe(true)
  const [, error = ''] = body.toString().split('\r\n\r\n')
  expect(error.startsWith('{\n  "error": {\n    "code": 503')).toBe(true)
})

test('midStreamError in data form is one more event', async () => {
  strike({ midStreamError: { afterEvents: 1, form: 'data' } })
  const { body } = dechunk(await ask(STREAM, endsChunked))
  expect(eventsOf(body.toString())[1].error.code).toBe(500)
})

test('garbage stands between good events', async () => {
  strike({ garbage: { afterEvents: 1, text: 'data: {oops\r\n\r\n' } })
  const { body } = dechunk(await ask(STREAM, endsChunked))
  expect(body.toString().split('\r\n\r\n')[1]).toBe('data: {oops')
  expect(body.toString()).toContain('"finishReason": "STOP"')
})

test('a split stream is the same bytes in more packets', async () => {
  const whole = await wholeStream()
  strike({ splitAt: 'every-byte' })
  const reply = await ask(STREAM, endsChunked)
  expect(dechunk(reply).body).toEqual(whole)
  expect(reply.arrivals).toBeGreaterThan(whole.length / 4)
})

test('a stream split at each single offset is the same bytes', async () => {
  const whole = await wholeStream()
  for (let offset = 1; offset < whole.length; offset += 1) {
    simulator.clearFaults()
    strike({ splitAt: offset })
    const response = await simulator.fetch(
      new Request(server.url + STREAM, { method: 'POST', headers: { 'x-goog-api-key': KEY }, body: BODY }),
    )
    const pieces: Uint8Array[] = []
    for await (const piece of response.body ?? []) pieces.push(piece)
    expect(Buffer.concat(pieces).equals(whole)).toBe(true)
    const ends = new Set(
      pieces.map((_, index) => pieces.slice(0, index + 1).reduce((sum, piece) => sum + piece.length, 0)),
    )
    expect(ends.has(offset)).toBe(true)
  }
})

test.each([
  ['lf', '\n\n'],
  ['cr', '\r\r'],
] as const)('newline %s frames the stream anew', async (newline, boundary) => {
  strike({ newline })
  const { body } = dechunk(await ask(STREAM, endsChunked))
  expect(body.toString().split(boundary)).toHaveLength(THREE_EVENTS + 1)
  expect(body.includes('\r\n')).toBe(false)
})

test('hugeEventBytes adds an event of that much text before the last', async () => {
  strike({ hugeEventBytes: 300_000 })
  const { body } = dechunk(await ask(STREAM, endsChunked))
  expect(partsOf(body.toString()).map((part) => part.text.length)).toEqual([
    expect.any(Number),
    expect.any(Number),
    300_000,
    expect.any(Number),
  ])
})

test.each([
  ['stop-without-parts', { candidates: [{ content: { role: 'model' }, finishReason: 'STOP', index: 0 }] }],
  [
    'empty-text',
    { candidates: [{ content: { parts: [{ text: '' }], role: 'model' }, finishReason: 'STOP', index: 0 }] },
  ],
  [
    'other',
    {
      candidates: [
        {
          finishReason: 'OTHER',
          index: 0,
          finishMessage: 'Model failed to generate content due to internal error.',
        },
      ],
    },
  ],
] as const)('empty %s is a 200 with nothing in it, unary and streamed', async (empty, expected) => {
  strike({ empty })
  const unary = await post(simulator, UNARY, asking('hi'))
  const streamed = await post(simulator, STREAM, asking('hi'))
  expect([unary.status, streamed.status]).toEqual([200, 200])
  expect(JSON.parse(unary.text)).toMatchObject(expected)
  expect(eventsOf(streamed.text)).toMatchObject([expected])
  expect(JSON.parse(unary.text).usageMetadata).toEqual({ promptTokenCount: 1, totalTokenCount: 1 })
})

test('empty no-candidates and empty-body', async () => {
  strike({ empty: 'no-candidates' }, { times: 1 })
  strike({ empty: 'empty-body' })
  expect(JSON.parse((await post(simulator, UNARY, asking('hi'))).text)).not.toHaveProperty('candidates')
  expect(await post(simulator, UNARY, asking('hi'))).toMatchObject({ status: 200, text: '' })
  expect(await post(simulator, STREAM, asking('hi'))).toMatchObject({ status: 200, text: '' })
})

test('delays come before headers, before the first event and between events, in that order', async () => {
  const waits: number[] = []
  const timer = { sleep: async (ms: number) => void waits.push(ms) }
  const paced = simulatorWith({ timer, pacing: { headersMs: 5 } })
  paced.addFault({ fault: { headersMs: 10, firstEventMs: 20, gapMs: 30 } })
  await post(paced, STREAM, asking('hello'))
  expect(waits).toEqual([15, 20, 30, 30])
})

test('in process, cut before-headers rejects and a later cut errors the body', async () => {
  const request = () =>
    new Request(server.url + STREAM, { method: 'POST', headers: { 'x-goog-api-key': KEY }, body: BODY })
  strike({ cut: 'before-headers' }, { times: 1 })
  await expect(simulator.fetch(request())).rejects.toThrow(TypeError)
  strike({ cut: { afterEvents: 1 } })
  const response = await simulator.fetch(request())
  expect(response.status).toBe(200)
  await expect(response.text()).rejects.toThrow(TypeError)
})

test('in process, the caller that leaves is recorded', async () => {
  strike({ stall: { afterEvents: 1 } })
  const response = await simulator.fetch(
    new Request(server.url + STREAM, { method: 'POST', headers: { 'x-goog-api-key': KEY }, body: BODY }),
  )
  await response.body?.cancel()
  expect(simulator.calls()[0]?.cancelledAt).toBe(simulator.now())
})

test('in process, an abort while waiting for headers rejects with its reason and is recorded', async () => {
  strike({ stall: 'before-headers' })
  const left = new AbortController()
  const request = new Request(server.url + STREAM, {
    method: 'POST',
    headers: { 'x-goog-api-key': KEY },
    body: BODY,
    signal: left.signal,
  })
  const answer = simulator.fetch(request)
  await until(() => simulator.calls().length === 1)
  left.abort(new Error('gone'))
  await expect(answer).rejects.toThrow('gone')
  expect(simulator.calls()[0]?.cancelledAt).not.toBeNull()
})
