import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { WeightedRing } from '../../src/balancer/weighted-ring.ts'
import type { KV } from '../../src/kv/kv.ts'
import { openRedisKV } from '../../src/kv/redis.ts'
import { openSqliteKV } from '../../src/kv/sqlite.ts'
import { startRedisServer } from '../conformance/redis-server.ts'
import { type Cluster, drive, type Isolate, startCluster } from './cluster.ts'
import { countCalls, readState } from './stored-state.ts'

/** A sum of 17: no whole number of leases is a whole number of rounds. */
const KEYS = [5, 4, 3, 2, 1, 1, 1].map((weight, index) => ({ key: `sim-key-${index}`, weight }))
const DEAD = 5
const SPENT = 6
const IN_FLIGHT_MS = 400

const cleanups: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

const STORES = [
  { store: 'Redis, beside two others', size: 3, open: openCommonRedis },
  { store: 'a SQLite file', size: 1, open: openOwnFile },
] as const

async function openCommonRedis() {
  const redis = await startRedisServer()
  cleanups.push(async () => redis[Symbol.asyncDispose]())
  return { redisUrl: redis.url, openKV: () => openRedisKV({ url: redis.url }) }
}

async function openOwnFile() {
  return {
    redisUrl: null,
    openKV: ({ dataDir }: Isolate) => openSqliteKV({ path: join(dataDir, 'gateway.db'), now: Date.now }),
  }
}

/** The keys that the round robin gives from a position on, while two of them rest. */
function turnsFrom(position: number, count: number): (string | undefined)[] {
  const ring = new WeightedRing(
    KEYS.map(({ weight }) => weight),
    position,
  )
  ring.remove(DEAD)
  ring.remove(SPENT)
  return Array.from({ length: count }, () => KEYS[ring.next() ?? -1]?.key)
}

async function readOnce(kv: KV) {
  const state = await readState(
    kv,
    KEYS.map(({ key }) => key),
  )
  await kv.close()
  return state
}

describe('a restart in good order', () => {
  test.each(STORES)('over $store: keeps cooldowns, counters and position', async ({ size, open }) => {
    const { redisUrl, openKV } = await open()
    const cluster: Cluster = await startCluster({ size, keys: KEYS, redisUrl })
    cleanups.push(() => cluster.stop())
    const [isolate] = cluster.isolates
    if (!isolate) throw new Error('No isolate')
    const { simulator, isolates } = cluster
    simulator.updateKey({ key: KEYS[DEAD]?.key ?? '', state: 'leaked' })
    simulator.addFault({ match: { key: KEYS[SPENT]?.key ?? '' }, fault: { error: 'quota-day' } })
    await Promise.all(isolates.map((each) => drive(each, { isOver: (done) => done >= 40 })))

    const before = cluster.calls().length
    simulator.setPacing({ headersMs: IN_FLIGHT_MS })
    const inFlight = isolate.generate()
    await expect.poll(() => cluster.calls().length).toBe(before + 1)
    const exits = Promise.all(isolates.map((each) => each.end('SIGTERM')))
    expect(await inFlight).toBe(200)
    expect(await exits).toEqual(isolates.map(() => 0))
    const stored = await readOnce(openKV(isolate))
    expect(stored.counts).toEqual(countCalls(cluster.calls()))

    simulator.setPacing({ headersMs: 0 })
    simulator.clearCalls()
    await isolate.start()
    await drive(isolate, { isOver: (done) => done >= 30 })
    const turns = turnsFrom(stored.position, 30)
    expect(turns).not.toEqual(turnsFrom(0, 30))
    expect(cluster.calls().map(({ key }) => key)).toEqual(turns)
  })
})
