import { expect, test } from 'vitest'
import type { JsonObject } from './json.ts'
import { asking, FLASH, messageOf, OLD_FLASH, post, simulatorWith } from './test-requests.ts'

const user = (text: string) => ({ role: 'user', parts: [{ text }] })
const call = (name: string, more: JsonObject = {}) => ({ functionCall: { name, args: {} }, ...more })
const result = (name: string) => ({ functionResponse: { name, response: { ok: true } } })
const declared = (...names: string[]) => [{ functionDeclarations: names.map((name) => ({ name })) }]

async function refusal(model: string, body: JsonObject | string): Promise<string> {
  const answer = await post(simulatorWith(), `${model}:generateContent`, body)
  expect(answer.status).toBe(400)
  return messageOf(answer)
}

test.each<[name: string, body: JsonObject, message: string]>([
  [
    'at the top',
    asking('hi', { foo: 1 }),
    'Invalid JSON payload received. Unknown name "foo": Cannot find field.',
  ],
  [
    'in generationConfig',
    asking('hi', { generationConfig: { foo: 1 } }),
    `Invalid JSON payload received. Unknown name "foo" at 'generation_config': Cannot find field.`,
  ],
  [
    'in a part',
    { contents: [{ parts: [{ text: 'a' }, { type: 'text', text: 'b' }] }] },
    `Invalid JSON payload received. Unknown name "type" at 'contents[0].parts[1]': Cannot find field.`,
  ],
  [
    'in the schema of a property',
    asking('hi', {
      tools: [
        {
          functionDeclarations: [
            { name: 'f', parameters: { type: 'OBJECT', properties: { a: { $ref: '#' } } } },
          ],
        },
      ],
    }),
    `Invalid JSON payload received. Unknown name "$ref" at 'tools[0].function_declarations[0].parameters.properties[0].value': Cannot find field.`,
  ],
  [
    'that only Vertex has',
    asking('hi', { labels: { a: 'b' } }),
    'Invalid JSON payload received. Unknown name "labels": Cannot find field.',
  ],
])('an unknown field %s is refused with its path', async (_, body, message) => {
  expect(await refusal(FLASH, body)).toBe(message)
})

test.each<[name: string, body: JsonObject, message: string]>([
  [
    'a word for a number',
    asking('hi', { generationConfig: { maxOutputTokens: 'many' } }),
    `Invalid value at 'generation_config.max_output_tokens' (TYPE_INT32), "many"`,
  ],
  [
    'a number for a text',
    { contents: [{ parts: [{ text: 5 }] }] },
    `Invalid value at 'contents[0].parts[0].text' (TYPE_STRING), 5`,
  ],
  [
    'an object for a text',
    { contents: [{ parts: [{ text: {} }] }] },
    `Invalid value at 'contents[0].parts[0]' (text), Starting an object on a scalar field`,
  ],
  [
    'a list for a single field',
    asking('hi', { generationConfig: [] }),
    'Invalid JSON payload received. Unknown name "generationConfig": Proto field is not repeating, cannot start list.',
  ],
  [
    'a text for a message',
    asking('hi', { systemInstruction: 'be nice' }),
    `Invalid value at 'system_instruction' (type.googleapis.com/google.ai.generativelanguage.v1beta.Content), "be nice"`,
  ],
  [
    'an unknown enum value',
    asking('hi', { safetySettings: [{ category: 'HARM_CATEGORY_MEDICAL' }] }),
    `Invalid value at 'safety_settings[0].category' (type.googleapis.com/google.ai.generativelanguage.v1beta.HarmCategory), "HARM_CATEGORY_MEDICAL"`,
  ],
  [
    'bytes that are not base64',
    { contents: [{ parts: [{ inlineData: { mimeType: 'image/png', data: '***' } }] }] },
    `Invalid value at 'contents[0].parts[0].inline_data.data' (TYPE_BYTES), Base64 decoding failed for "***"`,
  ],
  [
    'two kinds of data in a part',
    { contents: [{ parts: [{ text: 'a', inlineData: { mimeType: 'image/png', data: '' } }] }] },
    `Invalid value at 'contents[0].parts[0]' (oneof), oneof field 'data' is already set. Cannot set 'inlineData'`,
  ],
])('%s is an invalid value', async (_, body, message) => {
  expect(await refusal(FLASH, body)).toBe(message)
})

