import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type KV, KVUnavailableError } from '../../src/kv/kv.ts'
import type { UpstashRedisKVOptions } from '../../src/kv/upstash-redis.ts'
import { describeKV } from './kv.suite.ts'
import { describeRedisRecords } from './redis.suite.ts'
import { findFreePort, type RedisServer, startRedisServer } from './redis-server.ts'
import { REST_TOKEN, type RestFault, startUpstashRest, type UpstashRest } from './upstash-rest.ts'

/** Runs the whole suite against one client of Upstash's REST protocol, with a real Redis behind it. */
export function describeUpstash(name: string, openKV: (options: UpstashRedisKVOptions) => KV): void {
  let server: RedisServer
  let rest: UpstashRest
  beforeAll(async () => {
    server = await startRedisServer()
    rest = await startUpstashRest(server.operator)
  })
  afterAll(async () => {
    await rest[Symbol.asyncDispose]()
    await server[Symbol.asyncDispose]()
  })

  const open = (options: Partial<UpstashRedisKVOptions> = {}) =>
    openKV({ url: rest.url, token: REST_TOKEN, ...options })

  describeKV(name, async () => {
    await server.operator.flushall()
    const late: UpstashRest[] = []
    return {
      kv: open(),
      passSeconds: server.passSeconds,
      openBroken: async () => {
        const port = await findFreePort()
        const restore = async () => {
          late.push(await startUpstashRest(server.operator, port))
        }
        return { kv: open({ url: `http://127.0.0.1:${port}` }), restore }
      },
      dispose: async () => {
        for (const each of late) await each[Symbol.asyncDispose]()
      },
    }
  })

  describeRedisRecords(name, () => server, open)

  describe(`${name}, its requests and its bad weather`, () => {
    beforeEach(async () => {
      await server.operator.flushall()
      rest.fault = null
      rest.requests.length = 0
    })

    test('every call: one request with one command', async () => {
      const kv = open()
      const calls = [
        () => kv.set('a', '1', { ttlSeconds: 60, ifAbsent: true }),
        () => kv.get('a'),
        () => kv.increment({ b: 1, c: 2, d: 3 }),
        () => kv.list(''),
        () => kv.delete('a'),
      ]
      for (const [i, call] of calls.entries()) {
        await call()
        expect(rest.requests).toHaveLength(i + 1)
      }
      expect(rest.requests.map(({ path }) => path)).toEqual(calls.map(() => '/'))
    })

    test('increment of nothing: no request', async () => {
      await open().increment({})
      expect(rest.requests).toEqual([])
    })

    const faults: readonly (readonly [says: string, RestFault])[] = [
      [
        '429 with a reason',
        { kind: 'status', status: 429, body: '{"error":"ERR max requests limit exceeded"}' },
      ],
      ['500 with a reason', { kind: 'status', status: 500, body: '{"error":"ERR internal"}' }],
      ['502 of a proxy, in HTML', { kind: 'status', status: 502, body: '<html>Bad gateway</html>' }],
      ['503 without a body', { kind: 'status', status: 503, body: '' }],
      ['400 with JSON of another kind', { kind: 'status', status: 400, body: '[]' }],
      ['200 in HTML: a captive portal', { kind: 'status', status: 200, body: '<html>Welcome</html>' }],
      ['200 with JSON of another kind', { kind: 'status', status: 200, body: '{}' }],
      ['a connection that is reset', { kind: 'reset' }],
      ['an answer that is cut', { kind: 'cut' }],
      ['no answer', { kind: 'silent' }],
      ['an answer that comes too late', { kind: 'delay', ms: 600 }],
    ]
    test.each(faults)(
      '%s: KVUnavailableError after one try, without the value; then all is well',
      async (_, fault) => {
        const kv = open({ timeoutMs: 200 })
        await kv.set('key', 1)
        rest.requests.length = 0
        rest.fault = fault
        const calls = [
          kv.get('key'),
          kv.set('key', 'a value to hide'),
          kv.delete('key'),
          kv.list(''),
          kv.increment({ count: 1 }),
        ]
        const outcomes = await Promise.allSettled(calls)
        for (const outcome of outcomes) {
          expect(outcome).toMatchObject({ status: 'rejected', reason: { name: 'KVUnavailableError' } })
          expect(String(outcome.status === 'rejected' && outcome.reason)).not.toContain('hide')
        }
        expect(rest.requests).toHaveLength(calls.length)
        rest.fault = null
        await rest.idle()
        await kv.set('key', 2)
        expect(await kv.get('key')).toBe(2)
      },
    )

    test('a wrong token: KVUnavailableError that says so and tells no token', async () => {
      const error = await open({ token: 'hunter2' })
        .get('key')
        .catch((reason: unknown) => reason)
      expect(error).toBeInstanceOf(KVUnavailableError)
      expect(String(error)).toContain('Unauthorized')
      expect(String(error)).not.toContain('hunter2')
    })

    test('a restart of the Redis behind it: what was written is there', async () => {
      const kv = open()
      await kv.set('key', 'kept')
      await server.stop()
      await server.start()
      expect(await kv.get('key')).toBe('kept')
      expect((await kv.list('')).entries).toEqual([['key', 'kept']])
    })
  })
}
