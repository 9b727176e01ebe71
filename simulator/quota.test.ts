import { expect, test } from 'vitest'
import { formatWait } from './quota-errors.ts'
import { asking, FLASH, KEY, messageOf, NOON, OLD_FLASH, post, simulatorWith } from './test-requests.ts'

const GENERATE = `${FLASH}:generateContent`

async function errorOf(answer: Promise<{ status: number; text: string }>) {
  const { status, text } = await answer
  expect(status).toBe(429)
  return JSON.parse(text).error
}

test('a free key over its requests of the day gets the 2026 body with a short misleading delay', async () => {
  const simulator = simulatorWith({
    keys: [{ key: KEY, tier: 'free', quotas: { '*': { rpm: 100, rpd: 2 } } }],
  })
  for (let i = 0; i < 2; i++) expect((await post(simulator, GENERATE, asking('hi'))).status).toBe(200)
  const error = await errorOf(post(simulator, GENERATE, asking('hi')))
  expect(error.message).toMatch(
    /^You exceeded your current quota, please check your plan and billing details\. For more information on this error, head to: https:\/\/ai\.google\.dev\/gemini-api\/docs\/rate-limits\. To monitor your current usage, head to: https:\/\/ai\.dev\/rate-limit\. \n\* Quota exceeded for metric: generativelanguage\.googleapis\.com\/generate_content_free_tier_requests, limit: 2, model: gemini-3\.8-flash\nPlease retry in [23]\d\.\d+s\.$/,
  )
  expect(Object.keys(error)).toEqual(['code', 'message', 'status', 'details'])
  const [help, failure, retry] = error.details
  expect(help['@type']).toBe('type.googleapis.com/google.rpc.Help')
  expect(failure).toEqual({
    '@type': 'type.googleapis.com/google.rpc.QuotaFailure',
    violations: [
      {
        quotaMetric: 'generativelanguage.googleapis.com/generate_content_free_tier_requests',
        quotaId: 'GenerateRequestsPerDayPerProjectPerModel-FreeTier',
        quotaDimensions: { location: 'global', model: FLASH },
        quotaValue: '2',
      },
    ],
  })
  expect(retry.retryDelay).toMatch(/^[23]\ds$/)
})

test('a paid key over its requests of the day is told the true wait until Pacific midnight', async () => {
  const simulator = simulatorWith({ keys: [{ key: KEY, quotas: { [FLASH]: { rpd: 1 } } }] })
  await post(simulator, GENERATE, asking('hi'))
  const error = await errorOf(post(simulator, GENERATE, asking('hi')))
  expect(error.message).toContain(
    'generate_requests_per_model_per_day, limit: 1, model: gemini-3.8-flash\nPlease retry in 12h0m0s.',
  )
  expect(error.details[1].violations[0].quotaId).toBe('GenerateRequestsPerDayPerProjectPerModel')
  expect(error.details[2].retryDelay).toBe('43200s')
})

test('the requests of the day come back at midnight in Los Angeles, not before', async () => {
  const simulator = simulatorWith({ keys: [{ key: KEY, quotas: { '*': { rpd: 1 } } }] })
  await post(simulator, GENERATE, asking('hi'))
  simulator.advanceClock(12 * 3_600_000 - 1)
  expect((await post(simulator, GENERATE, asking('hi'))).status).toBe(429)
  simulator.advanceClock(1)
  expect((await post(simulator, GENERATE, asking('hi'))).status).toBe(200)
})

test('requests per minute are let through again exactly when retryDelay says', async () => {
  const simulator = simulatorWith({ keys: [{ key: KEY, quotas: { '*': { rpm: 2 } } }] })
  await post(simulator, GENERATE, asking('hi'))
  simulator.advanceClock(10_000)
  await post(simulator, GENERATE, asking('hi'))
  simulator.advanceClock(5_000)
  const error = await errorOf(post(simulator, GENERATE, asking('hi')))
  expect(error.details[2].retryDelay).toBe('45s')
  expect(error.details[1].violations[0].quotaId).toBe('GenerateRequestsPerMinutePerProjectPerModel')
  simulator.advanceClock(45_000)
  expect((await post(simulator, GENERATE, asking('hi'))).status).toBe(200)
  expect((await post(simulator, GENERATE, asking('hi'))).status).toBe(429)
})

test('input tokens per minute are counted and named', async () => {
  const simulator = simulatorWith({ keys: [{ key: KEY, tier: 'free', quotas: { '*': { tpm: 100 } } }] })
  expect((await post(simulator, GENERATE, asking('x'.repeat(320)))).status).toBe(200)
  const error = await errorOf(post(simulator, GENERATE, asking('x'.repeat(100))))
  expect(error.details[1].violations).toMatchObject([
    { quotaId: 'GenerateContentInputTokensPerModelPerMinute-FreeTier', quotaValue: '100' },
  ])
  expect((await post(simulator, GENERATE, asking('x'.repeat(80)))).status).toBe(200)
})

