import { describe, expect, it } from 'vitest'
import { NO_MODEL } from '../balancer/key-balancer.ts'
import type { Failure, RateLimited } from '../errors.ts'
import { poolKey } from '../keys/__fixtures__/pool-key.ts'
import type { PoolKey } from '../keys/pool-key.ts'
import { HOUR, MINUTE, SECOND } from '../lib/time.ts'
import { createLog } from '../telemetry/log.ts'
import { KeyPool, type KeyPoolOptions, type Rest, type Turn } from './key-pool.ts'

const START = Date.UTC(2026, 10, 21, 3)
const NOBODY: ReadonlySet<number> = new Set()

const INVALID: Failure = { kind: 'dead-key', reason: 'invalid' }
const SPENT: Failure = { kind: 'unfunded', reason: 'spend-cap' }
const FAULT: Failure = { kind: 'upstream-fault', cause: 'network' }

const limited = (fields: Partial<RateLimited> = {}): Failure => ({
  kind: 'rate-limited',
  scope: 'minute',
  retryAfterMs: 30 * SECOND,
  quotaModel: null,
  limit: null,
  ...fields,
})

/** A pool whose clock stands still until a test moves it, and whose dice always show 0. */
function createPool(keys: readonly PoolKey[], options: Partial<KeyPoolOptions> = {}) {
  const clock = { now: START }
  const rests: Rest[] = []
  const lines: string[] = []
  const pool = new KeyPool(keys, {
    now: () => clock.now,
    random: () => 0,
    maxFailures: 3,
    log: createLog(
      (line) => lines.push(line),
      'debug',
      () => clock.now,
    ),
    owner: 'operator',
    onRest: (rest) => rests.push(rest),
    ...options,
  })
  const turnOf = (index: number): Turn => ({ index, key: keys[index] ?? poolKey('missing') })
  const isFree = (index: number, model: string) => {
    const others = new Set(keys.keys())
    others.delete(index)
    return pool.take(model, others) !== null
  }
  return { pool, clock, rests, lines, turnOf, isFree }
}

describe('KeyPool, whose turn', () => {
  it('gives the keys in turn by weight, never one that was tried', () => {
    const { pool } = createPool([poolKey('a', { weight: 2 }), poolKey('b')])
    const taken = Array.from({ length: 6 }, () => pool.take('m', NOBODY)?.key.key)
    expect(taken.filter((key) => key === 'a')).toHaveLength(4)
    expect(pool.take('m', new Set([0]))?.key.key).toBe('b')
    expect(pool.take('m', new Set([0, 1]))).toBeNull()
  })

  it('begins anywhere, so that isolates do not all begin at the first key', () => {
    const keys = ['a', 'b', 'c', 'd'].map((key) => poolKey(key))
    const { pool } = createPool(keys, { random: () => 0.5 })
    expect(pool.take('m', NOBODY)?.key.key).toBe('c')
  })

  it('of no keys has no turn to give', () => {
    expect(createPool([]).pool.take('m', NOBODY)).toBeNull()
  })
})

