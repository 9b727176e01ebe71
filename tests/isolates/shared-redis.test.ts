import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { nextPacificMidnight } from '../../src/health/pacific-midnight.ts'
import type { KV } from '../../src/kv/kv.ts'
import { openRedisKV } from '../../src/kv/redis.ts'
import { type RedisServer, startRedisServer } from '../conformance/redis-server.ts'
import { type Cluster, type ClusterKey, drive, type Isolate, startCluster } from './cluster.ts'
import { countCalls, readState, sumOf } from './stored-state.ts'

const ISOLATES = 8
/** Served by a key of its own: keeps isolates in touch with the store without a call to any other key. */
const SIDE_MODEL = 'gemini-2.5-flash-lite'
/** Within this all isolates know what one has found out. */
const NEWS_MS = 10_000
/** Counters are flushed at the first request after 5 s; one second for that request, on a busy machine. */
const FLUSH_MS = 6_000
const OUTAGE_MS = 20_000
/** A store that failed is left alone for 5 s: then the next request, and what it writes. */
const RECOVERY_MS = 12_000

let redis: RedisServer
let kv: KV
let cluster: Cluster

beforeAll(async () => {
  redis = await startRedisServer()
  kv = openRedisKV({ url: redis.url })
})
afterAll(async () => {
  await kv.close()
  await redis[Symbol.asyncDispose]()
})
beforeEach(() => redis.operator.flushall())
afterEach(() => cluster.stop())

async function start(keys: readonly ClusterKey[]): Promise<readonly [Isolate, ...Isolate[]]> {
  cluster = await startCluster({ size: ISOLATES, keys, redisUrl: redis.url })
  const [first, ...others] = cluster.isolates
  if (!first) throw new Error('No isolate')
  return [first, ...others]
}

const keysOf = (names: string): ClusterKey[] => [...names].map((name) => ({ key: keyOf(name) }))
const keyOf = (name: string) => `sim-key-${name}`
const readStored = (names: string) => readState(kv, [...names].map(keyOf))

/** All isolates at once, each a request at a time. @returns the statuses of all. */
async function driveAll(times: (index: number) => number): Promise<number[]> {
  const driven = cluster.isolates.map((isolate, index) =>
    drive(isolate, { isOver: (done) => done >= times(index) }),
  )
  return (await Promise.all(driven)).flat()
}

const callsTo = (name: string) => cluster.calls().filter(({ key }) => key === keyOf(name))

/** How often one isolate was refused with a key on one of Google's days, at most. */
function mostRefusalsOfAnIsolate(name: string): number {
  const refused = callsTo(name).filter(({ status }) => status !== 200)
  const days = refused.map(({ isolate, at }) => `${isolate} ${nextPacificMidnight(at)}`)
  const counts = new Map<string, number>()
  for (const day of days) counts.set(day, (counts.get(day) ?? 0) + 1)
  return Math.max(...counts.values())
}

const revoke = (name: string) => cluster.simulator.updateKey({ key: keyOf(name), state: 'leaked' })
const spendDay = (name: string) =>
  cluster.simulator.addFault({ match: { key: keyOf(name) }, fault: { error: 'quota-day' } })

