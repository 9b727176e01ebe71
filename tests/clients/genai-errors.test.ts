import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { loadGenAI } from './client-packages.ts'
import {
  breakAnswers,
  FIRST_WORKING_KEY,
  type GatewayUnderTest,
  GEMINI_2,
  GEMINI_3,
  spendAllKeys,
  startGateway,
  statusesAtGoogle,
  TOKEN,
} from './gateway-under-test.ts'
import type { GenAI } from './genai-types.ts'

const { GoogleGenAI, ApiError } = await loadGenAI()

let gateway: GatewayUnderTest
let ai: GenAI
beforeEach(async () => {
  gateway = await startGateway({ MAX_RETRIES: '1', TIME_OUT: '1' })
  ai = createClient(TOKEN)
})
afterEach(() => gateway.stop())

function createClient(apiKey: string): GenAI {
  return new GoogleGenAI({ apiKey, httpOptions: { baseUrl: gateway.url } })
}

/** The SDK's error for a call that must fail. */
async function errorOf(call: Promise<unknown>) {
  const error = await call.then(
    () => null,
    (reason: unknown) => reason,
  )
  if (!(error instanceof ApiError)) throw new Error('Not an ApiError', { cause: error })
  return error
}

describe('ApiError of @google/genai', () => {
  test("400, the caller's mistake, carries Google's own words and costs no key", async () => {
    const error = await errorOf(
      ai.models.generateContent({ model: GEMINI_3, contents: 'hello', config: { temperature: 9 } }),
    )
    expect(error.status).toBe(400)
    expect(JSON.parse(error.message)).toMatchObject({ error: { code: 400, status: 'INVALID_ARGUMENT' } })
    gateway.simulator.clearCalls()
    const response = await ai.models.generateContent({ model: GEMINI_3, contents: 'hello' })
    expect(response.sdkHttpResponse?.headers?.['x-gateway-attempts']).toBe('1')
  })

  test('401, a wrong token of the gateway, never reaches Google', async () => {
    const error = await errorOf(
      createClient('gbe_wrong').models.generateContent({ model: GEMINI_3, contents: 'hello' }),
    )
    expect(error.status).toBe(401)
    expect(JSON.parse(error.message)).toMatchObject({ error: { code: 401, status: 'UNAUTHENTICATED' } })
    expect(statusesAtGoogle(gateway)).toEqual([])
  })

  test("400, the caller's own key being dead, carries Google's own words", async () => {
    const error = await errorOf(
      createClient('AIza-no-such').models.generateContent({ model: GEMINI_3, contents: 'hello' }),
    )
    expect(error.status).toBe(400)
    expect(error.message).toContain('API key not valid')
  })

  test.each(['unary', 'streamed'])('404, an unknown model, %s', async (kind) => {
    const request = { model: 'gemini-0-nothing', contents: 'hello' }
    const call =
      kind === 'unary' ? ai.models.generateContent(request) : ai.models.generateContentStream(request)
    const error = await errorOf(call)
    expect(error.status).toBe(404)
    expect(error.message).toContain('models/gemini-0-nothing is not found')
  })

  test.each(['unary', 'streamed'])(
    '429, every key out of quota, %s, says when to come back',
    async (kind) => {
      spendAllKeys(gateway)
      const request = { model: GEMINI_3, contents: 'hello' }
      const call =
        kind === 'unary' ? ai.models.generateContent(request) : ai.models.generateContentStream(request)
      const error = await errorOf(call)
      expect(error.status).toBe(429)
      expect(JSON.parse(error.message)).toMatchObject({
        error: {
          status: 'RESOURCE_EXHAUSTED',
          details: [
            {
              '@type': 'type.googleapis.com/google.rpc.RetryInfo',
              retryDelay: expect.stringMatching(/^\d+s$/),
            },
          ],
        },
      })
    },
  )

  test.each(['unary', 'streamed'])(
    "503, Google being overloaded, %s, carries Google's own words",
    async (kind) => {
      breakAnswers(gateway, { error: 'overloaded' })
      const request = { model: GEMINI_3, contents: 'hello' }
      const call =
        kind === 'unary' ? ai.models.generateContent(request) : ai.models.generateContentStream(request)
      const error = await errorOf(call)
      expect(error.status).toBe(503)
      expect(error.message).toContain('experiencing high demand')
    },
  )
})

describe('a stream of @google/genai', () => {
  const DEATHS = {
    'cut between two events': { cut: { afterEvents: 2 } },
    'cut inside an event': { cut: { afterEvents: 2, atByte: 30 } },
    'ended without a finish reason': { endAfterEvents: 2 },
    'fallen silent': { stall: { afterEvents: 2 } },
    'broken off with a bare error': { midStreamError: { afterEvents: 2, form: 'raw' } },
    'broken off with an error event': { midStreamError: { afterEvents: 2, form: 'data' } },
  } as const

  test.each(Object.entries(DEATHS))('%s in its middle, throws after what had come', async (_, fault) => {
    breakAnswers(gateway, fault)
    const stream = await ai.models.generateContentStream({
      model: GEMINI_2,
      contents: '[[chunks:5]] a b c d e f',
    })
    let text = ''
    const reading = (async () => {
      for await (const chunk of stream) text += chunk.text ?? ''
    })()
    const error = await errorOf(reading)
    expect(error.status).toBeGreaterThanOrEqual(500)
    expect(text).toMatch(/^You said:/)
  })

  test('aborted by the caller while Google is still silent, ends the call to Google', async () => {
    breakAnswers(gateway, { stall: 'before-headers' })
    const controller = new AbortController()
    const opening = ai.models.generateContentStream({
      model: GEMINI_2,
      contents: 'hello',
      config: { abortSignal: controller.signal },
    })
    await vi.waitFor(() => expect(gateway.simulator.calls({ key: FIRST_WORKING_KEY })).toHaveLength(1))
    controller.abort()
    await expect(opening).rejects.toMatchObject({ name: 'AbortError' })
    await vi.waitFor(() => {
      expect(gateway.simulator.calls().at(-1)).toMatchObject({ cancelledAt: expect.any(Number) })
    })
  })

  test('aborted by the caller in its middle, ends the call to Google', async () => {
    gateway.simulator.setPacing({ gapMs: 300 })
    const controller = new AbortController()
    const stream = await ai.models.generateContentStream({
      model: GEMINI_2,
      contents: '[[chunks:20]] [[words:40]]',
      config: { abortSignal: controller.signal },
    })
    const reading = (async () => {
      for await (const _ of stream) controller.abort()
    })()
    await expect(reading).rejects.toMatchObject({ name: 'AbortError' })
    await vi.waitFor(() => {
      expect(gateway.simulator.calls().at(-1)).toMatchObject({ status: 200, cancelledAt: expect.any(Number) })
    })
  })
})
