import { join } from 'node:path'
import { loadConfig } from '../config/load-config.ts'
import type { KV } from '../kv/kv.ts'
import type { Invocation, Platform } from '../platform.ts'
import type { Settings } from './local-settings.ts'
import { openLocalStore } from './open-local-store.ts'

/** A machine with a disk and a process of our own: what Node and Bun share. */
export interface LocalPlatform {
  readonly platform: Platform
  invocationFrom(clientIp: string | null): Invocation
  /** Waits for deferred work, then closes the store. */
  settle(): Promise<void>
}

/**
 * With these, undici sends the body as it is. Else it keeps a copy of every request, in case a redirect or a
 * login has to be followed; a redirect of Google then fails the attempt, as it should.
 *
 * @source undici, lib/web/fetch/index.js, httpNetworkOrCacheFetch
 */
const NO_COPIES = { redirect: 'error', window: null } as const

export function createLocalPlatform(options: {
  readonly host: 'node' | 'bun'
  readonly env: Settings
  readonly dataDir: string
  readonly log: (line: string) => void
}): LocalPlatform {
  const deferred = new Set<Promise<void>>()
  const stores: KV[] = []

  const openKV = async (): Promise<KV> => {
    const store = await openLocalStore({
      redisUrl: loadConfig(options.env).REDIS_URL,
      sqlitePath: join(options.dataDir, 'gateway.db'),
    })
    stores.push(store)
    return store
  }

  return {
    platform: {
      host: options.host,
      env: options.env,
      now: Date.now,
      random: Math.random,
      openKV,
      log: options.log,
      fetchOptions: NO_COPIES,
    },
    invocationFrom: (clientIp) => ({
      clientIp,
      defer: (work) => {
        const tracked = work.finally(() => deferred.delete(tracked))
        deferred.add(tracked)
      },
    }),
    settle: async () => {
      await Promise.allSettled(deferred)
      await Promise.allSettled(stores.map((store) => store.close()))
    },
  }
}
