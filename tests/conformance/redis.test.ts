import { connect, createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { KVUnavailableError } from '../../src/kv/kv.ts'
import { openRedisKV } from '../../src/kv/redis.ts'
import { describeKV } from './kv.suite.ts'
import { describeRedisRecords } from './redis.suite.ts'
import { findFreePort, type RedisServer, startRedisServer } from './redis-server.ts'

/** Until this process has seen that Redis closed a connection. */
const NEWS_TRAVELS_MS = 50

let server: RedisServer
beforeAll(async () => {
  server = await startRedisServer()
})
afterAll(() => server[Symbol.asyncDispose]())

const open = () => openRedisKV({ url: server.url })

describeKV('redis', async () => {
  await server.operator.flushall()
  const late: RedisServer[] = []
  return {
    kv: open(),
    passSeconds: server.passSeconds,
    openBroken: async () => {
      const port = await findFreePort()
      const restore = async () => {
        late.push(await startRedisServer(port))
      }
      return { kv: openRedisKV({ url: `redis://127.0.0.1:${port}` }), restore }
    },
    dispose: async () => {
      for (const each of late) await each[Symbol.asyncDispose]()
    },
  }
})

describeRedisRecords('redis', () => server, open)

describe('redis in bad weather', () => {
  beforeEach(async () => {
    await server.operator.flushall()
  })

  test('a restart between two calls: the next call connects again and finds what was written', async () => {
    const kv = open()
    await kv.set('key', 'kept')
    await kv.increment({ count: 2 })
    await server.stop()
    await expect(kv.get('key')).rejects.toThrow(KVUnavailableError)
    await expect(kv.increment({ count: 1 })).rejects.toThrow(KVUnavailableError)
    await server.start()
    expect(await kv.get('key')).toBe('kept')
    expect(await kv.increment({ count: 1 })).toEqual({ count: 3 })
    expect((await kv.list('')).entries).toEqual([
      ['count', 3],
      ['key', 'kept'],
    ])
    await kv.close()
  })

  test('a connection that Redis has closed: the next call makes a new one', async () => {
    const kv = open()
    await kv.set('key', 1)
    expect(await server.operator.call('CLIENT', 'KILL', 'TYPE', 'normal')).toBe(1)
    await sleep(NEWS_TRAVELS_MS)
    expect(await kv.get('key')).toBe(1)
    await kv.close()
  })

  test('a Redis that hangs: KVUnavailableError in time, for a connection old or new; then all is well', async () => {
    const timeoutMs = 150
    const old = openRedisKV({ url: server.url, timeoutMs })
    const fresh = openRedisKV({ url: server.url, timeoutMs })
    await old.set('key', 1)
    server.freeze()
    const startedAt = performance.now()
    const calls = [old.get('key'), old.set('key', 2), fresh.get('key'), fresh.list('')]
    const outcomes = await Promise.allSettled(calls)
    const tookMs = performance.now() - startedAt
    server.thaw()
    expect(outcomes.map((outcome) => outcome.status === 'rejected' && outcome.reason.name)).toEqual(
      calls.map(() => 'KVUnavailableError'),
    )
    expect(tookMs).toBeLessThan(10 * timeoutMs)
    await expect.poll(() => fresh.get('key').catch(() => null)).not.toBeNull()
    await old.close()
    await fresh.close()
  })

  test('a connection that leads nowhere: KVUnavailableError in time, and the next call makes a new one', async () => {
    let connections = 0
    const proxy = createServer((socket) => {
      connections++
      if (connections > 1) socket.pipe(connect(Number(new URL(server.url).port))).pipe(socket)
    })
    const port = await findFreePort()
    proxy.listen(port, '127.0.0.1')
    const kv = openRedisKV({ url: `redis://127.0.0.1:${port}`, timeoutMs: 500 })
    await expect(kv.get('key')).rejects.toThrow('Redis did not answer within 500 ms')
    expect(await kv.set('key', 1)).toBe(true)
    expect(connections).toBe(2)
    await kv.close()
    proxy.close()
  })

  test('a wrong password: KVUnavailableError that says so and tells no password', async () => {
    const kv = openRedisKV({ url: server.url.replace('//', '//default:hunter2hunter2@') })
    await server.operator.config('SET', 'requirepass', 'right')
    try {
      const error = await kv.get('key').catch((reason: unknown) => reason)
      expect(error).toBeInstanceOf(KVUnavailableError)
      expect(String(error)).toContain('WRONGPASS')
      expect(String(error)).not.toContain('hunter2')
    } finally {
      await server.operator.config('SET', 'requirepass', '')
    }
    await kv.close()
  })

  test('a Redis without memory: KVUnavailableError in its words, without the value; reads go on', async () => {
    const kv = open()
    await kv.set('key', 'old')
    await server.operator.config('SET', 'maxmemory', '1')
    try {
      await expect(kv.set('key', 'a value to hide')).rejects.toThrow(/^Redis answered: OOM (?!.*hide)/)
      expect(await kv.get('key')).toBe('old')
    } finally {
      await server.operator.config('SET', 'maxmemory', '0')
    }
    await kv.close()
  })

  test('calls that are on their way when the store closes: settle', async () => {
    const kv = open()
    const calls = [kv.get('key'), kv.set('key', 1)]
    await kv.close()
    await expect(Promise.allSettled(calls)).resolves.toHaveLength(2)
  })
})
