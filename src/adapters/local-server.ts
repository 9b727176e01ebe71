import type { Settings } from './local-settings.ts'

export interface LocalServerOptions {
  /** Settings as texts; `PORT` 0 takes a free port. */
  readonly env: Settings
  readonly log?: (line: string) => void
}

export interface LocalServer {
  /** Without a slash at the end. */
  readonly url: string
  /** Stops accepting, lets open streams finish for `SHUTDOWN_GRACE_MS`, then cuts them. */
  close(): Promise<void>
}

/** Under the 10 s after which Docker kills. */
export const SHUTDOWN_GRACE_MS = 8_000

/** A URL that works on this machine for a server that listens on `host`; no slash at the end. */
export function urlOf(host: string, port: number): string {
  const isReachableAsLocalhost = ['127.0.0.1', '::1', '0.0.0.0', '::'].includes(host)
  const name = isReachableAsLocalhost ? 'localhost' : host.includes(':') ? `[${host}]` : host
  return `http://${name}:${port}`
}
