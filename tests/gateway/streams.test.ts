import { afterEach, describe, expect, test } from 'vitest'
import { AUTH_TOKEN, generate, type Harness, MODEL, say, startHarness, stream } from './harness.ts'

let harness: Harness
afterEach(() => harness.close())

async function directStream(text: string): Promise<string> {
  const response = await harness.simulator.fetch(
    new Request(`http://simulator.test/v1beta/models/${MODEL}:streamGenerateContent?alt=sse`, {
      method: 'POST',
      headers: { 'x-goog-api-key': 'sim-key-1' },
      body: say(text),
    }),
  )
  return response.text()
}

describe('streams', () => {
  test('arrive byte for byte, whatever the offsets they are split at', async () => {
    harness = await startHarness()
    const text = '[[chunks:2]] [[say:naïve 日本語 👋🏽 "quoted" \\n]]'
    const expected = await directStream(text)
    const size = new TextEncoder().encode(expected).byteLength
    for (let offset = 1; offset < size; offset++) {
      const rule = harness.simulator.addFault({
        match: { method: 'streamGenerateContent' },
        times: 1,
        fault: { splitAt: offset },
      })
      expect(await (await stream(harness, text)).text(), `split at ${offset} (${rule})`).toBe(expected)
    }
    harness.simulator.addFault({
      match: { method: 'streamGenerateContent' },
      times: 1,
      fault: { splitAt: 'every-byte' },
    })
    expect(await (await stream(harness, text)).text()).toBe(expected)
  }, 60_000)

  test('come event by event, not all at once', async () => {
    harness = await startHarness()
    harness.simulator.setPacing({ gapMs: 50 })
    const reader = (await stream(harness, '[[chunks:4]] hello')).body?.getReader()
    const first = await reader?.read()
    expect(new TextDecoder().decode(first?.value).match(/data:/g)).toHaveLength(1)
    await reader?.cancel()
  })

  test('keep their JSON array framing without alt=sse', async () => {
    harness = await startHarness()
    const response = await harness.fetch(`/v1beta/models/${MODEL}:streamGenerateContent`, {
      method: 'POST',
      headers: { 'x-goog-api-key': AUTH_TOKEN },
      body: say('hello'),
    })
    expect(response.headers.get('content-type')).toMatch(/^application\/json/)
    expect(Array.isArray(await response.json())).toBe(true)
  })
})

describe('a stream that fails before its first content', () => {
  const FAULTS = {
    'is cut before the headers': { cut: 'before-headers' },
    'is cut before the first event': { cut: { afterEvents: 0 } },
    'is cut inside the first event': { cut: { afterEvents: 0, atByte: 30 } },
    'ends without any event': { endAfterEvents: 0 },
    'begins with garbage': { garbage: { afterEvents: 0 } },
    'begins with a bare error': { midStreamError: { afterEvents: 0, form: 'raw' } },
    'begins with an error event': { midStreamError: { afterEvents: 0, form: 'data' } },
    'is empty: no parts': { empty: 'stop-without-parts' },
    'is empty: empty text': { empty: 'empty-text' },
    'is empty: no candidates': { empty: 'no-candidates' },
    'is empty: no body': { empty: 'empty-body' },
    'is empty: OTHER': { empty: 'other' },
  } as const

  test.each(Object.entries(FAULTS))('and %s moves to another key, unseen', async (_, fault) => {
    harness = await startHarness({ keys: [{ key: 'sim-bad' }, { key: 'sim-good' }] })
    harness.simulator.addFault({ match: { key: 'sim-bad' }, fault })
    for (let call = 0; call < 4; call++) {
      const response = await stream(harness, 'hello there')
      expect(response.status).toBe(200)
      const body = await response.text()
      expect(body).toContain('"finishReason": "STOP"')
      expect(body.match(/"error"/g)).toBeNull()
    }
    expect(harness.simulator.calls({ key: 'sim-bad' }).length).toBeGreaterThan(0)
  })

  test('and is silent moves on after FIRST_EVENT_TIMEOUT, even when that is longer than RETRY_BUDGET', async () => {
    harness = await startHarness({
      keys: [{ key: 'sim-bad' }, { key: 'sim-good' }],
      env: { FIRST_EVENT_TIMEOUT: '0.2', RETRY_BUDGET: '0.1' },
    })
    harness.simulator.addFault({ match: { key: 'sim-bad' }, fault: { stall: { afterEvents: 0 } } })
    const response = await stream(harness)
    expect(response.headers.get('x-gateway-attempts')).toBe('2')
    expect(await response.text()).toContain('STOP')
  })
})

