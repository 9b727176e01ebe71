import { loadConfig, type SettingTexts } from '../config/load-config.ts'
import type { KV } from '../kv/kv.ts'
import { createMemoryKV } from '../kv/memory.ts'
import { createLog } from '../telemetry/log.ts'

/**
 * The store on Vercel: the database that Vercel has connected (`KV_REST_API_*`), else one at Upstash
 * (`UPSTASH_REDIS_REST_*`), else the memory of each isolate, which the log then says.
 */
export async function openVercelStore(env: SettingTexts, writeLog: (line: string) => void): Promise<KV> {
  const config = loadConfig(env)
  const { KV_REST_API_URL, KV_REST_API_TOKEN, UPSTASH_REDIS_REST_URL, UPSTASH_REDIS_REST_TOKEN } = config
  if (KV_REST_API_URL !== null && KV_REST_API_TOKEN !== null) {
    const { openVercelKV } = await import('../kv/vercel-kv.ts')
    return openVercelKV({ url: KV_REST_API_URL, token: KV_REST_API_TOKEN })
  }
  if (UPSTASH_REDIS_REST_URL !== null && UPSTASH_REDIS_REST_TOKEN !== null) {
    const { openUpstashRedisKV } = await import('../kv/upstash-redis.ts')
    return openUpstashRedisKV({ url: UPSTASH_REDIS_REST_URL, token: UPSTASH_REDIS_REST_TOKEN })
  }
  createLog(writeLog, config.LOG_LEVEL, Date.now).warn(
    'no store: each isolate forgets on its own. Set KV_REST_API_URL and KV_REST_API_TOKEN, or ' +
      'UPSTASH_REDIS_REST_URL and UPSTASH_REDIS_REST_TOKEN',
  )
  return createMemoryKV({ now: Date.now })
}
