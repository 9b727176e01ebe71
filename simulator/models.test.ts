import { expect, test } from 'vitest'
import { asking, FLASH, get, messageOf, post, simulatorWith } from './test-requests.ts'

test('models.list pages through all models once', async () => {
  const simulator = simulatorWith()
  const names: string[] = []
  let token: string | undefined = ''
  while (token !== undefined) {
    const page: { models: { name: string }[]; nextPageToken?: string } = JSON.parse(
      (await get(simulator, `/v1beta/models?pageSize=7&pageToken=${encodeURIComponent(token)}`)).text,
    )
    expect(page.models.length).toBeLessThanOrEqual(7)
    names.push(...page.models.map((model) => model.name))
    token = page.nextPageToken
  }
  const whole = JSON.parse((await get(simulator, '/v1/models?pageSize=1000')).text)
  expect(names).toEqual(whole.models.map((model: { name: string }) => model.name))
  expect(new Set(names).size).toBe(names.length)
})

test('models.list shows 50 models when no size is asked', async () => {
  const models = Array.from({ length: 60 }, (_, index) => ({ id: `extra-${index}` }))
  const page = JSON.parse((await get(simulatorWith({ models }), '/v1beta/models')).text)
  expect(page.models).toHaveLength(50)
  expect(page).toHaveProperty('nextPageToken')
})

test('a foreign page token is refused', async () => {
  expect((await get(simulatorWith(), '/v1beta/models?pageToken=abc')).status).toBe(400)
})

test('retired models are neither listed nor found', async () => {
  const simulator = simulatorWith()
  expect((await get(simulator, '/v1beta/models?pageSize=1000')).text).not.toContain('gemini-2.0-flash')
  const answer = await get(simulator, '/v1beta/models/gemini-2.0-flash')
  expect(answer.status).toBe(404)
  expect(messageOf(answer)).toBe('Model is not found: models/gemini-2.0-flash for api version v1beta')
})

test('models.get shows limits and methods', async () => {
  expect(JSON.parse((await get(simulatorWith(), `/v1beta/models/${FLASH}`)).text)).toMatchObject({
    name: `models/${FLASH}`,
    inputTokenLimit: 1_048_576,
    outputTokenLimit: 65_536,
    supportedGenerationMethods: expect.arrayContaining(['generateContent', 'countTokens']),
    thinking: true,
  })
})

test('setModels adds a model like another and retires a known one', async () => {
  const simulator = simulatorWith()
  simulator.setModels([
    { id: 'gemini-9', like: 'gemini-2.5-pro' },
    { id: FLASH, retired: true },
  ])
  expect((await post(simulator, 'gemini-9:generateContent', asking('hi'))).status).toBe(200)
  expect((await post(simulator, `${FLASH}:generateContent`, asking('hi'))).status).toBe(404)
})

test('countTokens counts contents, and a whole request with its instruction', async () => {
  const simulator = simulatorWith()
  const plain = await post(simulator, `${FLASH}:countTokens`, asking('x'.repeat(44)))
  expect(JSON.parse(plain.text)).toEqual({
    totalTokens: 11,
    promptTokensDetails: [{ modality: 'TEXT', tokenCount: 11 }],
  })
  const generateContentRequest = asking('x'.repeat(44), {
    model: `models/${FLASH}`,
    systemInstruction: { parts: [{ text: 'y'.repeat(40) }] },
  })
  expect(
    JSON.parse((await post(simulator, `${FLASH}:countTokens`, { generateContentRequest })).text).totalTokens,
  ).toBe(21)
})

test('embedContent gives a unit vector of the asked size, the same for the same text', async () => {
  const simulator = simulatorWith()
  const embed = async (text: string) => {
    const body = { content: { parts: [{ text }] }, outputDimensionality: 64 }
    const values: number[] = JSON.parse(
      (await post(simulator, 'gemini-embedding-001:embedContent', body)).text,
    ).embedding.values
    return values
  }
  const vector = await embed('hello')
  expect(vector).toHaveLength(64)
  expect(Math.hypot(...vector)).toBeCloseTo(1, 5)
  expect(await embed('hello')).toEqual(vector)
  expect(await embed('other')).not.toEqual(vector)
})

test('batchEmbedContents answers in order and wants the model in every request', async () => {
  const simulator = simulatorWith()
  const request = (text: string, model = 'models/gemini-embedding-2') => ({
    model,
    content: { parts: [{ text }] },
    outputDimensionality: 8,
  })
  const target = 'gemini-embedding-2:batchEmbedContents'
  const good = JSON.parse((await post(simulator, target, { requests: [request('a'), request('b')] })).text)
  expect(good.embeddings).toHaveLength(2)
  expect(good.usageMetadata.promptTokenCount).toBe(2)
  const bad = await post(simulator, target, {
    requests: [request('a'), request('b', 'models/gemini-embedding-001')],
  })
  expect(messageOf(bad)).toContain('BatchEmbedContentsRequest.requests[1].model')
  const many = await post(simulator, target, { requests: Array.from({ length: 101 }, () => request('a')) })
  expect(messageOf(many)).toBe(
    '* BatchEmbedContentsRequest.requests: at most 100 requests can be in one batch\n',
  )
})
