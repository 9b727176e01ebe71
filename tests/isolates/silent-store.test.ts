import { afterEach, expect, test } from 'vitest'
import type { KV } from '../../src/kv/kv.ts'
import { generate, type Harness, startHarness } from '../gateway/harness.ts'

const NOON = Date.parse('2026-11-21T12:00:00-08:00')
/** The least that anybody waits for the store is a second: an answer within half of one has not waited. */
const UNWAITED_MS = 500
/** The one wait of a cold start is a second. */
const COLD_START_MS = 2_000

let harness: Harness
afterEach(() => harness.close())

/** Takes every command and answers none. */
function createSilentKV(): { readonly kv: KV; readonly commands: string[] } {
  const commands: string[] = []
  const silent = (name: string) => () => {
    commands.push(name)
    return new Promise<never>(() => {})
  }
  const kv: KV = {
    traits: { atomicIncrement: true, consistency: 'strong', minTtlSeconds: 1, maxValueBytes: 1_000_000 },
    get: silent('get'),
    set: silent('set'),
    delete: silent('delete'),
    list: silent('list'),
    increment: silent('increment'),
    close: silent('close'),
  }
  return { kv, commands }
}

async function timed(work: () => Promise<Response>): Promise<number> {
  const startedAt = performance.now()
  const response = await work()
  await response.text()
  expect(response.status).toBe(200)
  return performance.now() - startedAt
}

test('a store that never answers: the first request waits a second for it, and no later one at all', async () => {
  const { kv, commands } = createSilentKV()
  const keys = [...'abcdef'].map((name) => ({ key: `sim-${name}` }))
  harness = await startHarness({ keys, kv, now: NOON })
  expect(await timed(() => generate(harness))).toBeLessThan(COLD_START_MS)
  expect(commands).not.toEqual([])

  for (const { key } of keys.slice(0, 5)) {
    harness.advance(60_000) // A refresh and a flush are due, and there is a health change to publish.
    harness.simulator.updateKey({ key, state: 'leaked' })
    for (let call = 0; call < 10; call++) {
      expect(await timed(() => generate(harness))).toBeLessThan(UNWAITED_MS)
    }
  }
})
