import { expect, test } from 'vitest'
import { type KeyState, keyStates } from './control/schema.ts'
import { asking, FLASH, get, KEY, messageOf, post, simulatorWith } from './test-requests.ts'

const GENERATE = `${FLASH}:generateContent`

test('a request without a credential gets 403 and the text for unregistered callers', async () => {
  const answer = await post(simulatorWith(), GENERATE, asking('hi'), {})
  expect(answer.status).toBe(403)
  expect(answer.text).toBe(`{
  "error": {
    "code": 403,
    "message": "Method doesn't allow unregistered callers (callers without established identity). Please use API Key or other form of API consumer identity to call this API.",
    "status": "PERMISSION_DENIED"
  }
}
`)
})

test('an unknown key gets 400 API_KEY_INVALID, byte for byte', async () => {
  const answer = await post(simulatorWith(), GENERATE, asking('hi'), { 'x-goog-api-key': 'AIza-other' })
  expect(answer.status).toBe(400)
  expect(answer.headers.get('content-type')).toBe('application/json; charset=UTF-8')
  expect(answer.text).toBe(`{
  "error": {
    "code": 400,
    "message": "API key not valid. Please pass a valid API key.",
    "status": "INVALID_ARGUMENT",
    "details": [
      {
        "@type": "type.googleapis.com/google.rpc.ErrorInfo",
        "reason": "API_KEY_INVALID",
        "domain": "googleapis.com",
        "metadata": {
          "service": "generativelanguage.googleapis.com"
        }
      },
      {
        "@type": "type.googleapis.com/google.rpc.LocalizedMessage",
        "locale": "en-US",
        "message": "API key not valid. Please pass a valid API key."
      }
    ]
  }
}
`)
})

test.each([
  ['header and query', `/v1beta/models/${GENERATE}?key=${KEY}`, { 'x-goog-api-key': KEY }],
  [
    'header and Bearer',
    `/v1beta/models/${GENERATE}`,
    { 'x-goog-api-key': KEY, authorization: `Bearer ${KEY}` },
  ],
  ['two in the query', `/v1beta/models/${GENERATE}?key=${KEY}&key=other`, {}],
  [
    'OpenAI layer with an organization',
    '/v1beta/openai/chat/completions',
    { authorization: `Bearer ${KEY}`, 'openai-organization': 'o' },
  ],
])('two credentials (%s) get 400', async (_, path, headers) => {
  const answer = await post(
    simulatorWith(),
    path,
    path.includes('openai') ? {} : asking('hi'),
    headers as Record<string, string>,
  )
  expect(answer.status).toBe(400)
  expect(messageOf(answer)).toBe('Multiple authentication credentials received. Please pass only one.')
})

test('a key in the query alone is accepted', async () => {
  const answer = await post(simulatorWith(), `/v1/models/${GENERATE}?key=${KEY}`, asking('hi'), {})
  expect(answer.status).toBe(200)
})

test('a Bearer on the native API is taken for an OAuth token and refused with 401', async () => {
  const answer = await post(simulatorWith(), GENERATE, asking('hi'), { authorization: `Bearer ${KEY}` })
  expect(answer.status).toBe(401)
  expect(answer.text).toContain('"reason": "ACCESS_TOKEN_TYPE_UNSUPPORTED"')
  expect(answer.text).toContain(
    '"method": "google.ai.generativelanguage.v1beta.GenerativeService.GenerateContent"',
  )
})

test('an unknown field is refused before a missing key is', async () => {
  const answer = await post(simulatorWith(), GENERATE, { max_tokens: 5 }, {})
  expect(messageOf(answer)).toBe(
    'Invalid JSON payload received. Unknown name "max_tokens": Cannot find field.',
  )
})