test('several violated limits are reported at once', async () => {
  const simulator = simulatorWith({ keys: [{ key: KEY, quotas: { '*': { rpm: 1, rpd: 1 } } }] })
  await post(simulator, GENERATE, asking('hi'))
  const error = await errorOf(post(simulator, GENERATE, asking('hi')))
  expect(error.details[1].violations).toHaveLength(2)
  expect(error.message.match(/\* Quota exceeded/g)).toHaveLength(2)
})

test('a refused request spends nothing', async () => {
  const simulator = simulatorWith({ keys: [{ key: KEY, quotas: { '*': { rpm: 1, rpd: 3 } } }] })
  await post(simulator, GENERATE, asking('hi'))
  for (let i = 0; i < 5; i++) await post(simulator, GENERATE, asking('hi'))
  for (const expected of [200, 200, 429]) {
    simulator.advanceClock(60_000)
    expect((await post(simulator, GENERATE, asking('hi'))).status).toBe(expected)
  }
})

test('keys of one project share its quotas, other projects have their own', async () => {
  const keys = [
    { key: 'a', project: 'one', quotas: { '*': { rpd: 1 } } },
    { key: 'b', project: 'one' },
    { key: 'c', project: 'two', quotas: { '*': { rpd: 1 } } },
  ]
  const simulator = simulatorWith({ keys })
  const ask = async (key: string) =>
    (await post(simulator, GENERATE, asking('hi'), { 'x-goog-api-key': key })).status
  expect([await ask('a'), await ask('b'), await ask('c')]).toEqual([200, 429, 200])
})

test('models have quotas of their own', async () => {
  const simulator = simulatorWith({ keys: [{ key: KEY, quotas: { '*': { rpd: 1 } } }] })
  await post(simulator, GENERATE, asking('hi'))
  expect((await post(simulator, `${OLD_FLASH}:generateContent`, asking('hi'))).status).toBe(200)
})

test('a preview is counted and named as its family', async () => {
  const simulator = simulatorWith({ keys: [{ key: KEY, quotas: { 'gemini-3.1-pro': { rpd: 1 } } }] })
  await post(simulator, 'gemini-3.1-pro-preview:generateContent', asking('hi'))
  const error = await errorOf(
    post(simulator, 'gemini-3.1-pro-preview-customtools:generateContent', asking('hi')),
  )
  expect(error.details[1].violations[0].quotaDimensions.model).toBe('gemini-3.1-pro')
})

test('a model without a free tier answers free keys with limit: 0 and no quotaValue', async () => {
  const simulator = simulatorWith({ keys: [{ key: KEY, tier: 'free' }] })
  const error = await errorOf(post(simulator, 'gemini-3.1-pro-preview:generateContent', asking('hi')))
  expect(error.message).toContain('limit: 0, model: gemini-3.1-pro')
  expect(error.details[1].violations[0]).not.toHaveProperty('quotaValue')
})

test('free keys have the observed limits unless told otherwise', async () => {
  const simulator = simulatorWith({ keys: [{ key: KEY, tier: 'free' }] })
  const ask = async () => (await post(simulator, GENERATE, asking('hi'))).status
  const statuses: number[] = []
  for (let i = 0; i < 6; i++) statuses.push(await ask())
  expect(statuses).toEqual([200, 200, 200, 200, 200, 429])
})

test('quotaBodies 2025 puts QuotaFailure first', async () => {
  const simulator = simulatorWith({
    keys: [{ key: KEY, quotas: { '*': { rpd: 0 } } }],
    settings: { quotaBodies: '2025' },
  })
  const error = await errorOf(post(simulator, GENERATE, asking('hi')))
  expect(error.details.map((detail: { '@type': string }) => detail['@type'].split('.').at(-1))).toEqual([
    'QuotaFailure',
    'Help',
    'RetryInfo',
  ])
})

test('setQuotas limits a running project, clearUsage forgives it', async () => {
  const simulator = simulatorWith()
  simulator.setQuotas([{ project: '12345678', model: '*', rpd: 1 }])
  expect((await post(simulator, GENERATE, asking('hi'))).status).toBe(200)
  expect((await post(simulator, GENERATE, asking('hi'))).status).toBe(429)
  simulator.clearUsage()
  expect((await post(simulator, GENERATE, asking('hi'))).status).toBe(200)
})

test('a refused body spends nothing and a streamed refusal is an array', async () => {
  const simulator = simulatorWith({ keys: [{ key: KEY, quotas: { '*': { rpd: 1 } } }] })
  await post(simulator, GENERATE, { contents: [] })
  expect((await post(simulator, GENERATE, asking('hi'))).status).toBe(200)
  const streamed = await post(simulator, `${FLASH}:streamGenerateContent`, asking('hi'))
  expect(streamed.text.startsWith('[{\n  "error": {')).toBe(true)
  expect(messageOf(streamed)).toContain('limit: 1')
})

test.each([
  [25_465.784708, '25.465784708s'],
  [39_043_651.927829, '10h50m43.651927829s'],
  [60_000, '1m0s'],
])('formatWait of %d ms is %s', (ms, text) => {
  expect(formatWait(ms)).toBe(text)
})

test('the clock that quotas use is the one that was set', () => {
  expect(simulatorWith().now()).toBe(NOON)
})