describe('KeyPool, who rests', () => {
  it('a quota rests every key of the project for the model, and nobody else', () => {
    const { pool, turnOf, isFree, rests } = createPool([
      poolKey('a', { project: 'p' }),
      poolKey('b', { project: 'p' }),
      poolKey('c', { project: 'q' }),
      poolKey('d'),
    ])
    pool.failed(turnOf(0), 'm', limited(), null)
    expect([0, 1, 2, 3].map((index) => isFree(index, 'm'))).toEqual([false, false, true, true])
    expect([0, 1].map((index) => isFree(index, 'other'))).toEqual([true, true])
    expect(rests.map(({ keyId }) => keyId)).toEqual([poolKey('a').id, poolKey('b').id])
  })

  it('a quota of a key without a known project rests it alone', () => {
    const { pool, turnOf, isFree } = createPool([poolKey('a'), poolKey('b')])
    pool.failed(turnOf(0), 'm', limited(), null)
    expect([0, 1].map((index) => isFree(index, 'm'))).toEqual([false, true])
  })

  it('a dead key rests alone, whatever its project', () => {
    const { pool, turnOf, isFree } = createPool([
      poolKey('a', { project: 'p' }),
      poolKey('b', { project: 'p' }),
    ])
    pool.failed(turnOf(0), 'm', INVALID, null)
    expect(['m', 'other', NO_MODEL].map((model) => isFree(0, model))).toEqual([false, false, false])
    expect(isFree(1, 'm')).toBe(true)
  })

  it('a project without money rests whole, for every model', () => {
    const { pool, turnOf, isFree } = createPool([
      poolKey('a', { project: 'p' }),
      poolKey('b', { project: 'p' }),
    ])
    pool.failed(turnOf(1), 'm', SPENT, null)
    expect([0, 1].map((index) => isFree(index, 'other'))).toEqual([false, false])
  })

  it('a quota that names its family rests the family and the id that was asked for', () => {
    const { pool, turnOf, isFree, rests } = createPool([poolKey('a')])
    pool.failed(turnOf(0), 'gemini-3.1-pro-preview', limited({ quotaModel: 'gemini-3.1-pro' }), null)
    expect(isFree(0, 'gemini-3.1-pro-preview')).toBe(false)
    expect(isFree(0, 'gemini-3.1-pro')).toBe(false)
    expect(isFree(0, 'gemini-3.8-flash')).toBe(true)
    expect(rests.map(({ model }) => model)).toEqual(['gemini-3.1-pro-preview', 'gemini-3.1-pro'])
  })

  it('a quota that names the very model rests it once', () => {
    const { pool, turnOf, rests } = createPool([poolKey('a')])
    pool.failed(turnOf(0), 'm', limited({ quotaModel: 'm' }), null)
    expect(rests).toHaveLength(1)
  })

  it('a hundred mistakes of callers rest nobody', () => {
    const { pool, turnOf, isFree, rests } = createPool([poolKey('a'), poolKey('b')])
    for (let i = 0; i < 100; i++) {
      pool.succeeded(turnOf(1), 'm')
      pool.failed(turnOf(0), 'm', { kind: 'caller-fault', status: 400 }, null)
      pool.failed(turnOf(0), 'm', { kind: 'foreign-resource' }, null)
      pool.failed(turnOf(0), 'm', { kind: 'overloaded', retryAfterMs: null }, null)
    }
    expect(isFree(0, 'm')).toBe(true)
    expect(rests).toEqual([])
  })

  it('tells of a rest once, with its end, reason and time', () => {
    const { pool, turnOf, rests } = createPool([poolKey('a')])
    pool.failed(turnOf(0), 'm', limited(), 'words')
    pool.failed(turnOf(0), 'm', limited(), 'words') // a second request that was in flight
    expect(rests).toEqual([
      {
        keyId: poolKey('a').id,
        model: 'm',
        until: START + 30 * SECOND,
        reason: 'rate-limited',
        streak: 0,
        since: START,
      },
    ])
  })

  it('logs who rests and why, never the key', () => {
    const { pool, turnOf, lines } = createPool([poolKey('AIzaSyVerySecretKey0123456789', { project: 'p' })])
    pool.failed(turnOf(0), 'm', INVALID, 'API key not valid.')
    expect(lines.join()).toContain(`cause=dead-key/invalid until=cleared-by-verify`)
    expect(lines.join()).toContain(String(turnOf(0).key.id))
    expect(lines.join()).not.toContain('VerySecret')
  })

  it('an absurd delay of an upstream breaks nothing', () => {
    const { pool, turnOf, isFree } = createPool([poolKey('a')])
    pool.failed(turnOf(0), 'm', limited({ retryAfterMs: Number.POSITIVE_INFINITY }), null)
    expect(isFree(0, 'm')).toBe(false)
  })
})

