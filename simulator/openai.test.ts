import { expect, test } from 'vitest'
import type { JsonObject } from './json.ts'
import { FLASH, get, KEY, messageOf, OLD_FLASH, post, simulatorWith } from './test-requests.ts'

const CHAT = '/v1beta/openai/chat/completions'
const bearer = { authorization: `Bearer ${KEY}` }
const tools = [{ type: 'function', function: { name: 'weather', parameters: { type: 'object' } } }]

function chat(body: JsonObject, headers: Record<string, string> = bearer, simulator = simulatorWith()) {
  return post(
    simulator,
    CHAT,
    { model: FLASH, messages: [{ role: 'user', content: 'hello' }], ...body },
    headers,
  )
}

test('a chat completion answers in OpenAI shape', async () => {
  const answer = JSON.parse((await chat({})).text)
  expect(answer).toMatchObject({
    object: 'chat.completion',
    model: FLASH,
    choices: [
      { index: 0, finish_reason: 'stop', message: { role: 'assistant', content: 'You said: hello' } },
    ],
    usage: { prompt_tokens: 2, completion_tokens: 4, total_tokens: 51 },
  })
})

test('a stream ends with [DONE] and has usage only when asked', async () => {
  const { text } = await chat({ stream: true, stream_options: { include_usage: true } })
  const frames = text.split('\n\n').filter((frame) => frame !== '')
  expect(frames.at(-1)).toBe('data: [DONE]')
  expect(JSON.parse(frames.at(-2)?.slice(6) ?? '')).toMatchObject({
    choices: [],
    usage: { prompt_tokens: 2 },
  })
  expect((await chat({ stream: true })).text).not.toContain('"usage"')
})

test('a tool call carries its signature in extra_content, and takes it back', async () => {
  const messages = [{ role: 'user', content: 'call:weather {"location":"Paris"}' }]
  const [choice] = JSON.parse((await chat({ messages, tools })).text).choices
  expect(choice.finish_reason).toBe('tool_calls')
  const [call] = choice.message.tool_calls
  expect(call).toMatchObject({
    type: 'function',
    function: { name: 'weather', arguments: '{"location":"Paris"}' },
  })
  const toolMessage = { role: 'tool', tool_call_id: call.id, content: '21 degrees' }
  const signed = await chat({ messages: [...messages, choice.message, toolMessage], tools })
  expect(JSON.parse(signed.text).choices[0].message.content).toBe(
    'The tool weather answered {"result":"21 degrees"}.',
  )
  const { extra_content: _, ...bare } = call
  const unsigned = await chat({
    messages: [...messages, { role: 'assistant', tool_calls: [bare] }, toolMessage],
    tools,
  })
  expect(messageOf(unsigned)).toContain('missing a thought_signature')
})

test('errors are wrapped in an array', async () => {
  const answer = await chat({ model: 'nope' })
  expect(answer.status).toBe(404)
  expect(answer.text.startsWith('[{\n  "error": {')).toBe(true)
})

test.each([
  ['only x-goog-api-key', { 'x-goog-api-key': KEY }, 400, 'Missing or invalid Authorization header.'],
  [
    'a wrong Bearer',
    { authorization: 'Bearer wrong' },
    400,
    'API key not valid. Please pass a valid API key.',
  ],
  [
    'Bearer and x-goog-api-key',
    { ...bearer, 'x-goog-api-key': KEY },
    400,
    'Multiple authentication credentials received. Please pass only one.',
  ],
])('%s is refused', async (_, headers, status, message) => {
  const answer = await chat({}, headers as Record<string, string>)
  expect(answer.status).toBe(status)
  expect(messageOf(answer)).toBe(message)
})

test('an unknown field is refused by name', async () => {
  expect(messageOf(await chat({ thinking: {} }))).toBe(
    'Invalid JSON payload received. Unknown name "thinking": Cannot find field.',
  )
})

test('reasoning_effort none turns 2.5 flash thinking off', async () => {
  const { usage } = JSON.parse((await chat({ model: OLD_FLASH, reasoning_effort: 'none' })).text)
  expect(usage.total_tokens).toBe(usage.prompt_tokens + usage.completion_tokens)
})

test('it spends the same quota as the native API', async () => {
  const simulator = simulatorWith({ keys: [{ key: KEY, quotas: { '*': { rpd: 1 } } }] })
  expect((await chat({}, bearer, simulator)).status).toBe(200)
  const native = await post(simulator, `${FLASH}:generateContent`, {
    contents: [{ parts: [{ text: 'hi' }] }],
  })
  expect(native.status).toBe(429)
})

test('models have the prefix models/', async () => {
  const list = JSON.parse((await get(simulatorWith(), '/v1beta/openai/models', bearer)).text)
  expect(list.data[0]).toMatchObject({ id: `models/${FLASH}`, object: 'model', owned_by: 'google' })
  const one = JSON.parse((await get(simulatorWith(), `/v1beta/openai/models/${FLASH}`, bearer)).text)
  expect(one.id).toBe(`models/${FLASH}`)
})

test('embeddings in base64 are little-endian floats', async () => {
  const body = { model: 'gemini-embedding-001', input: ['a', 'b'], dimensions: 4 }
  const floats = JSON.parse((await post(simulatorWith(), '/v1beta/openai/embeddings', body, bearer)).text)
  const packed = JSON.parse(
    (await post(simulatorWith(), '/v1beta/openai/embeddings', { ...body, encoding_format: 'base64' }, bearer))
      .text,
  )
  const bytes = Buffer.from(packed.data[1].embedding, 'base64')
  expect([0, 4, 8, 12].map((at) => bytes.readFloatLE(at))).toEqual(floats.data[1].embedding.map(Math.fround))
})
