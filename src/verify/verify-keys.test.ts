import { describe, expect, it } from 'vitest'
import type { Failure } from '../errors.ts'
import { poolKey } from '../keys/__fixtures__/pool-key.ts'
import type { PoolKey } from '../keys/pool-key.ts'
import type { ProbeResult } from '../upstream/probe.ts'
import { type KeyReport, verifyKeys } from './verify-keys.ts'

const KEY = poolKey('AIzaSyA-0123456789-abcdefghij-1234567')
const WORKS: ProbeResult = { kind: 'works' }

const failed = (
  failure: Failure,
  message: string | null = 'words',
  project: string | null = null,
): ProbeResult => ({
  kind: 'failed',
  failure,
  message,
  project,
})

async function reportsOf(keys: readonly PoolKey[], result: ProbeResult): Promise<KeyReport[]> {
  const reports: KeyReport[] = []
  let now = 1_000
  await verifyKeys(keys, {
    probe: async () => {
      now += 42
      return result
    },
    now: () => now,
    signal: new AbortController().signal,
    onReport: (report) => reports.push(report),
  })
  return reports
}

/** A probe whose answers a test gives, one key at a time. */
function createProbe() {
  const pending: { readonly key: string; readonly finish: (result: ProbeResult) => void }[] = []
  const probe = (key: PoolKey) =>
    new Promise<ProbeResult>((resolve) => {
      pending.push({ key: key.key, finish: resolve })
    })
  return { pending, probe }
}

const settle = () => new Promise((resolve) => setImmediate(resolve))

describe('verifyKeys, reports', () => {
  it('a key that works is GOOD, and shown as a mask', async () => {
    expect(await reportsOf([KEY], WORKS)).toEqual([
      { key: 'AIzaSyA......1234567', status: 'GOOD', latencyMs: 42 },
    ])
  })

  it('a short key is masked whole', async () => {
    expect(await reportsOf([poolKey('short')], WORKS)).toMatchObject([{ key: '......' }])
  })

  it.each<[Failure, KeyReport['status'], string]>([
    [{ kind: 'dead-key', reason: 'leaked' }, 'BAD', 'leaked'],
    [{ kind: 'dead-project', reason: 'service-disabled' }, 'BAD', 'service-disabled'],
    [{ kind: 'unfunded', reason: 'prepaid-empty' }, 'BAD', 'prepaid-empty'],
    [
      { kind: 'rate-limited', scope: 'day', retryAfterMs: null, quotaModel: null, limit: null },
      'GOOD',
      'rate-limited',
    ],
    [{ kind: 'model-unavailable' }, 'GOOD', 'model-unavailable'],
    [{ kind: 'overloaded', retryAfterMs: null }, 'ERROR', 'overloaded'],
    [{ kind: 'upstream-fault', cause: 'timeout' }, 'ERROR', 'upstream-fault'],
    [{ kind: 'location' }, 'ERROR', 'location'],
    [{ kind: 'caller-fault', status: 404 }, 'ERROR', 'caller-fault'],
  ])('%j is %s', async (failure, status, reason) => {
    expect(await reportsOf([KEY], failed(failure, 'words', 'projects/7'))).toEqual([
      { key: 'AIzaSyA......1234567', status, error: 'words', reason, project: 'projects/7', latencyMs: 42 },
    ])
  })

  it('says something even when Google said nothing', async () => {
    const [report] = await reportsOf([KEY], failed({ kind: 'upstream-fault', cause: 'network' }, null))
    expect(report?.error).toMatch(/\S/)
    expect(report).not.toHaveProperty('project')
  })

  it('never holds a key', async () => {
    expect(JSON.stringify(await reportsOf([KEY], WORKS))).not.toContain('abcdefghij')
  })
})

describe('verifyKeys, pace', () => {
  const keys = Array.from({ length: 20 }, (_, at) => poolKey(`key-${at}`))

  it('checks six at a time, and reports each as it finishes', async () => {
    const { pending, probe } = createProbe()
    const reported: string[] = []
    const verifying = verifyKeys(keys, {
      probe,
      now: () => 0,
      signal: new AbortController().signal,
      onReport: (_, { key }) => reported.push(key),
    })
    await settle()
    expect(pending).toHaveLength(6)
    pending[4]?.finish(WORKS)
    await settle()
    expect(reported).toEqual(['key-4'])
    expect(pending.map(({ key }) => key).at(-1)).toBe('key-6')
    for (let at = 0; at < keys.length; at++) {
      pending[at]?.finish(WORKS)
      await settle()
    }
    await verifying
    expect(new Set(reported)).toEqual(new Set(keys.map(({ key }) => key)))
    expect(reported).toHaveLength(keys.length)
  })

  it('begins no further key and reports nothing more once the caller has left', async () => {
    const { pending, probe } = createProbe()
    const caller = new AbortController()
    const reported: string[] = []
    const verifying = verifyKeys(keys, {
      probe,
      now: () => 0,
      signal: caller.signal,
      onReport: (_, { key }) => reported.push(key),
    })
    await settle()
    caller.abort()
    for (const { finish } of pending) finish(WORKS)
    await verifying
    expect(pending).toHaveLength(6)
    expect(reported).toEqual([])
  })
})
