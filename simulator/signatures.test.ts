import { expect, test } from 'vitest'
import type { JsonObject } from './json.ts'
import { asking, FLASH, KEY, messageOf, OLD_FLASH, partsOf, post, simulatorWith } from './test-requests.ts'

const tools = [{ functionDeclarations: [{ name: 'weather' }, { name: 'time' }] }]
const QUESTION = 'call:weather {"location":"Paris"} call:time {}'
const result = (name: string) => ({ functionResponse: { name, response: { ok: name } } })

async function modelTurn(model: string, text = QUESTION, simulator = simulatorWith()): Promise<JsonObject[]> {
  const answer = await post(simulator, `${model}:generateContent`, asking(text, { tools }))
  return JSON.parse(answer.text).candidates[0].content.parts
}

function history(parts: readonly JsonObject[], names = ['weather', 'time']) {
  return [
    { role: 'user', parts: [{ text: QUESTION }] },
    { role: 'model', parts },
    { role: 'user', parts: names.map(result) },
  ]
}

async function reply(model: string, contents: readonly JsonObject[], simulator = simulatorWith(), key = KEY) {
  return await post(simulator, `${model}:generateContent`, { contents, tools }, { 'x-goog-api-key': key })
}

test('parallel calls of Gemini 3 carry one signature, on the first', async () => {
  const parts = await modelTurn(FLASH)
  expect(parts.map((part) => typeof part.thoughtSignature)).toEqual(['string', 'undefined'])
})

test('its own signature is taken back and the results are quoted', async () => {
  const answer = await reply(FLASH, history(await modelTurn(FLASH)))
  expect(JSON.parse(answer.text).candidates[0].content.parts[0].text).toBe(
    'The tool weather answered {"ok":"weather"}. The tool time answered {"ok":"time"}.',
  )
})

test('a missing signature in the current turn is refused with the function and its position', async () => {
  const bare = (await modelTurn(FLASH)).map(({ functionCall }) => ({ functionCall }))
  const answer = await reply(FLASH, history(bare))
  expect(answer.status).toBe(400)
  expect(messageOf(answer)).toMatch(
    /^Function call is missing a thought_signature in functionCall parts\..*`default_api:weather` , position 2\./,
  )
})

test('a missing signature in an earlier turn is not looked at', async () => {
  const bare = (await modelTurn(FLASH)).map(({ functionCall }) => ({ functionCall }))
  const contents = [
    ...history(bare),
    { role: 'model', parts: [{ text: 'done' }] },
    { role: 'user', parts: [{ text: 'thanks' }] },
  ]
  expect((await reply(FLASH, contents)).status).toBe(200)
})

test('2.5 never asks for a signature', async () => {
  const bare = (await modelTurn(OLD_FLASH)).map(({ functionCall }) => ({ functionCall }))
  expect((await reply(OLD_FLASH, history(bare))).status).toBe(200)
})

test.each(['skip_thought_signature_validator', 'context_engineering_is_the_way_to_go'])(
  '%s is accepted for a signature',
  async (skip) => {
    const parts = (await modelTurn(FLASH)).map(({ functionCall }, index) => ({
      functionCall,
      ...(index === 0 && { thoughtSignature: skip }),
    }))
    expect((await reply(FLASH, history(parts))).status).toBe(200)
  },
)

test.each(['bm90IG91cnM=', 'AAAA'])('the foreign signature %s is corrupted', async (thoughtSignature) => {
  const parts = (await modelTurn(FLASH)).map(({ functionCall }) => ({ functionCall, thoughtSignature }))
  expect(messageOf(await reply(FLASH, history(parts)))).toBe('Corrupted thought signature.')
})

test('a signature of another model is corrupted', async () => {
  expect(messageOf(await reply('gemini-3.5-flash', history(await modelTurn(FLASH))))).toBe(
    'Corrupted thought signature.',
  )
})

test('a signature of another project is corrupted only when projects are bound', async () => {
  const simulator = simulatorWith({ keys: [{ key: KEY }, { key: 'other' }] })
  const contents = history(await modelTurn(FLASH, QUESTION, simulator))
  expect((await reply(FLASH, contents, simulator, 'other')).status).toBe(200)
  simulator.setSettings({ bindSignaturesToProject: true })
  expect(messageOf(await reply(FLASH, contents, simulator, 'other'))).toBe('Corrupted thought signature.')
  expect((await reply(FLASH, contents, simulator)).status).toBe(200)
})

test('sequential steps each need their own signature', async () => {
  const text = 'call:weather {} then:time {}'
  const question = { role: 'user', parts: [{ text }] }
  const first = { role: 'model', parts: await modelTurn(FLASH, text) }
  const results = { role: 'user', parts: [result('weather')] }
  const second = JSON.parse((await reply(FLASH, [question, first, results])).text).candidates[0].content.parts
  expect(second[0].functionCall.name).toBe('time')
  const unsigned = [{ functionCall: second[0].functionCall }]
  const contents = (parts: JsonObject[]) => [
    question,
    first,
    results,
    { role: 'model', parts },
    { role: 'user', parts: [result('time')] },
  ]
  expect(messageOf(await reply(FLASH, contents(unsigned)))).toContain('position 4')
  expect((await reply(FLASH, contents(second))).status).toBe(200)
})

test('a streamed call of Gemini 3 ends with an empty text, one of 2.5 with the call itself', async () => {
  const streamed = async (model: string) =>
    (await post(simulatorWith(), `${model}:streamGenerateContent?alt=sse`, asking('call:time {}', { tools })))
      .text
  expect(partsOf(await streamed(FLASH)).at(-1)).toEqual({ text: '' })
  expect(partsOf(await streamed(OLD_FLASH))).toHaveLength(1)
})

test('a streamed text of Gemini 3 ends with a signed empty text', async () => {
  const { text } = await post(simulatorWith(), `${FLASH}:streamGenerateContent?alt=sse`, asking('hi'))
  expect(partsOf(text).at(-1)).toEqual({ text: '', thoughtSignature: expect.any(String) })
})
