import { afterEach, describe, expect, test } from 'vitest'
import { callsByKey, generate, type Harness, startHarness, stream } from './harness.ts'

const LA_NOON = Date.parse('2026-03-07T12:00:00-08:00') // The day before clocks go forward in California.
const HOUR = 3_600_000

let harness: Harness
afterEach(() => harness.close())

describe('balancing', () => {
  test('60 calls over weights 3:2:1 land 30:20:10', async () => {
    harness = await startHarness({
      keys: [{ key: 'sim-a' }, { key: 'sim-b' }, { key: 'sim-c' }],
      weights: { 'sim-a': 3, 'sim-b': 2, 'sim-c': 1 },
    })
    for (let call = 0; call < 60; call++) expect((await generate(harness)).status).toBe(200)
    expect(callsByKey(harness)).toEqual({ 'sim-a': 30, 'sim-b': 20, 'sim-c': 10 })
  })

  test('concurrent calls keep the shares', async () => {
    harness = await startHarness({
      keys: [{ key: 'sim-a' }, { key: 'sim-b' }, { key: 'sim-c' }],
      weights: { 'sim-a': 3, 'sim-b': 2, 'sim-c': 1 },
    })
    await Promise.all(Array.from({ length: 60 }, () => stream(harness).then((response) => response.text())))
    expect(callsByKey(harness)).toEqual({ 'sim-a': 30, 'sim-b': 20, 'sim-c': 10 })
  })
})

describe('a pool with one key in each failure class', () => {
  const BAD = {
    invalid: 'invalid',
    expired: 'expired',
    deleted: 'deleted',
    unsupported: 'unsupported-token',
    leaked: 'leaked',
    suspended: 'suspended',
    disabled: 'service-disabled',
    referrer: 'referrer-blocked',
    service: 'service-blocked',
    ip: 'ip-blocked',
    prepaid: 'prepaid-empty',
    'prepaid-429': 'prepaid-empty-429',
    spent: 'spend-cap',
  } as const
  const FAULTS = [
    'quota-minute',
    'quota-tokens',
    'quota-day',
    'limit-zero',
    'rate-limited-bare',
    'overloaded',
    'location',
  ] as const

  async function startFailing() {
    harness = await startHarness({
      now: LA_NOON,
      keys: [
        ...Object.entries(BAD).map(([name, state]) => ({
          key: `sim-${name}`,
          project: `project-${name}`,
          state,
        })),
        ...FAULTS.map((name) => ({ key: `sim-${name}`, project: `project-${name}` })),
        { key: 'sim-good', project: 'project-good' },
      ],
    })
    for (const name of FAULTS)
      harness.simulator.addFault({ match: { key: `sim-${name}` }, fault: { error: name } })
    return harness
  }

  test('gives its caller no error while one key works', async () => {
    await startFailing()
    for (let call = 0; call < 50; call++) expect((await generate(harness)).status).toBe(200)
    for (let call = 0; call < 10; call++) expect((await stream(harness)).status).toBe(200)
  })

  test('tries a dead key and a key dead for the day once, and the latter again after midnight Pacific', async () => {
    await startFailing()
    for (let call = 0; call < 40; call++) await generate(harness)
    const calls = callsByKey(harness)
    for (const name of Object.keys(BAD)) expect(calls[`sim-${name}`], name).toBe(1)
    expect(calls['sim-quota-day']).toBe(1)
    expect(calls['sim-limit-zero']).toBe(1)

    harness.advance(11 * HOUR + 59 * 60_000) // 23:59
    for (let call = 0; call < 40; call++) await generate(harness)
    expect(callsByKey(harness)['sim-quota-day']).toBe(1)
    harness.advance(120_000)
    for (let call = 0; call < 40; call++) await generate(harness)
    expect(callsByKey(harness)['sim-quota-day']).toBe(2)
  })

  test('100 mistakes of callers rest nothing', async () => {
    harness = await startHarness({ keys: [{ key: 'sim-a' }, { key: 'sim-b' }] })
    const mistakes = [
      {
        path: '/v1beta/models/gemini-2.5-flash:generateContent',
        body: '{"contents":[],"nonsense":1}',
        status: 400,
      },
      { path: '/v1beta/models/gemini-2.5-flash:generateContent', body: '{"contents":[]}', status: 400 },
      {
        path: '/v1beta/models/no-such-model:generateContent',
        body: '{"contents":[{"parts":[{"text":"x"}]}]}',
        status: 404,
      },
      {
        path: '/v1beta/models/gemini-2.5-flash:generateContent',
        body: '{"contents":[{"role":"wrong","parts":[{"text":"x"}]}]}',
        status: 400,
      },
    ]
    for (let each = 0; each < 100; each++) {
      const { path, body, status } = mistakes[each % mistakes.length] as (typeof mistakes)[number]
      const response = await harness.fetch(path, {
        method: 'POST',
        headers: { 'x-goog-api-key': 'operator-token-for-tests' },
        body,
      })
      expect(response.status).toBe(status)
      expect(response.headers.get('x-gateway-attempts')).toBe('1')
    }
    expect(harness.log.filter((line) => line.includes('key rests'))).toEqual([])
    expect(callsByKey(harness)).toEqual({ 'sim-a': 50, 'sim-b': 50 })
    expect((await generate(harness)).status).toBe(200)
  })
})
