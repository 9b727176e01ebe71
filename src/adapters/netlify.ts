import { createMemoryKV } from '../kv/memory.ts'
import { lazyGateway } from './edge.ts'

/** The part of Netlify's `Context` that is used here. @source docs.netlify.com/build/edge-functions/api */
interface NetlifyContext {
  readonly ip?: string
  waitUntil(work: Promise<unknown>): void
}

declare const Netlify: { readonly env: { toObject(): Record<string, string> } }

const gatewayFetch = lazyGateway(() => ({
  host: 'netlify',
  env: Netlify.env.toObject(),
  now: Date.now,
  random: Math.random,
  openKV: async () => createMemoryKV({ now: Date.now }),
  log: console.log,
}))

/** The edge function behind `netlify/edge-functions/gateway.ts`; netlify.toml gives it every path. */
export function handleNetlifyRequest(
  request: Request,
  context: NetlifyContext,
): Response | Promise<Response> {
  return gatewayFetch(request, { defer: (work) => context.waitUntil(work), clientIp: context.ip ?? null })
}
