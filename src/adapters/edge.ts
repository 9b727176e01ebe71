import { ConfigError } from '../config/config-error.ts'
import { createGateway, type Gateway } from '../gateway.ts'
import type { Platform } from '../platform.ts'

/** What a host calls for each request. */
export type HostFetch = Gateway['fetch']

/**
 * The gateway of one isolate, built at its first request: an edge host lets no code read settings at import.
 *
 * With bad settings every request is answered 500 with the `ConfigError`'s message, which names variables and never
 * their values. An edge host has no start to refuse, and its log is the last place where a newcomer looks.
 *
 * @param describePlatform - called once.
 */
export function lazyGateway(describePlatform: () => Platform): HostFetch {
  let answer: HostFetch | null = null
  return (request, invocation) => {
    answer ??= openGateway(describePlatform())
    return answer(request, invocation)
  }
}

/** The gateway, or what answers in its place while the settings are bad. Logs the reason once. */
export function openGateway(platform: Platform): HostFetch {
  try {
    const gateway = createGateway(platform)
    return (request, invocation) => gateway.fetch(request, invocation)
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    const { message } = error
    platform.log(message)
    return () => Response.json({ error: { code: 500, message, status: 'INTERNAL' } }, { status: 500 })
  }
}
