import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { loadGenAI } from './client-packages.ts'
import {
  type GatewayUnderTest,
  GEMINI_3,
  startGateway,
  statusesAtGoogle,
  TOKEN,
} from './gateway-under-test.ts'
import type { CallableTool, Chat, FunctionCall, GenAI, GenerateResponse, Part } from './genai-types.ts'

const { GoogleGenAI } = await loadGenAI()

const WEATHER = {
  functionDeclarations: [
    {
      name: 'getWeather',
      description: 'The weather of a city.',
      parametersJsonSchema: {
        type: 'object',
        properties: { city: { type: 'string' } },
        required: ['city'],
      },
    },
  ],
}

let gateway: GatewayUnderTest
let ai: GenAI
beforeEach(async () => {
  gateway = await startGateway()
  ai = new GoogleGenAI({ apiKey: TOKEN, httpOptions: { baseUrl: gateway.url } })
})
afterEach(() => gateway.stop())

/** Google refuses a Gemini 3 conversation whose function calls come back without their signatures. */
describe('@google/genai with tools on a Gemini 3 model', () => {
  test('a chat, one call, brings the result back with the signature', async () => {
    const chat = createChat()
    const { functionCalls } = await chat.sendMessage({ message: 'call:getWeather {"city":"Oslo"}' })
    expect(functionCalls).toMatchObject([{ name: 'getWeather', args: { city: 'Oslo' } }])
    expect(signaturesOf(chat)).toHaveLength(1)

    const answer = await chat.sendMessage({ message: toResults(functionCalls) })
    expect(answer.text).toContain('The tool getWeather answered {"degrees":7}')
    expect(statusesAtGoogle(gateway).toSorted()).toEqual([200, 200, 400, 429])
  })

  test('a chat, the signatures thrown away, is told so by Google', async () => {
    const chat = createChat()
    const { functionCalls } = await chat.sendMessage({ message: 'call:getWeather {"city":"Oslo"}' })
    const unsigned = chat.getHistory().map(({ parts = [], ...content }) => ({
      ...content,
      parts: parts.map(({ thoughtSignature: _, ...part }) => part),
    }))
    const call = ai.models.generateContent({
      model: GEMINI_3,
      contents: [...unsigned, { role: 'user', parts: toResults(functionCalls) }],
      config: { tools: [WEATHER] },
    })
    await expect(call).rejects.toMatchObject({
      status: 400,
      message: expect.stringContaining('thought_signature'),
    })
  })

  test('a streamed chat, parallel calls and a further step, goes through all steps', async () => {
    const chat = createChat()
    const first = await streamMessage(
      chat,
      'call:getWeather {"city":"Oslo"} call:getWeather {"city":"Rome"} then:getWeather {"city":"Lima"}',
    )
    expect(first.calls.map(({ args }) => args?.city)).toEqual(['Oslo', 'Rome'])
    const second = await streamMessage(chat, toResults(first.calls))
    expect(second.calls.map(({ args }) => args?.city)).toEqual(['Lima'])
    const third = await streamMessage(chat, toResults(second.calls))
    expect(third.calls).toEqual([])
    expect(third.text).toContain('The tool getWeather answered {"degrees":7}')
  })

  test('automatic function calling, two steps, ends with the answer', async () => {
    const tool = createCallableTool()
    const response = await ai.models.generateContent({
      model: GEMINI_3,
      contents: 'call:getWeather {"city":"Oslo"} then:getWeather {"city":"Rome"}',
      config: { tools: [tool] },
    })
    expect(tool.cities).toEqual(['Oslo', 'Rome'])
    expect(response.text).toContain('The tool getWeather answered {"degrees":7}')
  })

  test('automatic function calling, streamed, ends with the answer', async () => {
    const tool = createCallableTool()
    const stream = await ai.models.generateContentStream({
      model: GEMINI_3,
      contents: 'call:getWeather {"city":"Oslo"}',
      config: { tools: [tool] },
    })
    let text = ''
    for await (const chunk of stream) text += textOf(chunk)
    expect(tool.cities).toEqual(['Oslo'])
    expect(text).toContain('The tool getWeather answered {"degrees":7}')
  })

  function createChat(): Chat {
    return ai.chats.create({ model: GEMINI_3, config: { tools: [WEATHER] } })
  }
})

function createCallableTool(): CallableTool & { readonly cities: unknown[] } {
  const cities: unknown[] = []
  return {
    cities,
    tool: async () => WEATHER,
    callTool: async (calls) => {
      cities.push(...calls.map(({ args }) => args?.city))
      return toResults(calls)
    },
  }
}

function toResults(calls: readonly FunctionCall[] = []): Part[] {
  return calls.map(({ id, name = '' }) => ({
    functionResponse: { ...(id === undefined ? {} : { id }), name, response: { degrees: 7 } },
  }))
}

function signaturesOf(chat: Chat): string[] {
  return chat
    .getHistory()
    .flatMap(({ parts = [] }) => parts.flatMap(({ thoughtSignature = [] }) => thoughtSignature))
}

async function streamMessage(chat: Chat, message: string | readonly Part[]) {
  const calls: FunctionCall[] = []
  let text = ''
  for await (const chunk of await chat.sendMessageStream({ message })) {
    calls.push(...(chunk.functionCalls ?? []))
    text += textOf(chunk)
  }
  return { calls, text }
}

/** The SDK's own `text` warns of every part that is none. */
function textOf({ candidates = [] }: GenerateResponse): string {
  return (candidates[0]?.content?.parts ?? []).map(({ text = '' }) => text).join('')
}
