import { expect, test } from 'vitest'
import type { JsonObject } from './json.ts'
import { asking, eventsOf, FLASH, KEY, OLD_FLASH, partsOf, post, simulatorWith } from './test-requests.ts'

async function unary(model: string, text: string, more: JsonObject = {}, simulator = simulatorWith()) {
  return JSON.parse((await post(simulator, `${model}:generateContent`, asking(text, more))).text)
}

test('a unary text is pretty-printed JSON in the order of a recorded one', async () => {
  const answer = await post(simulatorWith(), `${OLD_FLASH}:generateContent`, asking('hello'))
  expect(answer.text).toBe(`{
  "candidates": [
    {
      "content": {
        "parts": [
          {
            "text": "You said: hello"
          }
        ],
        "role": "model"
      },
      "finishReason": "STOP",
      "index": 0
    }
  ],
  "usageMetadata": {
    "promptTokenCount": 2,
    "candidatesTokenCount": 4,
    "totalTokenCount": 51,
    "promptTokensDetails": [
      {
        "modality": "TEXT",
        "tokenCount": 2
      }
    ],
    "thoughtsTokenCount": 45
  },
  "modelVersion": "gemini-2.5-flash",
  "responseId": "${JSON.parse(answer.text).responseId}"
}
`)
  expect(answer.headers.get('server')).toBe('scaffolding on HTTPServer2')
})

test('an event is one line with a space after colons, none after commas, and CRLF CRLF', async () => {
  const answer = await post(simulatorWith(), `${OLD_FLASH}:streamGenerateContent?alt=sse`, asking('hello'))
  const [first = ''] = answer.text.split('\r\n\r\n')
  expect(first).toMatch(
    /^data: \{"candidates": \[\{"content": \{"parts": \[\{"text": "You s"\}\],"role": "model"\},"index": 0\}\],"usageMetadata": \{"promptTokenCount": 2,"candidatesTokenCount": 2,"totalTokenCount": 49,"promptTokensDetails": \[\{"modality": "TEXT","tokenCount": 2\}\],"thoughtsTokenCount": 45\},"modelVersion": "gemini-2\.5-flash","responseId": "[\w-]{23}"\}$/,
  )
  expect(answer.text.endsWith('}\r\n\r\n')).toBe(true)
  expect(answer.headers.get('content-disposition')).toBe('attachment')
})

test('usage in a stream is cumulative and equals the unary one at the end', async () => {
  const { text } = await post(
    simulatorWith(),
    `${OLD_FLASH}:streamGenerateContent?alt=sse`,
    asking('a longer question than that'),
  )
  const counts = eventsOf(text).map((event) => event.usageMetadata.candidatesTokenCount)
  expect(counts).toEqual([...counts].sort((a, b) => a - b))
  expect(eventsOf(text).at(-1).usageMetadata).toEqual(
    (await unary(OLD_FLASH, 'a longer question than that')).usageMetadata,
  )
})

test('only the last event has a finishReason', async () => {
  const { text } = await post(
    simulatorWith(),
    `${OLD_FLASH}:streamGenerateContent?alt=sse`,
    asking('[[chunks:5]] hello'),
  )
  expect(eventsOf(text).map((event) => event.candidates[0].finishReason)).toEqual([
    undefined,
    undefined,
    undefined,
    undefined,
    'STOP',
  ])
})

test('the same request gets the same bytes, another seed another id', async () => {
  const ask = async (seed: string) =>
    (await post(simulatorWith({ seed }), `${FLASH}:generateContent`, asking('hello'))).text
  expect(await ask('a')).toBe(await ask('a'))
  expect(await ask('a')).not.toBe(await ask('b'))
})

test('without alt=sse a stream is a JSON array', async () => {
  const answer = await post(simulatorWith(), `${OLD_FLASH}:streamGenerateContent`, asking('hello'))
  expect(answer.headers.get('content-type')).toBe('application/json; charset=UTF-8')
  expect(answer.text).toContain('},\r\n{')
  expect(JSON.parse(answer.text)).toHaveLength(3)
})

