import { createMemoryKV } from '../kv/memory.ts'
import type { Invocation } from '../platform.ts'
import { type HostFetch, openGateway } from './edge.ts'

interface ExecutionContext {
  waitUntil(work: Promise<unknown>): void
}

/** Variables and secrets are strings; any other binding is an object. */
type Bindings = Readonly<Record<string, unknown>>

/** One gateway per set of bindings: an isolate sees one set in its life, a test may bring several. */
const gateways = new WeakMap<Bindings, HostFetch>()

function gatewayOf(bindings: Bindings): HostFetch {
  const known = gateways.get(bindings)
  if (known !== undefined) return known
  const opened = openGateway({
    host: 'cloudflare',
    env: settingsOf(bindings),
    now: Date.now,
    random: Math.random,
    openKV: async () => createMemoryKV({ now: Date.now }),
    log: console.log,
  })
  gateways.set(bindings, opened)
  return opened
}

function settingsOf(bindings: Bindings): Record<string, string> {
  const settings: Record<string, string> = {}
  for (const [name, value] of Object.entries(bindings)) if (typeof value === 'string') settings[name] = value
  return settings
}

function invocationOf(request: Request, context: ExecutionContext): Invocation {
  return { defer: (work) => context.waitUntil(work), clientIp: request.headers.get('cf-connecting-ip') }
}

/** The worker: `main` of wrangler.toml. */
export default {
  fetch: (request: Request, bindings: Bindings, context: ExecutionContext) =>
    gatewayOf(bindings)(request, invocationOf(request, context)),
}
