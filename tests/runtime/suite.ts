import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { createSimulator, type SimulatorServer } from '../../simulator/simulator.ts'
import type { RunningHost, StartHost } from './host.ts'

const AUTH_TOKEN = 'operator-token-of-the-suite'
const GOOD_KEY = 'AIza-good'
const DEAD_KEY = 'AIza-dead'
const GENERATE = '/v1beta/models/gemini-2.5-flash:generateContent'
const STREAM = '/v1beta/models/gemini-2.5-flash:streamGenerateContent?alt=sse'

/** A cancellation takes some ms; the rest is for a busy machine. */
const CANCEL_DEADLINE_MS = 8_000

/** What one host cannot pass, and why: `[title, reason]`. */
export type ExpectedFailures = readonly (readonly [title: string, reason: string])[]

/**
 * The one HTTP suite that every host passes. It talks to a real server and knows nothing of how the host runs; the
 * upstream is the simulator, on a port of this machine.
 */
export function describeHost(
  name: string,
  start: StartHost,
  expectedFailures: ExpectedFailures = [],
  unsteady: ExpectedFailures = [],
): void {
  const hostTest = (title: string, run: () => Promise<void>): void => {
    // Neither a pass nor a failure would say anything of our code; the reason stands where the host is described.
    if (unsteady.some(([left]) => left === title)) return
    const isExpectedToFail = expectedFailures.some(([expected]) => expected === title)
    if (isExpectedToFail) test.fails(title, run)
    else test(title, run)
  }

  describe(name, () => {
    const simulator = createSimulator({ keys: [{ key: GOOD_KEY }, { key: DEAD_KEY, state: 'invalid' }] })
    let upstream: SimulatorServer
    let host: RunningHost

    const settings = (keys: string) => ({ GEMINI_BASE_URL: upstream.url, GEMINI_API_KEY: keys, AUTH_TOKEN })
    const ask = (path: string, text: string, init: RequestInit = {}, { url } = host): Promise<Response> =>
      fetch(`${url}${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-goog-api-key': AUTH_TOKEN },
        body: JSON.stringify({ contents: [{ role: 'user', parts: [{ text }] }] }),
        ...init,
      })
    const lastCallWasCancelled = (): boolean => (simulator.calls().at(-1)?.cancelledAt ?? null) !== null
    const upstreamIsCancelled = () =>
      expect.poll(lastCallWasCancelled, { timeout: CANCEL_DEADLINE_MS }).toBe(true)

    beforeAll(async () => {
      upstream = await simulator.listen()
      host = await start({ env: settings(GOOD_KEY) })
    })
    afterEach(() => simulator.reset())
    afterAll(async () => {
      await host?.stop()
      await upstream.close()
    })

    hostTest('/ names the gateway', async () => {
      const response = await fetch(`${host.url}/`)
      expect(response.status).toBe(200)
      expect(await response.text()).toContain('gemini-balance-edge')
    })

    hostTest('/health is ok without a credential', async () => {
      const response = await fetch(`${host.url}/health`)
      expect(response.status).toBe(200)
      expect(await response.json()).toMatchObject({ status: 'ok' })
    })

    hostTest('an unknown path is 404 and carries a request id', async () => {
      const response = await fetch(`${host.url}/no/such/path`)
      expect(response.status).toBe(404)
      expect(response.headers.get('x-request-id')).toBeTruthy()
    })

    hostTest('a call without a credential is 401 and reaches no key', async () => {
      const response = await ask(GENERATE, 'hello', { headers: { 'content-type': 'application/json' } })
      expect(response.status).toBe(401)
      expect(await response.json()).toMatchObject({ error: { code: 401, status: 'UNAUTHENTICATED' } })
      expect(simulator.calls()).toEqual([])
    })

    hostTest('a preflight request of a browser is allowed', async () => {
      const response = await fetch(`${host.url}${GENERATE}`, {
        method: 'OPTIONS',
        headers: {
          origin: 'https://app.example',
          'access-control-request-method': 'POST',
          'access-control-request-headers': 'x-goog-api-key,content-type',
        },
      })
      expect(response.status).toBe(204)
      expect(response.headers.get('access-control-allow-origin')).toBe('*')
      expect(response.headers.get('access-control-allow-headers')).toContain('x-goog-api-key')
    })

    hostTest("a call goes out with the pool's key and comes back as Google answered", async () => {
      const response = await ask(GENERATE, '[[say:Grüße 👋]]')
      expect(response.status).toBe(200)
      expect(response.headers.get('x-request-id')).toBeTruthy()
      expect(response.headers.get('x-gateway-attempts')).toBe('1')
      expect(await response.text()).toContain('Grüße 👋')
      expect(simulator.calls()).toMatchObject([{ method: 'generateContent', key: GOOD_KEY }])
    })

    hostTest('a doubled slash, a doubled version and an /api prefix reach the same route', async () => {
      for (const path of [`/${GENERATE}`, `/v1beta${GENERATE}`, `/api${GENERATE}`]) {
        const response = await ask(path, 'hello')
        expect(response.status, path).toBe(200)
        await response.text()
      }
    })

    hostTest('a body of 1 MB arrives whole', async () => {
      const text = 'x'.repeat(1_000_000)
      const response = await ask(GENERATE, `[[say:ok]] ${text}`)
      expect(response.status).toBe(200)
      await response.text()
      expect(simulator.calls()[0]?.body).toContain(text)
    })

    hostTest('a stream arrives event by event, not all at once', async () => {
      simulator.addFault({ fault: { stall: { afterEvents: 1 } } })
      const leave = new AbortController()
      const response = await ask(STREAM, '[[chunks:3]] one two three', { signal: leave.signal })
      expect(response.headers.get('content-type')).toContain('text/event-stream')
      expect(await firstChunk(response)).toMatch(/^data: \{/)
      leave.abort()
    })

    hostTest('a stream arrives whole', async () => {
      const response = await ask(STREAM, '[[chunks:3]] one two three')
      const events = (await response.text()).match(/^data: /gm)
      expect(events).toHaveLength(3)
    })

    hostTest('a caller who leaves a running stream cancels the call upstream', async () => {
      simulator.setPacing({ gapMs: 20 })
      const leave = new AbortController()
      const response = await ask(STREAM, '[[words:500]] [[chunks:500]]', { signal: leave.signal })
      await firstChunk(response)
      expect(lastCallWasCancelled()).toBe(false)
      leave.abort()
      await upstreamIsCancelled()
    })

    hostTest('a caller who leaves a silent stream cancels the call upstream', async () => {
      simulator.addFault({ fault: { stall: { afterEvents: 1 } } })
      const leave = new AbortController()
      const response = await ask(STREAM, '[[chunks:3]] one two three', { signal: leave.signal })
      await firstChunk(response)
      leave.abort()
      await upstreamIsCancelled()
    })

    hostTest('a caller who leaves before the answer has begun cancels the call upstream', async () => {
      simulator.addFault({ fault: { stall: 'before-headers' } })
      const leave = new AbortController()
      const response = ask(GENERATE, 'hello', { signal: leave.signal })
      const refusal = expect(response).rejects.toThrow()
      await expect.poll(() => simulator.calls().length, { timeout: CANCEL_DEADLINE_MS }).toBe(1)
      leave.abort()
      await refusal
      await upstreamIsCancelled()
    })

    hostTest('a dead key costs the caller nothing', async () => {
      const withDeadKey = await start({ env: settings(`${DEAD_KEY},${GOOD_KEY}`) })
      try {
        for (let call = 0; call < 4; call++) {
          const response = await ask(GENERATE, 'hello', {}, withDeadKey)
          expect(response.status).toBe(200)
          await response.text()
        }
        expect(simulator.calls({ key: DEAD_KEY })).toHaveLength(1)
      } finally {
        await withDeadKey.stop()
      }
    })

    hostTest('bad settings are named to the operator, without their values', async () => {
      const said = await whatIsSaidOf({ ...settings(GOOD_KEY), GEMINI_BASE_URL: 'not-a-url' })
      expect(said).toContain('GEMINI_BASE_URL')
      expect(said).not.toContain('not-a-url')
      expect(said).not.toMatch(/^\s+at /m)
    })

    /** An edge host answers 500, one on a machine of our own refuses to start. */
    async function whatIsSaidOf(env: Readonly<Record<string, string>>): Promise<string> {
      const started = await start({ env }).catch((error: Error) => error.message)
      if (typeof started === 'string') return started
      try {
        const response = await fetch(`${started.url}/health`)
        expect(response.status).toBe(500)
        const body: unknown = await response.json()
        expect(body).toMatchObject({ error: { code: 500, status: 'INTERNAL' } })
        return JSON.stringify(body)
      } finally {
        await started.stop()
      }
    }
  })
}

async function firstChunk(response: Response): Promise<string> {
  const chunk = await response.body?.getReader().read()
  return new TextDecoder().decode(chunk?.value)
}
