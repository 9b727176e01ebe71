import { beforeEach, expect, test, vi } from 'vitest'
import { openUpstashRedisKV } from '../kv/upstash-redis.ts'
import { openVercelKV } from '../kv/vercel-kv.ts'
import { openVercelStore } from './open-vercel-store.ts'

vi.mock('../kv/vercel-kv.ts', () => ({ openVercelKV: vi.fn(() => 'a store through @vercel/kv') }))
vi.mock('../kv/upstash-redis.ts', () => ({ openUpstashRedisKV: vi.fn(() => 'a store at Upstash') }))

const VERCEL = { KV_REST_API_URL: 'https://kv.example/', KV_REST_API_TOKEN: 'kv-token' }
const UPSTASH = { UPSTASH_REDIS_REST_URL: 'https://up.example', UPSTASH_REDIS_REST_TOKEN: 'up-token' }

const log = vi.fn()
beforeEach(() => log.mockClear())

test('openVercelStore with both pairs of variables takes the database that Vercel has connected', async () => {
  expect(await openVercelStore({ ...VERCEL, ...UPSTASH }, log)).toBe('a store through @vercel/kv')
  expect(openVercelKV).toHaveBeenCalledWith({ url: 'https://kv.example', token: 'kv-token' })
  expect(log).not.toHaveBeenCalled()
})

test('openVercelStore with Upstash alone takes it', async () => {
  expect(await openVercelStore(UPSTASH, log)).toBe('a store at Upstash')
  expect(openUpstashRedisKV).toHaveBeenCalledWith({ url: 'https://up.example', token: 'up-token' })
  expect(log).not.toHaveBeenCalled()
})

test.each([
  ['nothing', {}],
  ['a URL without its token', { KV_REST_API_URL: VERCEL.KV_REST_API_URL }],
  ['a token without its URL', { UPSTASH_REDIS_REST_TOKEN: UPSTASH.UPSTASH_REDIS_REST_TOKEN }],
])('openVercelStore with %s takes memory, and says so once', async (_, env) => {
  const kv = await openVercelStore(env, log)
  await kv.set('key', 1)
  expect(await kv.get('key')).toBe(1)
  expect(log).toHaveBeenCalledTimes(1)
  expect(log).toHaveBeenCalledWith(expect.stringContaining('warn no store'))
  expect(JSON.stringify(log.mock.calls)).not.toContain('up-token')
})