describe('a stream that fails after its first content', () => {
  const FAULTS = {
    'is cut between events': { cut: { afterEvents: 2 } },
    'is cut inside an event': { cut: { afterEvents: 2, atByte: 25 } },
    'ends without a finish reason': { endAfterEvents: 2 },
    'ends with a bare error': { midStreamError: { afterEvents: 2, form: 'raw' } },
    'falls silent': { stall: { afterEvents: 2 } },
  } as const

  test.each(Object.entries(FAULTS))(
    'and %s ends with an error event and no forged finish',
    async (_, fault) => {
      harness = await startHarness({ keys: [{ key: 'sim-a' }, { key: 'sim-b' }], env: { TIME_OUT: '0.2' } })
      harness.simulator.addFault({ fault })
      const response = await stream(harness, '[[chunks:4]] one two three four five six')
      const events = (await response.text()).split('\r\n\r\n').filter((event) => event !== '')
      expect(events).toHaveLength(3)
      for (const event of events) expect(event).toMatch(/^data: \{.*\}$/)
      const last = JSON.parse(events[2]?.slice('data: '.length) ?? '')
      expect(last.error.code).toBeGreaterThanOrEqual(500)
      expect(events.join('')).not.toContain('finishReason')
      expect(harness.simulator.calls()).toHaveLength(1)
    },
  )

  test('and carries its own error event gets no second one', async () => {
    harness = await startHarness()
    harness.simulator.addFault({ fault: { midStreamError: { afterEvents: 2, form: 'data' } } })
    expect(
      (await (await stream(harness, '[[chunks:4]] one two three')).text()).match(/"error"/g),
    ).toHaveLength(1)
  })

  test('a blocked prompt is an answer: not retried, no error added', async () => {
    harness = await startHarness({ keys: [{ key: 'sim-a' }, { key: 'sim-b' }] })
    const body = await (await stream(harness, '[[block:SAFETY]]')).text()
    expect(body).toContain('"blockReason": "SAFETY"')
    expect(body).not.toContain('"error"')
    expect(harness.simulator.calls()).toHaveLength(1)
  })
})

describe('an answer in one piece', () => {
  test('that is cut moves to another key', async () => {
    harness = await startHarness({ keys: [{ key: 'sim-bad' }, { key: 'sim-good' }] })
    harness.simulator.setSettings({ gzip: false })
    harness.simulator.addFault({ match: { key: 'sim-bad' }, fault: { cut: { afterEvents: 0, atByte: 40 } } })
    for (let call = 0; call < 4; call++) {
      const response = await generate(harness)
      expect(response.status).toBe(200)
      expect((await response.json()).candidates).toHaveLength(1)
    }
  })

  test('that is empty is tried again, bounded, and then passed on as it is', async () => {
    harness = await startHarness({ keys: ['a', 'b', 'c', 'd', 'e'].map((name) => ({ key: `sim-${name}` })) })
    harness.simulator.addFault({ fault: { empty: 'stop-without-parts' } })
    const response = await generate(harness)
    expect(response.status).toBe(200)
    expect((await response.json()).candidates[0].finishReason).toBe('STOP')
    expect(response.headers.get('x-gateway-attempts')).toBe('3')
  })
})

describe('a caller that leaves', () => {
  test('before the answer began cancels the call to Google', async () => {
    harness = await startHarness()
    harness.simulator.setPacing({ headersMs: 5_000 })
    const left = new AbortController()
    const pending = stream(harness, 'hello', { signal: left.signal })
    await waitFor(() => harness.simulator.calls().length === 1)
    left.abort()
    expect((await pending).status).toBe(499)
    await waitFor(() => harness.simulator.calls()[0]?.cancelledAt !== null)
    expect(harness.simulator.calls()).toHaveLength(1)
  })

  test('in the middle of a stream cancels the call to Google', async () => {
    harness = await startHarness()
    harness.simulator.setPacing({ gapMs: 1_000 })
    const reader = (await stream(harness, '[[chunks:4]] hello')).body?.getReader()
    await reader?.read()
    await reader?.cancel()
    await waitFor(() => harness.simulator.calls()[0]?.cancelledAt !== null)
  })
})

async function waitFor(condition: () => boolean): Promise<void> {
  for (let tries = 0; !condition(); tries++) {
    if (tries > 500) throw new Error('The condition did not come true within 5 s.')
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}