describe('KeyPool, failures without an explanation', () => {
  it('rest a key at the third in a row while other calls work', () => {
    const { pool, turnOf, isFree, clock } = createPool([poolKey('a'), poolKey('b')])
    for (let i = 0; i < 2; i++) {
      pool.failed(turnOf(0), 'm', FAULT, null)
      pool.succeeded(turnOf(1), 'm')
    }
    expect(isFree(0, 'm')).toBe(true)
    pool.failed(turnOf(0), 'm', FAULT, null)
    expect(isFree(0, 'm')).toBe(false)
    expect(isFree(0, 'other')).toBe(true)
    clock.now += MINUTE
    expect(isFree(0, 'm')).toBe(true)
  })

  it('rest nobody while nothing works at all', () => {
    const { pool, turnOf, rests } = createPool([poolKey('a'), poolKey('b')])
    for (let i = 0; i < 20; i++) {
      pool.failed(turnOf(0), 'm', FAULT, null)
      pool.failed(turnOf(1), 'm', FAULT, null)
    }
    expect(rests).toEqual([])
  })

  it('of an outage do not count once it is over', () => {
    const { pool, turnOf, rests } = createPool([poolKey('a'), poolKey('b')])
    for (let i = 0; i < 20; i++) pool.failed(turnOf(0), 'm', FAULT, null)
    pool.succeeded(turnOf(1), 'm')
    pool.failed(turnOf(0), 'm', FAULT, null)
    expect(rests).toEqual([])
  })

  it('count from the start again after a success of the key', () => {
    const { pool, turnOf, rests } = createPool([poolKey('a'), poolKey('b')])
    for (let i = 0; i < 10; i++) {
      pool.failed(turnOf(0), 'm', FAULT, null)
      pool.succeeded(turnOf(1), 'm')
      pool.failed(turnOf(0), 'm', FAULT, null)
      pool.succeeded(turnOf(0), 'm')
    }
    expect(rests).toEqual([])
  })

  it('count for each model apart', () => {
    const { pool, turnOf, rests } = createPool([poolKey('a'), poolKey('b')])
    for (const model of ['m', 'n', 'o', 'p']) {
      pool.succeeded(turnOf(1), model)
      pool.failed(turnOf(0), model, FAULT, null)
      pool.succeeded(turnOf(1), model)
    }
    expect(rests).toEqual([])
  })
})

describe('KeyPool, adopt and revive', () => {
  const rest: Rest = {
    keyId: poolKey('a').id,
    model: 'm',
    until: START + HOUR,
    reason: 'rate-limited',
    streak: 0,
    since: START - HOUR,
  }

  it('takes over a rest of another isolate, without telling of it again', () => {
    const { pool, isFree, rests } = createPool([poolKey('a')])
    pool.hear({ kind: 'rest', rest: rest })
    expect(isFree(0, 'm')).toBe(false)
    expect(rests).toEqual([])
    expect(pool.exhausted('m')).toMatchObject({ cause: 'quota', retryAfterMs: HOUR })
  })

  it('ignores keys it does not have and rests that are over', () => {
    const { pool, isFree } = createPool([poolKey('a')])
    pool.hear({ kind: 'rest', rest: { ...rest, keyId: poolKey('gone').id } })
    pool.hear({ kind: 'rest', rest: { ...rest, until: START } })
    expect(isFree(0, 'm')).toBe(true)
  })

  it('keeps what it knows better: a longer rest, and the words for it', () => {
    const { pool, turnOf } = createPool([poolKey('a')])
    pool.failed(turnOf(0), 'm', limited({ scope: 'day' }), 'Daily quota exceeded.')
    const before = pool.exhausted('m')
    pool.hear({ kind: 'rest', rest: { ...rest, until: START + MINUTE } })
    pool.hear({ kind: 'rest', rest: { ...rest, until: START } })
    expect(pool.exhausted('m')).toEqual(before)
  })

  it('brings a dead key back when it was seen to work, and tells of it', () => {
    const revived: string[] = []
    const { pool, turnOf, isFree } = createPool([poolKey('a')], { onRevival: (id) => revived.push(id) })
    pool.failed(turnOf(0), 'm', INVALID, null)
    pool.revive(turnOf(0).key.id)
    expect(isFree(0, 'm')).toBe(true)
    expect(revived).toEqual([turnOf(0).key.id])
  })

  it('tells of no revival of a key that did not rest, or that it does not have', () => {
    const revived: string[] = []
    const { pool, turnOf } = createPool([poolKey('a')], { onRevival: (id) => revived.push(id) })
    pool.revive(turnOf(0).key.id)
    pool.revive(poolKey('gone').id)
    expect(revived).toEqual([])
  })
})

