import type { KV } from './kv/kv.ts'
import type { Millis } from './lib/time.ts'

/** What a host gives the gateway once per process or isolate. An adapter fills it; nothing else reads a host's globals. */
export interface Platform {
  readonly host: 'cloudflare' | 'vercel' | 'netlify' | 'deno' | 'node' | 'bun'
  /** Settings as the host keeps them; `config/load-config.ts` alone reads it. */
  readonly env: Readonly<Record<string, string | undefined>>
  /** Unix time in ms. */
  readonly now: () => Millis
  /** In [0, 1). */
  readonly random: () => number
  /**
   * What this host's `fetch` wants for every call to Google, beyond what the gateway says. Redirects are never
   * followed, whatever stands here: a key must not be sent where Google did not stand.
   */
  readonly fetchOptions?: Pick<RequestInit, 'redirect' | 'window'>
  /** Called once, at the first request. May reject: the gateway then serves from memory and tries again later. */
  readonly openKV: () => Promise<KV>
  /** Writes one line to the host's log. The line is already scrubbed of secrets. */
  readonly log: (line: string) => void
}

/** What a host knows of one request beside the request itself. */
export interface Invocation {
  /** Keeps the isolate alive until `work` has settled (waitUntil). `work` must not reject. */
  readonly defer: (work: Promise<void>) => void
  readonly clientIp: string | null
}
