import { describe, expect, it, vi } from 'vitest'
import { poolKey } from '../keys/__fixtures__/pool-key.ts'
import type { KV } from '../kv/kv.ts'
import { createMemoryKV } from '../kv/memory.ts'
import { createLog } from '../telemetry/log.ts'
import { KeyPool } from './key-pool.ts'
import { PoolSync } from './pool-sync.ts'
import { StoreLink } from './store-link.ts'

const MODEL = 'gemini-2.5-flash'
const START = Date.parse('2026-11-21T12:00:00Z')
const DAY_QUOTA = {
  kind: 'rate-limited',
  scope: 'day',
  retryAfterMs: null,
  quotaModel: null,
  limit: 20,
} as const

/** Counts every command, and can be taken away. */
function createStore(clock: { now: number }) {
  const memory = createMemoryKV({ now: () => clock.now })
  const store = { commands: 0, isDown: false }
  const command = <A extends unknown[], R>(run: (...args: A) => Promise<R>) => {
    return (...args: A): Promise<R> => {
      store.commands++
      return store.isDown ? Promise.reject(new Error('refused')) : run(...args)
    }
  }
  const kv: KV = {
    traits: memory.traits,
    get: command(memory.get.bind(memory)),
    set: command(memory.set.bind(memory)),
    delete: command(memory.delete.bind(memory)),
    list: command(memory.list.bind(memory)),
    increment: command(memory.increment.bind(memory)),
    close: memory.close.bind(memory),
  }
  return Object.assign(store, { kv, memory })
}

function createIsolate(kv: KV, clock: { now: number }, names = 'abc') {
  const now = () => clock.now
  const log: string[] = []
  const logger = createLog((line) => log.push(line), 'info', now)
  const sync = new PoolSync({
    link: new StoreLink({ openKV: async () => kv, now, log: logger }),
    now,
    random: () => 0.5,
    onRead: async () => undefined,
  })
  const pool = new KeyPool(
    [...names].map((name) => poolKey(name)),
    {
      now,
      random: () => 0,
      maxFailures: 3,
      log: logger,
      owner: 'operator',
      onRest: (rest) => sync.noteRest(rest),
      onRevival: (id) => sync.noteRevival(id),
      onCall: (id, model, result) => sync.noteCall(id, model, result),
    },
  )
  sync.attach(pool)
  const take = () => {
    const turn = pool.take(MODEL, new Set())
    if (!turn) throw new Error('No key is free.')
    return turn
  }
  return { pool, sync, log, take }
}