test('pieces never split an emoji', async () => {
  const { text } = await post(
    simulatorWith(),
    `${OLD_FLASH}:streamGenerateContent?alt=sse`,
    asking('[[chunks:30]][[say:😀😀😀😀😀😀😀😀]]'),
  )
  expect(partsOf(text).map((part) => part.text)).toEqual(Array.from({ length: 8 }, () => '😀'))
})

test('thought summaries come only when asked for', async () => {
  const generationConfig = { thinkingConfig: { includeThoughts: true } }
  expect((await unary(FLASH, 'hi', { generationConfig })).candidates[0].content.parts[0].thought).toBe(true)
  expect((await unary(FLASH, 'hi')).candidates[0].content.parts[0].thought).toBeUndefined()
})

test('thinking is charged against maxOutputTokens and can leave nothing', async () => {
  const answer = await unary(OLD_FLASH, 'hi', { generationConfig: { maxOutputTokens: 20 } })
  expect(answer.candidates).toEqual([{ content: { role: 'model' }, finishReason: 'MAX_TOKENS', index: 0 }])
  expect(answer.usageMetadata.thoughtsTokenCount).toBe(20)
  expect(answer.usageMetadata).not.toHaveProperty('candidatesTokenCount')
})

test('a long text is cut where maxOutputTokens ends', async () => {
  const generationConfig = { maxOutputTokens: 10, thinkingConfig: { thinkingBudget: 0 } }
  const answer = await unary(OLD_FLASH, '[[words:100]]', { generationConfig })
  expect(answer.candidates[0].finishReason).toBe('MAX_TOKENS')
  expect(answer.usageMetadata.candidatesTokenCount).toBe(10)
})

test('a stop sequence cuts the text and finishes with STOP', async () => {
  const answer = await unary(OLD_FLASH, '[[say:one two three]]', {
    generationConfig: { stopSequences: [' three', 'two'] },
  })
  expect(answer.candidates[0]).toMatchObject({ content: { parts: [{ text: 'one ' }] }, finishReason: 'STOP' })
})

test('a blocked prompt has no candidates', async () => {
  const answer = await unary(FLASH, '[[block:SAFETY]]')
  expect(answer).not.toHaveProperty('candidates')
  expect(answer.promptFeedback.blockReason).toBe('SAFETY')
  expect(answer.promptFeedback.safetyRatings).toHaveLength(4)
})

test.each(['SAFETY', 'MALFORMED_FUNCTION_CALL', 'OTHER'])(
  'finish reason %s comes without content',
  async (reason) => {
    const [candidate] = (await unary(FLASH, `[[finish:${reason}]]`)).candidates
    expect(candidate.finishReason).toBe(reason)
    expect(candidate).not.toHaveProperty('content')
  },
)

test('mode ANY calls the first allowed function with minimal arguments', async () => {
  const parameters = {
    type: 'OBJECT',
    properties: { city: { type: 'STRING' }, days: { type: 'INTEGER', minimum: 3 } },
    required: ['city', 'days'],
  }
  const tools = [{ functionDeclarations: [{ name: 'a' }, { name: 'b', parameters }] }]
  const toolConfig = { functionCallingConfig: { mode: 'ANY', allowedFunctionNames: ['b'] } }
  const answer = await unary(OLD_FLASH, 'hi', { tools, toolConfig })
  expect(answer.candidates[0].content.parts[0].functionCall).toEqual({
    name: 'b',
    args: { city: 'text', days: 3 },
  })
})

test('mode NONE and undeclared names call nothing', async () => {
  const tools = [{ functionDeclarations: [{ name: 'a' }] }]
  const none = await unary(OLD_FLASH, 'call:a {}', {
    tools,
    toolConfig: { functionCallingConfig: { mode: 'NONE' } },
  })
  const undeclared = await unary(OLD_FLASH, 'call:b {}', { tools })
  for (const answer of [none, undeclared])
    expect(answer.candidates[0].content.parts[0].text).toMatch(/^You said/)
})

