import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type KV, KVTypeError } from '../../src/kv/kv.ts'
import type { RedisServer } from './redis-server.ts'

const MIB = 1024 * 1024

/** What every driver of the Redis family does beyond the contract: what it makes of the database around it. */
export function describeRedisRecords(name: string, backend: () => RedisServer, open: () => KV): void {
  describe(`records in Redis, ${name}`, () => {
    let kv: KV
    beforeEach(async () => {
      await backend().operator.flushall()
      kv = open()
    })
    afterEach(() => kv.close())

    const indexed = () => backend().operator.zrange('{gemini-balance}', '0', '-1')

    test('a value that is no JSON: get rejects with KVTypeError, list gives the others', async () => {
      for (const key of ['a/1', 'a/2', 'a/3']) await kv.set(key, key)
      await backend().operator.set('{gemini-balance}/a/2', '{"v":1')
      await expect(kv.get('a/2')).rejects.toThrow(KVTypeError)
      expect((await kv.list('a/')).entries.map(([key]) => key)).toEqual(['a/1', 'a/3'])
    })

    test('a value of another type: KVTypeError, list gives the others, set replaces it', async () => {
      for (const key of ['a/1', 'a/2']) await kv.set(key, 1)
      await backend().operator.del('{gemini-balance}/a/2')
      await backend().operator.hset('{gemini-balance}/a/2', 'field', 'value')
      await expect(kv.get('a/2')).rejects.toThrow(KVTypeError)
      await expect(kv.increment({ 'a/2': 1 })).rejects.toThrow(KVTypeError)
      expect((await kv.list('a/')).entries).toEqual([['a/1', 1]])
      await kv.set('a/2', 2)
      expect((await kv.list('a/')).entries).toEqual([
        ['a/1', 1],
        ['a/2', 2],
      ])
    })

    test('increment of counters of which one is no integer: adds to none', async () => {
      await kv.set('b', 'text')
      await expect(kv.increment({ a: 1, b: 1 })).rejects.toThrow('b holds no integer')
      expect(await kv.get('a')).toBeNull()
    })

    test('increment of a counter beyond what JavaScript can hold: KVTypeError', async () => {
      await backend().operator.set('{gemini-balance}/a', '9007199254740993')
      await expect(kv.increment({ a: 1 })).rejects.toThrow(KVTypeError)
    })

    test('keys of others in the database: untouched, not listed', async () => {
      await backend().operator.mset('a/1', '1', 'gemini-balance/a/2', '2', '{gemini-balance}x', '3')
      await kv.set('a/3', 3)
      expect((await kv.list('')).entries).toEqual([['a/3', 3]])
      await kv.delete('a/1')
      expect(await backend().operator.get('a/1')).toBe('1')
    })

    test('a TTL of 1 s: gone after that second', async () => {
      await kv.set('short', 1, { ttlSeconds: 1 })
      expect(await kv.get('short')).toBe(1)
      await sleep(1_050)
      expect(await kv.get('short')).toBeNull()
    })

    test('names of expired values: dropped from the index by list', async () => {
      for (const key of ['a/1', 'a/3']) await kv.set(key, 1, { ttlSeconds: 1 })
      await kv.set('a/2', 2)
      await backend().passSeconds(2)
      expect((await kv.list('a/')).entries).toEqual([['a/2', 2]])
      expect(await indexed()).toEqual(['a/2'])
    })

    test('counters of 100 windows that nobody lists: the index forgets those that are over', async () => {
      for (let window = 100; window < 200; window++) {
        await kv.increment({ [`window/${window}`]: 1 }, { ttlSeconds: 10 })
        await backend().passSeconds(9)
      }
      expect((await indexed()).length).toBeLessThanOrEqual(3)
    })

    test('records that expire unseen, at random: the index stays below twice those that live', async () => {
      const names = Array.from({ length: 600 }, (_, i) => `random/${((i * 7919) % 10_007) + 10_000}`)
      for (const [i, name] of names.entries()) {
        await kv.set(name, 1, { ttlSeconds: 100 })
        if (i % 10 === 9) await backend().passSeconds(10)
      }
      const living = await backend().operator.keys('{gemini-balance}/*')
      expect(living.length).toBeGreaterThanOrEqual(90)
      expect((await indexed()).length).toBeLessThanOrEqual(2 * living.length)
    })

    test('20,000 records: 20 pages, each key once and in order', async () => {
      const keys = Array.from({ length: 20_000 }, (_, i) => `many/${String(i).padStart(5, '0')}`)
      await backend().operator.mset(...keys.flatMap((key) => [`{gemini-balance}/${key}`, `"${key}"`]))
      await backend().operator.zadd('{gemini-balance}', ...keys.flatMap((key) => [0, key]))
      const { seen, pages } = await readAll(kv, 'many/')
      expect(seen).toEqual(keys)
      expect(pages).toBe(20)
    })

    test('values of 1 MiB each: pages of fewer entries, none lost', async () => {
      const keys = Array.from({ length: 9 }, (_, i) => `large/${i}`)
      for (const key of keys) await kv.set(key, 'x'.repeat(MIB - 2))
      const { seen, pages } = await readAll(kv, 'large/')
      expect(seen).toEqual(keys)
      expect(pages).toBe(3)
    })

    test('two stores on one database: increments of both add up', async () => {
      const other = open()
      const calls = Array.from({ length: 50 }, (_, i) => (i % 2 === 0 ? kv : other).increment({ a: 1, b: 2 }))
      await Promise.all(calls)
      expect(await other.increment({ a: 0, b: 0 })).toEqual({ a: 50, b: 100 })
      await other.close()
    })
  })
}

async function readAll(kv: KV, prefix: string): Promise<{ seen: string[]; pages: number }> {
  const seen: string[] = []
  let pages = 0
  let next: string | null = ''
  while (next !== null) {
    const page = await kv.list(prefix, { after: next })
    seen.push(...page.entries.map(([key]) => key))
    next = page.next
    pages++
  }
  return { seen, pages }
}
