import { createClient } from '@vercel/kv'
import type { KV } from './kv.ts'
import { openUpstashRedisKV, type UpstashRedisKVOptions } from './upstash-redis.ts'

/** The same store through Vercel's client, for the database that Vercel has connected to a project. */
export function openVercelKV(options: UpstashRedisKVOptions): KV {
  return openUpstashRedisKV(options, createClient)
}
