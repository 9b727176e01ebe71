import { afterEach, describe, expect, test } from 'vitest'
import { createSealer } from '../../src/config/sealed-text.ts'
import { writeStoredSettings } from '../../src/config/stored-settings.ts'
import { createMemoryKV } from '../../src/kv/memory.ts'
import { callsByKey, generate, type Harness, startHarness } from './harness.ts'

const NOON = Date.parse('2026-11-20T12:00:00-08:00')
const ENCRYPTION_KEY = 'a passphrase for these tests'
const KEYS = ['sim-a', 'sim-b', 'sim-new'].map((key) => ({ key, project: key }))

let harness: Harness
afterEach(() => harness.close())

async function startWithStore() {
  let now = NOON
  const kv = createMemoryKV({ now: () => now })
  harness = await startHarness({
    now,
    keys: KEYS,
    kv,
    env: { GEMINI_API_KEY: 'sim-a,sim-b', ENCRYPTION_KEY },
  })
  const change = (expectedRevision: number, changes: Record<string, string | null>) =>
    writeStoredSettings(kv, createSealer(ENCRYPTION_KEY), { expectedRevision, changes, now })
  const pass = async (ms: number) => {
    now += ms
    harness.advance(ms)
    await generate(harness) // The isolate looks for news behind an answer.
    await harness.settle()
  }
  return { kv, change, pass }
}

describe('settings and keys changed at run time', () => {
  test('reach an isolate within 10 s, and what it knows of its keys stays', async () => {
    const { kv, change, pass } = await startWithStore()
    harness.simulator.addFault({ match: { key: 'sim-a' }, fault: { error: 'quota-day' } })
    for (let call = 0; call < 4; call++) await generate(harness)
    expect(await change(0, { GEMINI_API_KEY: 'sim-a,sim-new', FILTERED_MODELS: 'gemini-2.0-flash' })).toEqual(
      {
        kind: 'written',
        revision: 1,
      },
    )
    await pass(10_000)
    harness.simulator.clearCalls()
    for (let call = 0; call < 6; call++) expect((await generate(harness)).status).toBe(200)
    expect(callsByKey(harness)).toEqual({ 'sim-new': 6 })
    expect(JSON.stringify((await kv.list('')).entries)).not.toContain('sim-new')
    expect(harness.log.join('\n')).not.toContain('sim-new')
    expect(harness.log.filter((line) => line.includes('settings changed'))).toHaveLength(1)
  })

  test('are there at the first request of a new isolate, and go when the override goes', async () => {
    const { change, pass } = await startWithStore()
    await change(0, { GEMINI_API_KEY: 'sim-new' })
    harness.restart()
    for (let call = 0; call < 3; call++) await generate(harness)
    expect(callsByKey(harness)).toEqual({ 'sim-new': 3 })
    await change(1, { GEMINI_API_KEY: null })
    await pass(10_000)
    harness.simulator.clearCalls()
    for (let call = 0; call < 4; call++) await generate(harness)
    expect(callsByKey(harness)).toEqual({ 'sim-a': 2, 'sim-b': 2 })
  })

  test('that cannot be read are left out and said in the log, and the requests go on', async () => {
    const { kv, pass } = await startWithStore()
    await generate(harness)
    await kv.set('settings', {
      v: 1,
      revision: 3,
      updatedAt: NOON,
      overrides: { MAX_RETRIES: 'many', PORT: '1' },
    })
    await pass(10_000)
    expect((await generate(harness)).status).toBe(200)
    const left = harness.log.filter((line) => line.includes('stored setting left out'))
    expect(left.map((line) => /variable=(\w+)/.exec(line)?.[1]).sort()).toEqual(['MAX_RETRIES', 'PORT'])
  })
})