describe('8 isolates over one Redis', () => {
  test('all keys healthy, each isolate at its own pace: the shares are those of the weights, within 5 %', async () => {
    const weights = { a: 5, b: 3, c: 2, d: 1, e: 1 }
    await start(Object.entries(weights).map(([name, weight]) => ({ key: keyOf(name), weight })))
    const statuses = await driveAll((index) => 101 + 30 * index)
    expect(new Set(statuses)).toEqual(new Set([200]))
    const turn = statuses.length / Object.values(weights).reduce((sum, weight) => sum + weight)
    for (const [name, weight] of Object.entries(weights)) {
      expect(callsTo(name).length / (turn * weight), name).toBeGreaterThan(0.95)
      expect(callsTo(name).length / (turn * weight), name).toBeLessThan(1.05)
    }
  })

  test('a key dead for the day and one dead for good: each isolate tries them once at most, no caller notices', async () => {
    await start(keysOf('abcde'))
    spendDay('a')
    revoke('b')
    const statuses = await driveAll(() => 40)
    expect(new Set(statuses)).toEqual(new Set([200]))
    expect(mostRefusalsOfAnIsolate('a')).toBe(1)
    expect(mostRefusalsOfAnIsolate('b')).toBe(1)
    expect((await readStored('abcde')).health).toEqual({
      [keyOf('a')]: 'rate-limited',
      [keyOf('b')]: 'dead-key',
    })
  })

  test('one isolate finds keys dead, another brings one back: all know within 10 s', async () => {
    const models = ['gemini-2.5-flash']
    const [finder, ...others] = await start([
      ...keysOf('abcde').map((key) => ({ ...key, models })),
      { key: keyOf('side'), models: [SIDE_MODEL] },
    ])
    revoke('a')
    await driveAll(() => 10)
    const rested = await readStored('abcde')
    expect(rested.health).toEqual({ [keyOf('a')]: 'dead-key' })

    revoke('b')
    spendDay('c')
    cluster.simulator.clearCalls()
    await drive(finder, { isOver: () => callsTo('b').length > 0 && callsTo('c').length > 0 })
    cluster.simulator.updateKey({ key: keyOf('a'), state: 'ok' })
    expect(await others.at(-1)?.verify(keyOf('a'))).toContain('GOOD')
    const knownAt = Date.now() + NEWS_MS
    const isOver = () => Date.now() >= knownAt
    await Promise.all(
      cluster.isolates.map((isolate) => drive(isolate, { isOver, model: SIDE_MODEL, paceMs: 200 })),
    )

    cluster.simulator.clearCalls()
    await driveAll(() => 12)
    expect(callsTo('b')).toEqual([])
    expect(callsTo('c')).toEqual([])
    expect(new Set(callsTo('a').map(({ isolate }) => isolate)).size).toBe(ISOLATES)
  })

  test('an isolate killed half a second after its answer: what it found out of five keys is stored', async () => {
    const [victim] = await start(keysOf('abcdef'))
    await drive(victim, { isOver: (done) => done >= 6 })
    for (const name of 'abcde') revoke(name)
    await drive(victim, { isOver: () => cluster.calls().filter(({ status }) => status !== 200).length >= 5 })
    // Health is written behind the answer, so that no caller waits for the store: give it that moment.
    await new Promise((resolve) => setTimeout(resolve, 500))
    await victim.end('SIGKILL')
    const dead = Object.fromEntries([...'abcde'].map((name) => [keyOf(name), 'dead-key']))
    await expect.poll(async () => (await readStored('abcdef')).health).toEqual(dead)
  })

  test('isolates killed under load: no health record is lost, and at most one flush interval of their counters', async () => {
    await start(keysOf('abcdefgh'))
    const killedAt = new Map<string, number>()
    let hasEnded = false
    const load = cluster.isolates.map((isolate, index) =>
      drive(isolate, { isOver: () => hasEnded || killedAt.has(isolate.name), paceMs: 30 + 7 * index }).catch(
        (error: unknown) => {
          if (!killedAt.has(isolate.name)) throw error
          return []
        },
      ),
    )
    for (const [name, afterMs] of [
      ['a', 1_500],
      ['b', 3_000],
      ['c', 4_300],
    ] as const) {
      await sleep(afterMs)
      revoke(name)
    }
    for (const isolate of cluster.isolates.slice(0, 2)) {
      await sleep(150)
      killedAt.set(isolate.name, Date.now())
      await isolate.end('SIGKILL')
    }
    hasEnded = true
    const statuses = (await Promise.all(load)).flat()
    expect(new Set(statuses)).toEqual(new Set([200]))
    await Promise.all(cluster.isolates.slice(2).map((isolate) => isolate.end('SIGTERM')))

    const stored = await readStored('abcdefgh')
    const calls = cluster.calls()
    const refused = calls.filter(({ status }) => status !== 200).map(({ key }) => key)
    expect(new Set(Object.keys(stored.health))).toEqual(new Set(refused))
    const atRisk = calls.filter(({ isolate, at }) => at > (killedAt.get(isolate) ?? Infinity) - FLUSH_MS)
    const lost = sumOf(countCalls(calls)) - sumOf(stored.counts)
    expect(lost).toBeGreaterThanOrEqual(0)
    expect(lost).toBeLessThanOrEqual(atRisk.length)
    for (const [slot, count] of Object.entries(stored.counts)) {
      expect(count, slot).toBeLessThanOrEqual(countCalls(calls)[slot] ?? 0)
    }
  })

  test('Redis away for 20 s under load: no request fails, and what was found out meanwhile is stored when it is back', async () => {
    await start(keysOf('abcd'))
    let hasEnded = false
    const load = cluster.isolates.map((isolate, index) =>
      drive(isolate, { isOver: () => hasEnded, paceMs: 60 + 20 * index }),
    )
    const statusesOf = () => Promise.all(cluster.isolates.map((isolate) => isolate.health()))
    const allSay = (status: string) => cluster.isolates.map(() => status)

    await expect.poll(statusesOf, { timeout: NEWS_MS }).toEqual(allSay('ok'))
    const stoppedAt = Date.now()
    await redis.stop()
    await expect.poll(statusesOf, { timeout: NEWS_MS }).toEqual(allSay('degraded'))
    await sleep(Math.max(stoppedAt + OUTAGE_MS / 2 - Date.now(), 0))
    revoke('a')
    await sleep(Math.max(stoppedAt + OUTAGE_MS - Date.now(), 0))
    expect(await statusesOf()).toEqual(allSay('degraded'))

    await redis.start()
    await expect.poll(statusesOf, { timeout: RECOVERY_MS }).toEqual(allSay('ok'))
    hasEnded = true
    expect(new Set((await Promise.all(load)).flat())).toEqual(new Set([200]))
    expect(await Promise.all(cluster.isolates.map((isolate) => isolate.end('SIGTERM')))).toEqual(
      cluster.isolates.map(() => 0),
    )

    const stored = await readStored('abcd')
    expect(stored.health).toEqual({ [keyOf('a')]: 'dead-key' })
    expect(mostRefusalsOfAnIsolate('a')).toBe(1)
    const calls = cluster.calls()
    // A flush that Redis had done, but not confirmed when it stopped, is done again.
    const atStop = calls.filter(({ at }) => at > stoppedAt - FLUSH_MS && at <= stoppedAt).length
    for (const [slot, count] of Object.entries(countCalls(calls))) {
      expect(stored.counts[slot], slot).toBeGreaterThanOrEqual(count)
    }
    expect(sumOf(stored.counts) - calls.length).toBeLessThanOrEqual(atStop)
  })
})
