import type { Context } from 'hono'
import { type Access, authenticate } from '../callers/authenticate.ts'
import { readCredential } from '../callers/credential.ts'
import type { KeyId } from '../keys/api-key.ts'
import { MAX_CLIENT_KEYS, parseClientKeys } from '../keys/parse-keys.ts'
import type { PoolKey } from '../keys/pool-key.ts'
import type { Millis } from '../lib/time.ts'
import type { ProbeResult } from '../upstream/probe.ts'
import { streamReports } from './stream-reports.ts'
import { verifyKeys } from './verify-keys.ts'

export interface VerifyRouteOptions {
  readonly access: Access
  readonly probe: (key: PoolKey, model: string | null, signal: AbortSignal) => Promise<ProbeResult>
  readonly now: () => Millis
  /** The operator has seen one of the keys work. */
  readonly onWorkingKey: (id: KeyId) => void
  /** Writes to the store what that has changed; null when nothing has. */
  readonly flush: () => Promise<void> | null
}

/** `GET` or `POST /verify`: says of each key in `x-goog-api-key` whether Google takes it, as it finds out. */
export function createVerifyRoute(options: VerifyRouteOptions): (c: Context) => Response {
  const { access, probe, now, onWorkingKey, flush } = options
  return (c) => {
    const credential = readCredential(c.req.raw.headers, '')
    const bearer = credential?.form === 'bearer' ? credential : null
    const caller = authenticate(bearer, { ...access, allowClientKeys: false })
    const isStranger = caller.kind === 'unauthenticated'
    if (access.authToken !== null && isStranger) return c.json({ error: 'Unauthorized' }, 401)

    const header = c.req.header('x-goog-api-key')?.trim()
    if (!header) return c.json({ error: 'Missing x-goog-api-key header.' }, 400)
    const parsed = parseClientKeys(header)
    if (!parsed.ok || parsed.keys.length === 0) return c.json({ error: INVALID_KEYS }, 400)
    const model = (c.req.query('model') ?? '').trim().replace(/^models\//, '') || null

    const events = streamReports({
      callerSignal: c.req.raw.signal,
      run: async (signal, report) => {
        await verifyKeys(parsed.keys, {
          probe: (key) => probe(key, model, signal),
          now,
          signal,
          onReport: (result, key) => {
            if (result.status === 'GOOD' && caller.kind === 'operator') onWorkingKey(key.id)
            report(result)
          },
        })
        await flush()
      },
    })
    return c.body(events, 200, EVENT_STREAM)
  }
}

const EVENT_STREAM = { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache' }
const INVALID_KEYS = `Invalid x-goog-api-key header: expected 1 to ${MAX_CLIENT_KEYS} keys, each \`key\` or \`key:weight\`, separated by commas.`
