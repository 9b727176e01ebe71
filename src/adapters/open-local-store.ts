import type { KV } from '../kv/kv.ts'

/**
 * The store of Node and Bun: Redis where a URL is set, so that several replicas share one pool; else a SQLite file.
 *
 * Each driver is loaded when it is used: a machine without SQLite's native library still serves, from memory.
 */
export async function openLocalStore(options: {
  readonly redisUrl: string | null
  readonly sqlitePath: string
}): Promise<KV> {
  const { redisUrl, sqlitePath } = options
  if (redisUrl !== null) {
    const { openRedisKV } = await import('../kv/redis.ts')
    return openRedisKV({ url: redisUrl })
  }
  const { openSqliteKV } = await import('../kv/sqlite.ts')
  return openSqliteKV({ path: sqlitePath, now: Date.now })
}