const refusals: Record<Exclude<KeyState, 'ok'>, [status: number, piece: string]> = {
  invalid: [400, 'API key not valid. Please pass a valid API key.'],
  expired: [400, 'API key expired. Please renew the API key.'],
  deleted: [400, 'API key not found. Please pass a valid API key.'],
  'unsupported-token': [401, 'ACCESS_TOKEN_TYPE_UNSUPPORTED'],
  leaked: [403, 'Your API key was reported as leaked. Please use another API key.'],
  suspended: [403, `Permission denied: Consumer 'api_key:${KEY}' has been suspended.`],
  'service-disabled': [
    403,
    'Generative Language API has not been used in project 12345678 before or it is disabled.',
  ],
  'referrer-blocked': [403, 'API_KEY_HTTP_REFERRER_BLOCKED'],
  'service-blocked': [403, 'API_KEY_SERVICE_BLOCKED'],
  'ip-blocked': [403, 'API_KEY_IP_ADDRESS_BLOCKED'],
  'prepaid-empty': [402, 'Your prepayment credits are depleted.'],
  'prepaid-empty-429': [429, 'Your prepayment credits are depleted.'],
  'spend-cap': [429, 'Your project has exceeded its monthly spending cap.'],
}

test.each(Object.entries(refusals))('a key in state %s is refused', async (state, [status, piece]) => {
  const known = keyStates.find((name) => name === state) ?? 'ok'
  const simulator = simulatorWith({ keys: [{ key: KEY, project: '12345678', state: known }] })
  const answer = await post(simulator, GENERATE, asking('hi'))
  expect(answer.status).toBe(status)
  expect(answer.text).toContain(piece)
})

test.each(['prepaid-empty', 'prepaid-empty-429', 'spend-cap'] as const)(
  'a key in state %s still lists models',
  async (state) => {
    const answer = await get(simulatorWith({ keys: [{ key: KEY, state }] }), '/v1beta/models')
    expect(answer.status).toBe(200)
  },
)

test('a refused key does not list models', async () => {
  const answer = await get(simulatorWith({ keys: [{ key: KEY, state: 'leaked' }] }), '/v1beta/models')
  expect(answer.status).toBe(403)
})

test('a service that is not enabled is described with Help and the consumer project', async () => {
  const simulator = simulatorWith({ keys: [{ key: KEY, project: '12345678', state: 'service-disabled' }] })
  const { error } = JSON.parse((await post(simulator, GENERATE, asking('hi'))).text)
  expect(error.details.map((detail: { '@type': string }) => detail['@type'])).toEqual([
    'type.googleapis.com/google.rpc.Help',
    'type.googleapis.com/google.rpc.ErrorInfo',
  ])
  expect(error.details[1].metadata).toEqual({
    service: 'generativelanguage.googleapis.com',
    consumer: 'projects/12345678',
  })
})

test('an unsupported location refuses free keys only', async () => {
  const keys = [{ key: KEY }, { key: 'free', tier: 'free' as const }]
  const simulator = simulatorWith({ keys, settings: { location: 'unsupported' } })
  expect((await post(simulator, GENERATE, asking('hi'))).status).toBe(200)
  const refused = await post(simulator, GENERATE, asking('hi'), { 'x-goog-api-key': 'free' })
  expect(refused.status).toBe(400)
  expect(JSON.parse(refused.text).error.status).toBe('FAILED_PRECONDITION')
})

test.each([
  '/v1beta/messages',
  '/v1/chat/completions',
  '/v1beta/openai/responses',
  '/v2/models',
  '/v1beta/models/x:fly',
])('the unknown path %s gets 404 with an empty HTML body', async (path) => {
  const answer = await post(simulatorWith(), path, {})
  expect(answer).toMatchObject({ status: 404, text: '' })
  expect(answer.headers.get('content-type')).toBe('text/html; charset=UTF-8')
})

test('acceptAnyKey lets an unknown key in', async () => {
  const simulator = simulatorWith({ settings: { acceptAnyKey: true } })
  expect((await post(simulator, GENERATE, asking('hi'), { 'x-goog-api-key': 'anything' })).status).toBe(200)
})