test('all violations are reported at once, in a BadRequest too', async () => {
  const answer = await post(simulatorWith(), `${FLASH}:generateContent`, {
    foo: 1,
    generationConfig: { bar: 2 },
  })
  const { error } = JSON.parse(answer.text)
  expect(error.message.split('\n')).toHaveLength(2)
  expect(error.details).toEqual([
    {
      '@type': 'type.googleapis.com/google.rpc.BadRequest',
      fieldViolations: [
        { description: 'Invalid JSON payload received. Unknown name "foo": Cannot find field.' },
        {
          field: 'generation_config',
          description: `Invalid JSON payload received. Unknown name "bar" at 'generation_config': Cannot find field.`,
        },
      ],
    },
  ])
})

test.each([
  ['cut off', '{"contents": ['],
  ['with a stray word', '{"contents": nonsense}'],
])('JSON %s is refused', async (_, body) => {
  expect(await refusal(FLASH, body)).toMatch(/^Invalid JSON payload received\. Unexpected/)
})

test('snake_case, single values for lists, lower-case enums and open structs are accepted', async () => {
  const body = {
    system_instruction: { parts: { text: 'You are a cat' } },
    contents: { parts: { text: 'hi' } },
    generation_config: {
      max_output_tokens: '500',
      thinking_config: { thinking_level: 'low', include_thoughts: true },
    },
    tools: [
      { function_declarations: [{ name: 'f', parameters_json_schema: { type: 'object', $schema: 'x' } }] },
    ],
    safety_settings: [{ category: 'HARM_CATEGORY_HARASSMENT', threshold: 'BLOCK_NONE' }],
  }
  expect((await post(simulatorWith(), `${FLASH}:generateContent`, body)).status).toBe(200)
})

test.each<[name: string, contents: JsonObject[], message: string]>([
  ['no contents', [], '* GenerateContentRequest.contents: contents is not specified\n'],
  ['a system role', [{ role: 'system', parts: [{ text: 'a' }] }], 'Please use a valid role: user, model.'],
  [
    'empty parts',
    [{ role: 'user', parts: [] }],
    '* GenerateContentRequest.contents[0].parts: contents.parts must not be empty.\n',
  ],
  [
    'a part without data',
    [{ role: 'user', parts: [{ thought: true }] }],
    `* GenerateContentRequest.contents[0].parts[0].data: required oneof field 'data' must have one initialized field\n`,
  ],
  [
    'a response without a call',
    [user('a'), { role: 'user', parts: [result('f')] }],
    'Please ensure that function response turn comes immediately after a function call turn.',
  ],
  [
    'fewer responses than calls',
    [user('a'), { role: 'model', parts: [call('f'), call('g')] }, { role: 'user', parts: [result('f')] }],
    'Please ensure that the number of function response parts is equal to the number of function call parts of the function call turn.',
  ],
  [
    'a call that nobody asked for',
    [
      { role: 'model', parts: [call('f')] },
      { role: 'user', parts: [result('f')] },
    ],
    'Please ensure that function call turns come immediately after a user turn or after a function response turn.',
  ],
])('%s is refused', async (_, contents, message) => {
  expect(await refusal(OLD_FLASH, { contents })).toBe(message)
})

test('contents of one role that follow each other are one turn, as streamed chats send them back', async () => {
  const contents = [
    user('a'),
    { role: 'model', parts: [{ text: 'b' }] },
    { role: 'model', parts: [call('f')] },
    { role: 'model', parts: [{ text: '' }] },
    { role: 'user', parts: [result('f')] },
  ]
  expect((await post(simulatorWith(), `${OLD_FLASH}:generateContent`, { contents })).status).toBe(200)
})

test('a model turn with an empty text in the history is accepted', async () => {
  const contents = [user('a'), { role: 'model', parts: [{ text: '' }] }, user('b')]
  expect((await post(simulatorWith(), `${OLD_FLASH}:generateContent`, { contents })).status).toBe(200)
})

