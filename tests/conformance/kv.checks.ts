import { healthKey, readHealthRecord } from '../../src/kv/keyspace.ts'
import type { Json, KV } from '../../src/kv/kv.ts'
import type { Brand } from '../../src/lib/brand.ts'
import { expectEqual, expectRejection } from './expect.ts'

/** What a driver's test lends to the checks beside the store. */
export interface KVHooks {
  /** Lets so much of the store's time pass: turns its clock where it takes one, else waits that long and no longer. */
  readonly passSeconds: (seconds: number) => Promise<void>
  /** A store whose backend cannot be reached until `restore` is called. */
  readonly openBroken: () => Promise<{ readonly kv: KV; readonly restore: () => Promise<void> }>
}

/** Throws a plain Error that says what was expected. Gets an empty store, which it may leave in any state. */
export type KVCheck = (kv: KV, hooks: KVHooks) => Promise<void>

const CONCURRENT_CALLS = 20
const LARGEST_PAGE = 1_000

/**
 * What every store must do (`src/kv/kv.ts`), each named "condition: result".
 *
 * Plain functions without a test framework, so that vitest, a Deno process and a worker run the same.
 */
export const KV_CHECKS = {
  'a key that holds nothing: null': async (kv) => {
    expectEqual(await kv.get('absent'), null)
  },

  'values of every JSON kind, falsy ones too: come back as they went in': async (kv) => {
    const values: Json[] = [
      0,
      '',
      false,
      [],
      {},
      true,
      -1.5,
      1e300,
      'null',
      [null],
      { a: null, b: [{ c: '' }] },
    ]
    for (const [i, value] of values.entries()) {
      expectEqual(await kv.set(`kind/${i}`, value), true)
      expectEqual(await kv.get(`kind/${i}`), value)
    }
    const { entries } = await kv.list('kind/')
    expectEqual(entries.length, values.length)
  },

  'text with NUL, quotes, line separators, emoji and half of one: comes back as it went in': async (kv) => {
    const text = 'a\u0000b"\\\r\n\u2028\u00e9\u6f22\u{1f511}\ud83d'
    await kv.set('text', { [text]: text })
    expectEqual(await kv.get('text'), { [text]: text })
  },

  'a second set: replaces the value': async (kv) => {
    await kv.set('key', { a: 1, b: 2 })
    await kv.set('key', { a: 3 })
    expectEqual(await kv.get('key'), { a: 3 })
  },

  'an object changed after set, and one changed after get: the stored one is not': async (kv) => {
    const mine = { list: [1] }
    await kv.set('key', mine)
    mine.list.push(2)
    const first = await kv.get('key')
    if (typeof first === 'object') Object.assign(first ?? {}, { list: [] })
    expectEqual(await kv.get('key'), { list: [1] })
  },

  'null as a whole value: RangeError': async (kv) => {
    await expectRejection('RangeError', () => kv.set('key', null))
  },

  'a key of 256 bytes with every character allowed: works': async (kv) => {
    const characters = Array.from({ length: 0x7e - 0x21 + 1 }, (_, i) => String.fromCharCode(0x21 + i)).join(
      '',
    )
    const key = characters.repeat(3).slice(0, 256)
    await kv.set(key, 'here')
    expectEqual(await kv.get(key), 'here')
    expectEqual((await kv.list(key)).entries, [[key, 'here']])
  },

  'a key that is empty, too long, spaced or not ASCII: RangeError': async (kv) => {
    for (const key of ['', 'k'.repeat(257), 'a b', 'a\n', 'a\u0000', '\u00e9']) {
      await expectRejection('RangeError', () => kv.get(key))
      await expectRejection('RangeError', () => kv.set(key, 1))
      await expectRejection('RangeError', () => kv.delete(key))
      await expectRejection('RangeError', () => kv.increment({ [key]: 1 }))
    }
  },

  'a value one byte too large, counted in UTF-8: KVValueTooLargeError, and the old one stays': async (kv) => {
    const quotes = 2
    const largest = 'x'.repeat(kv.traits.maxValueBytes - quotes)
    await kv.set('large', largest)
    const tooLarge = `\u00e9${largest.slice(1)}`
    await expectRejection('KVValueTooLargeError', () => kv.set('large', tooLarge))
    expectEqual((await kv.get('large')) === largest, true)
  },

  'delete, and delete again: no error, the key holds nothing': async (kv) => {
    await kv.set('key', 1)
    await kv.delete('key')
    await kv.delete('key')
    expectEqual(await kv.get('key'), null)
    expectEqual((await kv.list('')).entries, [])
  },

  'ifAbsent on a value, falsy or not: false, and it stays': async (kv) => {
    await kv.set('zero', 0)
    expectEqual(await kv.set('zero', 1, { ifAbsent: true }), false)
    expectEqual(await kv.get('zero'), 0)
    expectEqual(await kv.set('new', 1, { ifAbsent: true }), true)
  },

  'concurrent ifAbsent: one winner': async (kv) => {
    const claims = range(CONCURRENT_CALLS).map((i) => kv.set('lease', i, { ifAbsent: true, ttlSeconds: 60 }))
    const won = (await Promise.all(claims)).flatMap((isMine, i) => (isMine ? [i] : []))
    expectEqual(won.length, 1)
    expectEqual(await kv.get('lease'), won[0] ?? null)
  },

  'a TTL: the value is there before its end and gone after, for get, list and ifAbsent': async (
    kv,
    hooks,
  ) => {
    const ttlSeconds = kv.traits.minTtlSeconds + 2
    await kv.set('short', 1, { ttlSeconds })
    await kv.set('stays', 1)
    await hooks.passSeconds(ttlSeconds - 1)
    expectEqual(await kv.get('short'), 1)
    expectEqual(await kv.set('short', 2, { ifAbsent: true }), false)
    await hooks.passSeconds(1.5)
    expectEqual(await kv.get('short'), null)
    expectEqual((await kv.list('')).entries, [['stays', 1]])
    expectEqual(await kv.set('short', 2, { ifAbsent: true }), true)
    expectEqual(await kv.get('short'), 2)
  },

  'a TTL with a fraction: rounded up to a whole second': async (kv, hooks) => {
    const { minTtlSeconds } = kv.traits
    await kv.set('key', 1, { ttlSeconds: minTtlSeconds + 0.2 })
    await hooks.passSeconds(minTtlSeconds + 0.5)
    expectEqual(await kv.get('key'), 1)
    await hooks.passSeconds(1)
    expectEqual(await kv.get('key'), null)
  },

  'a TTL below the least: rounded up to it, not refused': async (kv) => {
    await kv.set('key', 1, { ttlSeconds: 0.01 })
    expectEqual(await kv.get('key'), 1)
  },

  'a TTL of nothing: RangeError': async (kv) => {
    for (const ttlSeconds of [0, -1, Number.NaN, Number.POSITIVE_INFINITY]) {
      await expectRejection('RangeError', () => kv.set('key', 1, { ttlSeconds }))
      await expectRejection('RangeError', () => kv.increment({ key: 1 }, { ttlSeconds }))
    }
  },

  'set over a value with a TTL: the new TTL counts, and none when none is given': async (kv, hooks) => {
    const ttlSeconds = kv.traits.minTtlSeconds
    for (const key of ['longer', 'endless']) await kv.set(key, 1, { ttlSeconds })
    await kv.set('longer', 2, { ttlSeconds: ttlSeconds + 60 })
    await kv.set('endless', 2)
    await hooks.passSeconds(ttlSeconds + 0.5)
    expectEqual(await kv.get('longer'), 2)
    expectEqual(await kv.get('endless'), 2)
  },

  'list of a prefix: its keys only, by code unit, with their values': async (kv) => {
    const keys = [
      'a/2',
      'a/10',
      'a/1',
      'a!',
      'a',
      'a/',
      'A/1',
      'a/_',
      'a/%',
      'a/*',
      'a/~',
      'a/B',
      'a/b',
      'b/1',
      'a0',
    ]
    for (const key of keys) await kv.set(key, `at ${key}`)
    const under = (prefix: string) => keys.filter((key) => key.startsWith(prefix)).sort()
    for (const prefix of ['a/', 'a/1', 'a!', 'a/%', 'a/_', 'a/*', '', 'c']) {
      const { entries, next } = await kv.list(prefix)
      expectEqual(
        entries,
        under(prefix).map((key) => [key, `at ${key}`]),
      )
      expectEqual(next, null)
    }
  },

  'list in pages: every entry once, in order, until next is null': async (kv) => {
    const keys = range(25).map((i) => `page/${String(i).padStart(2, '0')}`)
    for (const key of [...keys].reverse()) await kv.set(key, key)
    await kv.set('pagf', 'outside')
    const seen: string[] = []
    let next: string | null = ''
    while (next !== null) {
      const page = await kv.list('page/', { limit: 10, ...(next === '' ? {} : { after: next }) })
      expectEqual(page.entries.length > 0 && page.entries.length <= 10, true)
      seen.push(...page.entries.map(([key]) => key))
      // Not only at the end: pages that repeat would never end.
      expectEqual(seen, keys.slice(0, seen.length))
      next = page.next
    }
    expectEqual(seen, keys)
  },

  'list whose last page is full: next is null': async (kv) => {
    for (const key of ['a/1', 'a/2', 'a/3', 'a/4', 'b']) await kv.set(key, 0)
    expectEqual((await kv.list('a/', { limit: 2 })).next, 'a/2')
    expectEqual((await kv.list('a/', { limit: 2, after: 'a/2' })).next, null)
  },

  'list after a key that holds nothing, or lies before the prefix: starts at the next one': async (kv) => {
    for (const key of ['a/1', 'a/3']) await kv.set(key, 0)
    const keysAfter = async (after: string) => (await kv.list('a/', { after })).entries.map(([key]) => key)
    expectEqual(await keysAfter('a/2'), ['a/3'])
    expectEqual(await keysAfter('A'), ['a/1', 'a/3'])
    expectEqual(await keysAfter('a/3'), [])
    expectEqual(await keysAfter('b'), [])
  },

  'list of more than the largest page: a full page and the rest, whatever limit is asked': async (kv) => {
    const keys = range(LARGEST_PAGE + 5).map((i) => `many/${String(i).padStart(4, '0')}`)
    for (let i = 0; i < keys.length; i += 100) {
      await Promise.all(keys.slice(i, i + 100).map((key) => kv.set(key, 1)))
    }
    for (const options of [{}, { limit: 5 * LARGEST_PAGE }]) {
      const first = await kv.list('many/', options)
      expectEqual(first.entries.length, LARGEST_PAGE)
      const rest = await kv.list('many/', { ...options, after: first.next ?? '' })
      expectEqual(
        rest.entries.map(([key]) => key),
        keys.slice(LARGEST_PAGE),
      )
      expectEqual(rest.next, null)
    }
  },

  'list with a limit below one or no integer: RangeError': async (kv) => {
    for (const limit of [0, -1, 1.5, Number.NaN]) {
      await expectRejection('RangeError', () => kv.list('', { limit }))
    }
  },

  'increment of many counters: each new value, readable by get and list': async (kv) => {
    const deltas = Object.fromEntries(range(100).map((i) => [`count/${i}`, i - 50]))
    expectEqual(await kv.increment(deltas), deltas)
    const doubled = Object.fromEntries(Object.entries(deltas).map(([key, delta]) => [key, 2 * delta]))
    expectEqual(await kv.increment(deltas), doubled)
    expectEqual(await kv.get('count/7'), -86)
    expectEqual(Object.fromEntries((await kv.list('count/')).entries)['count/99'] ?? null, 98)
  },

  'increment of nothing: nothing': async (kv) => {
    expectEqual(await kv.increment({}), {})
  },

  'increment over a value preset by set: adds to it': async (kv) => {
    await kv.set('count', 40)
    expectEqual(await kv.increment({ count: 2 }), { count: 42 })
  },

  'concurrent increments: sum exactly, and no two see the same value': async (kv) => {
    const calls = range(CONCURRENT_CALLS).map(() => kv.increment({ a: 1, b: 3 }))
    const seen = (await Promise.all(calls)).map(({ a }) => a)
    expectEqual(new Set(seen).size, CONCURRENT_CALLS)
    expectEqual(await kv.get('a'), CONCURRENT_CALLS)
    expectEqual(await kv.get('b'), 3 * CONCURRENT_CALLS)
  },

  'increment with a TTL: the new counter gets it, a later call does not prolong it': async (kv, hooks) => {
    const ttlSeconds = kv.traits.minTtlSeconds + 2
    await kv.increment({ window: 1 }, { ttlSeconds })
    await hooks.passSeconds(ttlSeconds - 1)
    expectEqual(await kv.increment({ window: 1 }, { ttlSeconds }), { window: 2 })
    await hooks.passSeconds(1.5)
    expectEqual(await kv.get('window'), null)
    expectEqual(await kv.increment({ window: 1 }, { ttlSeconds }), { window: 1 })
  },

  'increment with a TTL over an endless counter: it stays endless': async (kv, hooks) => {
    await kv.increment({ total: 1 })
    await kv.increment({ total: 1 }, { ttlSeconds: kv.traits.minTtlSeconds })
    await hooks.passSeconds(kv.traits.minTtlSeconds + 0.5)
    expectEqual(await kv.get('total'), 2)
  },

  'increment over what is no integer: KVTypeError, and it stays': async (kv) => {
    for (const value of ['5', 'text', 1.5, true, [], { n: 1 }]) {
      await kv.set('key', value)
      await expectRejection('KVTypeError', () => kv.increment({ key: 1 }))
      expectEqual(await kv.get('key'), value)
    }
  },

  'increment by a fraction: RangeError': async (kv) => {
    await expectRejection('RangeError', () => kv.increment({ key: 0.5 }))
  },

  'a call after close: KVUnavailableError; close again: no error': async (kv) => {
    await kv.set('key', 1)
    await kv.close()
    await expectRejection('KVUnavailableError', () => kv.get('key'))
    await expectRejection('KVUnavailableError', () => kv.set('key', 1))
    await expectRejection('KVUnavailableError', () => kv.delete('key'))
    await expectRejection('KVUnavailableError', () => kv.list(''))
    await expectRejection('KVUnavailableError', () => kv.increment({ key: 1 }))
    await kv.close()
  },

  'a first connection that fails: KVUnavailableError, and the next call tries again': async (_, hooks) => {
    const { kv, restore } = await hooks.openBroken()
    await expectRejection('KVUnavailableError', () => kv.get('key'))
    await expectRejection('KVUnavailableError', () => kv.set('key', 1))
    await restore()
    await kv.set('key', 1)
    expectEqual(await kv.get('key'), 1)
    await kv.close()
  },

  'a health record of this version, another one and a broken one: read, foreign and foreign': async (kv) => {
    const key = healthKey('00000000000001' as Brand<string, 'KeyId'>, 'models/x y')
    const record = {
      v: 1,
      until: 1_700_000_000_000,
      reason: 'rate-limited',
      streak: 1,
      since: 1_600_000_000_000,
    }
    const stored = async (value: Json) => {
      await kv.set(key, value)
      const read = readHealthRecord(await kv.get(key))
      return read instanceof Error ? `${read.name} ${read.found}` : { ...read }
    }
    expectEqual(await stored(record), record)
    expectEqual(await stored({ ...record, v: 2 }), 'ForeignRecordError version')
    expectEqual(await stored({ ...record, streak: 'many' }), 'ForeignRecordError shape')
    expectEqual(await stored('garbage'), 'ForeignRecordError shape')
  },
} satisfies Readonly<Record<string, KVCheck>>

export type KVCheckName = keyof typeof KV_CHECKS

function range(length: number): number[] {
  return Array.from({ length }, (_, i) => i)
}