test('arguments with nested braces and braces in strings are read whole', async () => {
  const tools = [{ functionDeclarations: [{ name: 'a' }] }]
  const answer = await unary(OLD_FLASH, 'please call:a {"x":{"y":"}"},"z":[1]} now', { tools })
  expect(answer.candidates[0].content.parts[0].functionCall.args).toEqual({ x: { y: '}' }, z: [1] })
})

test('JSON mode gives the smallest instance of a JSON Schema', async () => {
  const responseJsonSchema = {
    type: 'object',
    properties: {
      kind: { enum: ['x', 'y'] },
      list: { type: 'array', minItems: 2, items: { $ref: '#/$defs/n' } },
      not: { type: 'string' },
    },
    required: ['kind', 'list'],
    $defs: { n: { type: 'integer', minimum: 7 } },
  }
  const answer = await unary(FLASH, 'hi', {
    generationConfig: { responseMimeType: 'application/json', responseJsonSchema },
  })
  expect(JSON.parse(answer.candidates[0].content.parts[0].text)).toEqual({ kind: 'x', list: [7, 7] })
})

test('googleSearch leaves grounding metadata whose segment is counted in bytes', async () => {
  const { groundingMetadata } = (await unary(FLASH, 'né', { tools: [{ googleSearch: {} }] })).candidates[0]
  expect(groundingMetadata.groundingSupports[0].segment).toEqual({ endIndex: 13, text: 'You said: né' })
})

test('urlContext lists the urls of the question, codeExecution shows code and result', async () => {
  const answer = await unary(OLD_FLASH, 'read https://example.com/a', {
    tools: [{ urlContext: {} }, { codeExecution: {} }],
  })
  const [candidate] = answer.candidates
  expect(candidate.urlContextMetadata.urlMetadata[0].retrievedUrl).toBe('https://example.com/a')
  expect(candidate.content.parts.map((part: JsonObject) => Object.keys(part)[0])).toEqual([
    'executableCode',
    'codeExecutionResult',
    'text',
  ])
})

test('an image model streams text, a content without parts, then a PNG with the finish', async () => {
  const { text } = await post(
    simulatorWith(),
    'gemini-3.1-flash-image:streamGenerateContent?alt=sse',
    asking('a cat'),
  )
  const contents = eventsOf(text).map((event) => event.candidates[0].content)
  expect(contents[1]).toEqual({ role: 'model' })
  expect(Buffer.from(contents[2].parts[0].inlineData.data, 'base64').subarray(1, 4).toString()).toBe('PNG')
  expect(eventsOf(text)[2].usageMetadata.candidatesTokensDetails[0].modality).toBe('IMAGE')
})

test('a TTS model answers with PCM', async () => {
  const answer = await unary('gemini-3.8-flash-tts', 'say hello', {
    generationConfig: { responseModalities: ['AUDIO'] },
  })
  const { inlineData } = answer.candidates[0].content.parts[0]
  expect(inlineData.mimeType).toBe('audio/L16;codec=pcm;rate=24000')
  expect(Buffer.from(inlineData.data, 'base64')).toHaveLength(0.4 * 24_000 * 2)
})

test('candidateCount gives so many candidates', async () => {
  const answer = await unary(OLD_FLASH, 'hi', { generationConfig: { candidateCount: 3 } })
  expect(answer.candidates.map((candidate: JsonObject) => candidate.index)).toEqual([0, 1, 2])
})

test('a long prefix is cached for its project alone, for 24 hours', async () => {
  const simulator = simulatorWith({ keys: [{ key: KEY }, { key: 'other' }] })
  const systemInstruction = { parts: [{ text: 'rules '.repeat(4_000) }] }
  const cached = async (key = KEY) => {
    const answer = await post(simulator, `${FLASH}:generateContent`, asking('hi', { systemInstruction }), {
      'x-goog-api-key': key,
    })
    return JSON.parse(answer.text).usageMetadata.cachedContentTokenCount ?? 0
  }
  expect(await cached()).toBe(0)
  expect(await cached()).toBeGreaterThan(4_096)
  expect(await cached('other')).toBe(0)
  simulator.advanceClock(24 * 3_600_000 + 1)
  expect(await cached()).toBe(0)
})
