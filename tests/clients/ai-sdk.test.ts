import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { GoogleProvider } from './ai-sdk-types.ts'
import { loadAiSdk, loadGoogleProvider } from './client-packages.ts'
import {
  breakAnswers,
  EMBEDDING,
  type GatewayUnderTest,
  GEMINI_2,
  GEMINI_3,
  pathsAtGoogle,
  spendAllKeys,
  startGateway,
  statusesAtGoogle,
  TOKEN,
} from './gateway-under-test.ts'

/** How long the SDK waits before its first retry when nobody tells it. */
const SDK_BACKOFF_MS = 2_000

const ai = await loadAiSdk()
const { createGoogle } = await loadGoogleProvider()

let gateway: GatewayUnderTest
let google: GoogleProvider
beforeEach(async () => {
  gateway = await startGateway({ MAX_RETRIES: '1' })
  google = createGoogle({ apiKey: TOKEN, baseURL: `${gateway.url}/v1beta` })
})
afterEach(() => gateway.stop())

function weatherTool(cities: string[]) {
  return ai.tool({
    description: 'The weather of a city.',
    inputSchema: ai.jsonSchema({
      type: 'object',
      properties: { city: { type: 'string' } },
      required: ['city'],
    }),
    execute: async ({ city }) => {
      cities.push(city)
      return { degrees: 7 }
    },
  })
}

describe('@ai-sdk/google through a pool with a dead and a spent key', () => {
  test('generateText, keys refused first, answers as if nothing had happened', async () => {
    const result = await ai.generateText({ model: google(GEMINI_3), system: 'Be brief.', prompt: 'hello' })
    expect(result.text).toBe('You said: hello')
    expect(result.finishReason).toBe('stop')
    expect(result.usage.totalTokens).toBeGreaterThan(0)
    expect(result.response.headers?.['x-gateway-attempts']).toBe('3')
    expect(statusesAtGoogle(gateway)).toEqual([400, 429, 200])
  })

  test('streamText, keys refused first, gives every chunk and the finish reason', async () => {
    const result = ai.streamText({
      model: google(GEMINI_3),
      prompt: '[[chunks:6]] [[say:Grüße, 世界 and 👋🏽 to all.]]',
    })
    const texts: string[] = []
    for await (const text of result.textStream) texts.push(text)
    expect(texts.join('')).toBe('Grüße, 世界 and 👋🏽 to all.')
    expect(texts.length).toBeGreaterThan(3)
    expect(await result.finishReason).toBe('stop')
    expect(statusesAtGoogle(gateway)).toEqual([400, 429, 200])
  })

  test('a base URL without a version reaches the same place', async () => {
    const bare = createGoogle({ apiKey: TOKEN, baseURL: gateway.url })
    await ai.generateText({ model: bare(GEMINI_3), prompt: 'hello' })
    expect(pathsAtGoogle(gateway).at(-1)).toBe(`/v1beta/models/${GEMINI_3}:generateContent`)
  })

  test('generateText with a tool on a Gemini 3 model goes through all steps', async () => {
    const cities: string[] = []
    const result = await ai.generateText({
      model: google(GEMINI_3),
      prompt: 'call:getWeather {"city":"Oslo"} then:getWeather {"city":"Rome"}',
      tools: { getWeather: weatherTool(cities) },
      stopWhen: ai.stepCountIs(5),
    })
    expect(cities).toEqual(['Oslo', 'Rome'])
    expect(result.steps).toHaveLength(3)
    expect(result.text).toMatch(/The tool getWeather answered .*"degrees":7/)
  })

  test('streamText with parallel tool calls on a Gemini 3 model goes through all steps', async () => {
    const cities: string[] = []
    const result = ai.streamText({
      model: google(GEMINI_3),
      prompt: 'call:getWeather {"city":"Oslo"} call:getWeather {"city":"Rome"}',
      tools: { getWeather: weatherTool(cities) },
      stopWhen: ai.stepCountIs(5),
    })
    expect(await result.text).toMatch(/The tool getWeather answered .*"degrees":7/)
    expect(cities).toEqual(['Oslo', 'Rome'])
    expect(await result.steps).toHaveLength(2)
  })

  test('generateText with an object as output obeys the schema', async () => {
    const { output } = await ai.generateText({
      model: google(GEMINI_3),
      prompt: 'a recipe',
      output: ai.Output.object({
        schema: ai.jsonSchema({
          type: 'object',
          properties: { name: { type: 'string' }, minutes: { type: 'integer' } },
          required: ['name', 'minutes'],
          additionalProperties: false,
        }),
      }),
    })
    expect(output).toEqual({ name: expect.any(String), minutes: expect.any(Number) })
  })

  test('generateText, thoughts asked for, gives them apart from the answer', async () => {
    const result = await ai.generateText({
      model: google(GEMINI_3),
      prompt: 'hello',
      providerOptions: { google: { thinkingConfig: { includeThoughts: true } } },
    })
    expect(result.reasoningText).toMatch(/\w/)
    expect(result.text).toBe('You said: hello')
  })

  test('embed and embedMany give vectors', async () => {
    const model = google.embedding(EMBEDDING)
    const { embedding } = await ai.embed({ model, value: 'one' })
    const { embeddings } = await ai.embedMany({ model, values: ['one', 'two'] })
    expect(embedding.length).toBeGreaterThan(0)
    expect(embeddings).toHaveLength(2)
  })
})

