import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { loadGenAI } from './client-packages.ts'
import {
  EMBEDDING,
  type GatewayUnderTest,
  GEMINI_2,
  GEMINI_3,
  startGateway,
  statusesAtGoogle,
  TOKEN,
} from './gateway-under-test.ts'
import type { GenAI } from './genai-types.ts'

const { GoogleGenAI } = await loadGenAI()

let gateway: GatewayUnderTest
let ai: GenAI
beforeEach(async () => {
  gateway = await startGateway()
  ai = new GoogleGenAI({ apiKey: TOKEN, httpOptions: { baseUrl: gateway.url } })
})
afterEach(() => gateway.stop())

describe('@google/genai through a pool with a dead and a spent key', () => {
  test('generateContent, keys refused first, answers as if nothing had happened', async () => {
    const response = await ai.models.generateContent({
      model: GEMINI_3,
      contents: 'hello',
      config: { systemInstruction: 'Be brief.' },
    })
    expect(response.text).toBe('You said: hello')
    expect(response.candidates?.[0]?.finishReason).toBe('STOP')
    expect(response.usageMetadata?.totalTokenCount).toBeGreaterThan(0)
    expect(response.sdkHttpResponse?.headers?.['x-gateway-attempts']).toBe('3')
    expect(statusesAtGoogle(gateway).toSorted()).toEqual([200, 400, 429])
  })

  test('generateContent, called again and again, tries the refused keys once', async () => {
    for (const word of ['one', 'two', 'three', 'four', 'five', 'six']) {
      const response = await ai.models.generateContent({ model: GEMINI_3, contents: word })
      expect(response.text).toBe(`You said: ${word}`)
    }
    expect(statusesAtGoogle(gateway).filter((status) => status !== 200)).toHaveLength(2)
  })

  test('the log of such a call names the keys by their fingerprints only', async () => {
    await ai.models.generateContent({ model: GEMINI_3, contents: 'hello' })
    expect(gateway.log.join('\n')).toContain('key rests')
    expect(gateway.log.join('\n')).not.toMatch(/key-(that|without)|token-of/)
  })

  test('generateContentStream, keys refused first, gives every chunk and the finish reason', async () => {
    const stream = await ai.models.generateContentStream({
      model: GEMINI_3,
      contents: '[[chunks:6]] [[say:Grüße, 世界 and 👋🏽 to all of you who read this.]]',
    })
    const texts: string[] = []
    let finishReason: string | undefined
    for await (const chunk of stream) {
      if (chunk.text !== undefined) texts.push(chunk.text)
      finishReason = chunk.candidates?.[0]?.finishReason
    }
    expect(texts.join('')).toBe('Grüße, 世界 and 👋🏽 to all of you who read this.')
    expect(texts.length).toBeGreaterThanOrEqual(6)
    expect(finishReason).toBe('STOP')
    expect(statusesAtGoogle(gateway).toSorted()).toEqual([200, 400, 429])
  })

  test('generateContentStream, Google answers slowly, hands on the first chunk before the last is made', async () => {
    gateway.simulator.setPacing({ gapMs: 150 })
    const startedAt = performance.now()
    const stream = await ai.models.generateContentStream({
      model: GEMINI_2,
      contents: '[[chunks:5]] a b c d e f',
    })
    const arrivals: number[] = []
    for await (const _ of stream) arrivals.push(performance.now() - startedAt)
    expect(arrivals.length).toBeGreaterThanOrEqual(5)
    expect((arrivals.at(-1) ?? 0) - (arrivals[0] ?? 0)).toBeGreaterThan(300)
  })

  test('an answer that is cut in its middle is fetched again with another key', async () => {
    await ai.models.generateContent({ model: GEMINI_3, contents: 'the refused keys rest from here on' })
    gateway.simulator.addFault({ times: 1, fault: { cut: { afterEvents: 0, atByte: 40 } } })
    const response = await ai.models.generateContent({ model: GEMINI_3, contents: 'hello' })
    expect(response.text).toBe('You said: hello')
    expect(response.sdkHttpResponse?.headers?.['x-gateway-attempts']).toBe('2')
  })

  test('thinking, summaries asked for, gives them apart from the answer', async () => {
    const response = await ai.models.generateContent({
      model: GEMINI_3,
      contents: 'hello',
      config: { thinkingConfig: { includeThoughts: true, thinkingLevel: 'HIGH' } },
    })
    const parts = response.candidates?.[0]?.content?.parts ?? []
    expect(parts.filter(({ thought }) => thought === true)).not.toHaveLength(0)
    expect(response.text).toBe('You said: hello')
    expect(response.usageMetadata?.thoughtsTokenCount).toBeGreaterThan(0)
  })

  test('a JSON schema, given as the answer format, is obeyed', async () => {
    const response = await ai.models.generateContent({
      model: GEMINI_3,
      contents: 'a recipe',
      config: {
        responseMimeType: 'application/json',
        responseJsonSchema: {
          type: 'object',
          properties: { name: { type: 'string' }, minutes: { type: 'integer' } },
          required: ['name', 'minutes'],
        },
      },
    })
    expect(JSON.parse(response.text ?? '')).toEqual({ name: expect.any(String), minutes: expect.any(Number) })
  })

  test('countTokens counts', async () => {
    const { totalTokens } = await ai.models.countTokens({ model: GEMINI_3, contents: 'x'.repeat(40) })
    expect(totalTokens).toBe(10)
  })

  test.each([
    { model: EMBEDDING, vectors: 2 },
    { model: 'gemini-embedding-2', vectors: 1 }, // the SDK makes one content of them
  ])('embedContent of two texts, $model, gives $vectors', async ({ model, vectors }) => {
    const { embeddings } = await ai.models.embedContent({
      model,
      contents: ['first', 'second'],
      config: { outputDimensionality: 64 },
    })
    expect(embeddings.map(({ values }) => values.length)).toEqual(Array(vectors).fill(64))
  })

  test('models.list, pages of 5, walks through all of them', async () => {
    const known = await listModels(1_000)
    expect(known).toContain(`models/${GEMINI_3}`)
    expect(await listModels(5)).toEqual(known)
    expect(gateway.simulator.calls({ method: 'models.list' }).length).toBeGreaterThan(known.length / 5)
  })

  test('models.get describes a model', async () => {
    expect(await ai.models.get({ model: GEMINI_3 })).toMatchObject({
      name: `models/${GEMINI_3}`,
      inputTokenLimit: 1_048_576,
    })
  })

  async function listModels(pageSize: number): Promise<string[]> {
    const names: string[] = []
    for await (const { name } of await ai.models.list({ config: { pageSize } })) names.push(name)
    return names
  }
})
