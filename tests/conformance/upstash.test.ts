import { openUpstashRedisKV } from '../../src/kv/upstash-redis.ts'
import { describeUpstash } from './upstash.suite.ts'

describeUpstash('@upstash/redis', (options) => openUpstashRedisKV(options))