describe('errors of @ai-sdk/google', () => {
  async function errorOf(call: Promise<unknown>) {
    const error = await call.then(
      () => null,
      (reason: unknown) => reason,
    )
    if (!(error instanceof ai.APICallError)) throw new Error('Not an APICallError', { cause: error })
    return error
  }

  test("400, the caller's mistake, is not tried again and has Google's own words", async () => {
    const error = await errorOf(ai.generateText({ model: google('gemini-0-nothing'), prompt: 'hello' }))
    expect(error).toMatchObject({ statusCode: 404, isRetryable: false })
    expect(error.message).toContain('models/gemini-0-nothing is not found')
    expect(statusesAtGoogle(gateway).filter((status) => status === 404)).toHaveLength(1)
  })

  test('401, a wrong token of the gateway, is not tried again', async () => {
    const stranger = createGoogle({ apiKey: 'gbe_wrong', baseURL: `${gateway.url}/v1beta` })
    const error = await errorOf(ai.generateText({ model: stranger(GEMINI_3), prompt: 'hello' }))
    expect(error).toMatchObject({ statusCode: 401, isRetryable: false })
    expect(error.message).toContain('Send a token of this gateway')
  })

  test('429, every key out of quota, is readable and may be tried again', async () => {
    spendAllKeys(gateway)
    const error = await errorOf(ai.generateText({ model: google(GEMINI_3), prompt: 'hello', maxRetries: 0 }))
    expect(error).toMatchObject({ statusCode: 429, isRetryable: true })
    expect(error.message).toMatch(
      /^Every key of this gateway rests on its quota for gemini-3.8-flash. Please retry in \d+s\./,
    )
    expect(Number(error.responseHeaders?.['retry-after'])).toBeGreaterThan(0)
  })

  test('429 with a Retry-After is waited out by the SDK, and then works', async () => {
    gateway.simulator.addFault({
      match: { path: ':' },
      times: 4,
      fault: { error: 'rate-limited-bare', retryAfterSeconds: 3 },
    })
    const startedAt = performance.now()
    // Two retries: on a slow machine the first finds back only the key that is dead, a moment before the others.
    const result = await ai.generateText({ model: google(GEMINI_3), prompt: 'hello', maxRetries: 2 })
    expect(result.text).toBe('You said: hello')
    expect(performance.now() - startedAt).toBeGreaterThan(SDK_BACKOFF_MS + 500)
  })

  test('503, Google being overloaded, is retryable and has its words', async () => {
    breakAnswers(gateway, { error: 'overloaded' })
    const error = await errorOf(ai.generateText({ model: google(GEMINI_3), prompt: 'hello', maxRetries: 0 }))
    expect(error).toMatchObject({ statusCode: 503, isRetryable: true })
    expect(error.message).toContain('experiencing high demand')
  })

  test.each(
    Object.entries({
      'cut inside an event': { cut: { afterEvents: 2, atByte: 30 } },
      'ended without a finish reason': { endAfterEvents: 2 },
      'broken off with a bare error': { midStreamError: { afterEvents: 2, form: 'raw' } },
    } as const),
  )('a stream %s reports an error, not an end', async (_, fault) => {
    breakAnswers(gateway, fault)
    const errors: unknown[] = []
    const result = ai.streamText({
      model: google(GEMINI_2),
      prompt: '[[chunks:5]] a b c d e f',
      onError: ({ error }) => errors.push(error),
    })
    let text = ''
    for await (const piece of result.textStream) text += piece
    expect(text).toMatch(/^You said:/)
    expect(errors).toHaveLength(1)
    expect(await result.finishReason).toBe('error')
  })

  test('a stream aborted by the caller ends the call to Google', async () => {
    gateway.simulator.setPacing({ gapMs: 300 })
    const controller = new AbortController()
    const result = ai.streamText({
      model: google(GEMINI_2),
      prompt: '[[chunks:20]] [[words:40]]',
      abortSignal: controller.signal,
    })
    for await (const _ of result.textStream) controller.abort()
    await vi.waitFor(() => {
      expect(gateway.simulator.calls().at(-1)).toMatchObject({ status: 200, cancelledAt: expect.any(Number) })
    })
  })
})
