import { createMemoryKV } from '../kv/memory.ts'
import { lazyGateway } from './edge.ts'

interface ServeInfo {
  readonly remoteAddr: { readonly hostname?: string }
}

declare const Deno: {
  readonly env: { toObject(): Record<string, string> }
  serve(handler: (request: Request, info: ServeInfo) => Response | Promise<Response>): unknown
}

/**
 * Serves on Deno Deploy and under `deno run`. The address is Deno's own business: `DENO_SERVE_ADDRESS` moves it, the
 * default is port 8000 of every interface.
 */
export function serveDeno(): void {
  const gatewayFetch = lazyGateway(() => ({
    host: 'deno',
    env: Deno.env.toObject(),
    now: Date.now,
    random: Math.random,
    openKV: async () => createMemoryKV({ now: Date.now }),
    log: console.log,
  }))
  Deno.serve((request, info) =>
    // Deno ends no isolate while a promise is pending, so background work needs no waitUntil.
    gatewayFetch(request, { defer: () => undefined, clientIp: info.remoteAddr.hostname ?? null }),
  )
}
