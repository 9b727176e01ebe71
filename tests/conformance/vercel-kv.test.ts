import { openVercelKV } from '../../src/kv/vercel-kv.ts'
import { describeUpstash } from './upstash.suite.ts'

describeUpstash('@vercel/kv', openVercelKV)