test.each<[name: string, model: string, more: JsonObject, message: string | RegExp]>([
  [
    'budget and level together',
    FLASH,
    { generationConfig: { thinkingConfig: { thinkingBudget: 1, thinkingLevel: 'LOW' } } },
    'You can only set only one of thinking budget and thinking level.',
  ],
  [
    'a level on 2.5',
    OLD_FLASH,
    { generationConfig: { thinkingConfig: { thinkingLevel: 'LOW' } } },
    'Thinking level is not supported for this model.',
  ],
  [
    'no thinking on 2.5 pro',
    'gemini-2.5-pro',
    { generationConfig: { thinkingConfig: { thinkingBudget: 0 } } },
    'Budget 0 is invalid. This model only works in thinking mode.',
  ],
  [
    'a budget out of range',
    'gemini-2.5-pro',
    { generationConfig: { thinkingConfig: { thinkingBudget: 99_999 } } },
    'The thinking budget 99999 is invalid. Please choose a value between 128 and 32768.',
  ],
  [
    'a temperature of 3',
    FLASH,
    { generationConfig: { temperature: 3 } },
    '* GenerateContentRequest.generation_config.temperature: temperature must be in the range [0.0, 2.0].\n',
  ],
  [
    'function tools on an image model',
    'gemini-3-pro-image',
    { tools: declared('f') },
    'Function calling is not enabled for models/gemini-3-pro-image',
  ],
  [
    'text from a TTS model',
    'gemini-3.8-flash-tts',
    {},
    /accepts the following combination of response modalities:\n\* AUDIO\n$/,
  ],
  [
    'an image from a text model',
    FLASH,
    { generationConfig: { responseModalities: ['TEXT', 'IMAGE'] } },
    'Model does not support the requested response modalities: text,image',
  ],
  [
    'search with functions on 2.5',
    OLD_FLASH,
    { tools: [{ googleSearch: {} }, ...declared('f')] },
    'Tool use with function calling is unsupported',
  ],
  [
    'search with functions on 3 unasked',
    FLASH,
    { tools: [{ googleSearch: {} }, ...declared('f')] },
    /include_server_side_tool_invocations/,
  ],
  ['a bad function name', FLASH, { tools: declared('my tool') }, /Invalid function name/],
  [
    'the same function twice',
    FLASH,
    { tools: declared('f', 'f') },
    'Duplicate function declaration found: f',
  ],
  [
    'a schema without JSON mode',
    FLASH,
    { generationConfig: { responseSchema: { type: 'STRING' } } },
    /response_schema: only allowed when/,
  ],
])('%s is refused', async (_, model, more, message) => {
  expect(await refusal(model, asking('hi', more))).toEqual(
    typeof message === 'string' ? message : expect.stringMatching(message),
  )
})

test.each([
  [
    'unknown',
    'gemini-9-flash:generateContent',
    'models/gemini-9-flash is not found for API version v1beta, or is not supported for generateContent. Call ListModels to see the list of available models and their supported methods.',
  ],
  [
    'of another kind',
    'gemini-embedding-001:generateContent',
    'models/gemini-embedding-001 is not found for API version v1beta, or is not supported for generateContent. Call ListModels to see the list of available models and their supported methods.',
  ],
  [
    'retired',
    'gemini-2.0-flash:generateContent',
    'This model models/gemini-2.0-flash is no longer available. Please update your code to use a newer model for the latest features and improvements.',
  ],
])('a model %s gets 404', async (_, target, message) => {
  const answer = await post(simulatorWith(), target, asking('hi'))
  expect(answer.status).toBe(404)
  expect(messageOf(answer)).toBe(message)
})

test('the 404 names the version that was asked', async () => {
  const answer = await post(simulatorWith(), '/v1/models/nope:generateContent', asking('hi'))
  expect(messageOf(answer)).toContain('models/nope is not found for API version v1,')
})

test('an error under alt=sse is plain JSON with the type of a stream and no disposition', async () => {
  const answer = await post(simulatorWith(), 'nope:streamGenerateContent?alt=sse', asking('hi'))
  expect(answer.status).toBe(404)
  expect(answer.headers.get('content-type')).toBe('text/event-stream')
  expect(answer.headers.get('content-disposition')).toBeNull()
  expect(answer.text.startsWith('{\n  "error": {')).toBe(true)
})

test('a prompt longer than the model takes is refused with both numbers', async () => {
  const simulator = simulatorWith({ models: [{ id: 'tiny', inputTokenLimit: 10 }] })
  const answer = await post(simulator, 'tiny:generateContent', asking('x'.repeat(44)))
  expect(messageOf(answer)).toBe(
    'The input token count (11) exceeds the maximum number of tokens allowed (10).',
  )
})