describe('PoolSync', () => {
  it('tells another isolate of a rest at its next look, within six seconds', async () => {
    const clock = { now: START }
    const { kv } = createStore(clock)
    const [one, two] = [createIsolate(kv, clock), createIsolate(kv, clock)]
    await Promise.all([one.sync.warmUp(), two.sync.warmUp()])
    one.pool.failed(one.take(), MODEL, DAY_QUOTA, null)
    await one.sync.tick()
    clock.now += 6_000
    await two.sync.tick()
    const seen = Array.from({ length: 9 }, () => two.take().key.key)
    expect(new Set(seen).size).toBe(2)
  })

  it('begins with what the store knows', async () => {
    const clock = { now: START }
    const { kv } = createStore(clock)
    const one = createIsolate(kv, clock)
    await one.sync.warmUp()
    const dead = one.take()
    one.pool.failed(dead, MODEL, { kind: 'dead-key', reason: 'invalid' }, null)
    await one.sync.tick()
    const two = createIsolate(kv, clock)
    await two.sync.warmUp()
    expect(Array.from({ length: 6 }, () => two.take().index)).not.toContain(dead.index)
  })

  it('brings a key back everywhere when it was seen to work, and not one that died again later', async () => {
    const clock = { now: START }
    const { kv } = createStore(clock)
    const [one, two] = [createIsolate(kv, clock, 'a'), createIsolate(kv, clock, 'a')]
    await Promise.all([one.sync.warmUp(), two.sync.warmUp()])
    const turn = one.take()
    one.pool.failed(turn, MODEL, { kind: 'dead-key', reason: 'invalid' }, null)
    await one.sync.tick()
    clock.now += 6_000
    await two.sync.tick()
    expect(two.pool.take(MODEL, new Set())).toBeNull()
    one.pool.revive(turn.key.id)
    await one.sync.tick()
    clock.now += 6_000
    await two.sync.tick()
    const again = two.take()
    clock.now += 1
    two.pool.failed(again, MODEL, { kind: 'dead-key', reason: 'leaked' }, null)
    two.pool.hear({ kind: 'revival', keyId: turn.key.id, at: clock.now - 2 })
    expect(two.pool.take(MODEL, new Set())).toBeNull()
  })

  it('begins where all isolates together have come to', async () => {
    const clock = { now: START }
    const { kv } = createStore(clock)
    const firsts: number[] = []
    for (let isolate = 0; isolate < 3; isolate++) {
      const { sync, take } = createIsolate(kv, clock)
      await sync.warmUp()
      firsts.push(take().index)
    }
    expect(new Set(firsts).size).toBe(3)
  })

  it('counts calls by day, key, model and result, and loses none when the store was away', async () => {
    const clock = { now: START }
    const store = createStore(clock)
    const { pool, sync, take } = createIsolate(store.kv, clock, 'a')
    await sync.warmUp()
    for (let call = 0; call < 7; call++) pool.succeeded(take(), MODEL)
    store.isDown = true
    await sync.close()
    clock.now += 6_000
    store.isDown = false
    pool.failed(take(), MODEL, { kind: 'overloaded', retryAfterMs: null }, null)
    pool.failed(take(), MODEL, { kind: 'caller-fault', status: 400 }, null)
    await sync.close()
    const { entries } = await store.memory.list('count/')
    const id = pool.keys[0]?.id
    expect(Object.fromEntries(entries)).toEqual({
      [`count/2026-11-21/${id}/${MODEL}/ok`]: 7,
      [`count/2026-11-21/${id}/${MODEL}/failed`]: 1,
    })
  })

  it('needs at most 0.05 commands a request at 50 requests a second, and 5 a health change', async () => {
    const clock = { now: START }
    const store = createStore(clock)
    const { pool, sync, take } = createIsolate(store.kv, clock, 'abcdefghij')
    await sync.warmUp()
    store.commands = 0
    for (let request = 0; request < 3_000; request++) {
      pool.succeeded(take(), MODEL)
      clock.now += 20
      await sync.tick()
    }
    expect(store.commands / 3_000).toBeLessThanOrEqual(0.05)
    const before = store.commands
    pool.failed(take(), MODEL, DAY_QUOTA, null)
    await sync.tick()
    expect(store.commands - before).toBeLessThanOrEqual(5)
  })

  it('writes what was found out while the store was away, when it is back', async () => {
    const clock = { now: START }
    const store = createStore(clock)
    const { pool, sync, take, log } = createIsolate(store.kv, clock)
    await sync.warmUp()
    store.isDown = true
    pool.failed(take(), MODEL, DAY_QUOTA, null)
    await sync.tick()
    expect(sync.tick()).toBeNull()
    clock.now += 5_000
    store.isDown = false
    await sync.tick()
    expect((await store.memory.list('health/')).entries).toHaveLength(1)
    expect(log.filter((line) => line.includes('store'))).toHaveLength(2)
  })
})

describe('PoolSync, a revival', () => {
  it('is not undone by an older rest that is published later', async () => {
    const clock = { now: START }
    const { kv } = createStore(clock)
    const [late, other] = [createIsolate(kv, clock, 'a'), createIsolate(kv, clock, 'a')]
    await Promise.all([late.sync.warmUp(), other.sync.warmUp()])
    const turn = late.take()
    late.pool.failed(turn, MODEL, { kind: 'dead-key', reason: 'invalid' }, null)
    other.pool.failed(other.take(), MODEL, { kind: 'dead-key', reason: 'invalid' }, null)
    await other.sync.tick()
    clock.now += 1_000
    other.pool.revive(turn.key.id)
    await other.sync.tick()
    await late.sync.tick()
    clock.now += 6_000
    await Promise.all([late.sync.tick(), other.sync.tick()])
    expect(late.take().index).toBe(0)
    expect(other.take().index).toBe(0)
  })
})

describe('PoolSync, the beginning', () => {
  it('is left to chance for an isolate that has a store of its own', async () => {
    const clock = { now: START }
    const { kv } = createStore(clock)
    const { sync, pool } = createIsolate(kv, clock)
    const startAt = vi.spyOn(pool, 'startAt')
    await sync.warmUp()
    expect(startAt).not.toHaveBeenCalled()
  })

  it('costs no news when it cannot be leased', async () => {
    const clock = { now: START }
    const { kv } = createStore(clock)
    const one = createIsolate(kv, clock, 'ab')
    await one.sync.warmUp()
    const turn = one.take()
    one.pool.failed(turn, MODEL, DAY_QUOTA, null)
    await one.sync.tick()
    const refusing: KV = { ...kv, increment: async () => Promise.reject(new Error('too many writes')) }
    const two = createIsolate(refusing, clock, 'ab')
    await two.sync.warmUp()
    expect([two.take().index, two.take().index]).not.toContain(turn.index)
  })
})