describe('KeyPool, when nobody is left', () => {
  it('names the soonest recovery and its reason', () => {
    const { pool, turnOf, clock } = createPool([poolKey('a'), poolKey('b')])
    pool.failed(turnOf(0), 'm', limited({ retryAfterMs: 50 * SECOND }), 'fifty')
    pool.failed(turnOf(1), 'm', limited({ retryAfterMs: 20 * SECOND }), 'twenty')
    clock.now += 5 * SECOND
    expect(pool.exhausted('m')).toEqual({
      kind: 'exhausted',
      cause: 'quota',
      retryAfterMs: 15 * SECOND,
      upstreamMessage: 'twenty',
      model: 'm',
    })
  })

  it('says that the operator must act when every key is dead', () => {
    const { pool, turnOf } = createPool([poolKey('a'), poolKey('b')])
    for (const index of [0, 1]) pool.failed(turnOf(index), 'm', INVALID, 'API key not valid.')
    expect(pool.exhausted('other')).toEqual({
      kind: 'exhausted',
      cause: 'keys-refused',
      retryAfterMs: null,
      upstreamMessage: 'API key not valid.',
      model: 'other',
    })
  })

  it('blames what holds now, not a quota of the same key that is long over', () => {
    const { pool, turnOf, clock } = createPool([poolKey('a')])
    pool.failed(turnOf(0), 'm', limited(), 'quota words')
    clock.now += HOUR
    pool.failed(turnOf(0), 'm', INVALID, 'API key not valid.')
    expect(pool.exhausted('m')).toMatchObject({
      cause: 'keys-refused',
      upstreamMessage: 'API key not valid.',
    })
  })

  it('blames the rest that ends last when a key has two', () => {
    const { pool, turnOf } = createPool([poolKey('a')])
    pool.failed(turnOf(0), 'm', limited(), 'quota words')
    pool.failed(turnOf(0), 'm', SPENT, 'cap words')
    expect(pool.exhausted('m')).toMatchObject({ cause: 'keys-refused', upstreamMessage: 'cap words' })
  })

  it('blames a key that may serve the model when none will be back', () => {
    const keys = [poolKey('a', { models: ['other'] }), poolKey('b', { models: ['m'] })]
    const { pool, turnOf } = createPool(keys)
    pool.failed(turnOf(1), 'm', INVALID, 'API key not valid.')
    expect(pool.exhausted('m')).toMatchObject({
      cause: 'keys-refused',
      upstreamMessage: 'API key not valid.',
    })
  })

  it('speaks of overload when unexplained failures made the keys rest', () => {
    const { pool, turnOf } = createPool([poolKey('a')], { maxFailures: 1 })
    pool.failed(turnOf(0), 'm', FAULT, null)
    pool.succeeded(turnOf(0), 'other')
    pool.failed(turnOf(0), 'm', FAULT, null)
    expect(pool.exhausted('m')).toMatchObject({ cause: 'overload', retryAfterMs: expect.any(Number) })
  })

  it('names no model for calls that concern none', () => {
    const { pool, turnOf } = createPool([poolKey('a')])
    pool.failed(turnOf(0), NO_MODEL, limited(), null)
    expect(pool.exhausted(NO_MODEL).model).toBeNull()
  })
})

describe('KeyPool, projects and models', () => {
  it('counts keys without a known project as one each', () => {
    const keys = [poolKey('a', { project: 'p' }), poolKey('b', { project: 'p' }), poolKey('c'), poolKey('d')]
    expect(createPool(keys).pool.projectCount).toBe(3)
  })

  it('serves what any allow-list has', () => {
    const { pool } = createPool([poolKey('a', { models: ['m'] })])
    expect(['m', 'n', NO_MODEL].map((model) => pool.isServed(model))).toEqual([true, false, true])
  })
})
