import { expect, test, vi } from 'vitest'
import { openRedisKV } from '../kv/redis.ts'
import { openSqliteKV } from '../kv/sqlite.ts'
import { openLocalStore } from './open-local-store.ts'

vi.mock('../kv/redis.ts', () => ({ openRedisKV: vi.fn(() => 'a store in Redis') }))
vi.mock('../kv/sqlite.ts', () => ({ openSqliteKV: vi.fn(() => 'a store in a file') }))

const sqlitePath = 'data/gateway.db'

test('openLocalStore with a URL of Redis takes Redis and makes no file', async () => {
  expect(await openLocalStore({ redisUrl: 'redis://db', sqlitePath })).toBe('a store in Redis')
  expect(openRedisKV).toHaveBeenCalledWith({ url: 'redis://db' })
  expect(openSqliteKV).not.toHaveBeenCalled()
})

test('openLocalStore without one takes the file', async () => {
  expect(await openLocalStore({ redisUrl: null, sqlitePath })).toBe('a store in a file')
  expect(openSqliteKV).toHaveBeenCalledWith(expect.objectContaining({ path: sqlitePath }))
})
