import type { Context } from 'hono'
import { type Access, authenticate } from '../callers/authenticate.ts'
import { readCredential } from '../callers/credential.ts'
import type { KeyId } from '../keys/api-key.ts'
import { MAX_CLIENT_KEYS, parseClientKeys } from '../keys/parse-keys.ts'
import type { PoolKey } from '../keys/pool-key.ts'
import { type Millis, SECOND } from '../lib/time.ts'
import type { ProbeResult } from '../upstream/probe.ts'
import { verifyKeys } from './verify-keys.ts'

export interface VerifyRouteOptions {
  readonly access: Access
  readonly probe: (key: PoolKey, model: string | null, signal: AbortSignal) => Promise<ProbeResult>
  readonly now: () => Millis
  /** The operator has seen one of the keys work. */
  readonly onWorkingKey: (id: KeyId) => void
}

const HEARTBEAT: Millis = 5 * SECOND

/** `GET` or `POST /verify`: says of each key in `x-goog-api-key` whether Google takes it, as it finds out. */
export function createVerifyRoute(options: VerifyRouteOptions): (c: Context) => Response {
  const { access, probe, now, onWorkingKey } = options
  return (c) => {
    const credential = readCredential(c.req.raw.headers, '')
    const caller = authenticate(credential?.form === 'bearer' ? credential : null, {
      ...access,
      allowClientKeys: false,
    })
    if (access.authToken !== null && caller.kind === 'unauthenticated')
      return c.json({ error: 'Unauthorized' }, 401)

    const header = c.req.header('x-goog-api-key')?.trim()
    if (!header) return c.json({ error: 'Missing x-goog-api-key header.' }, 400)
    const parsed = parseClientKeys(header)
    if (!parsed.ok || parsed.keys.length === 0) {
      const expected = `1 to ${MAX_CLIENT_KEYS} keys, each \`key\` or \`key:weight\`, separated by commas`
      return c.json({ error: `Invalid x-goog-api-key header: expected ${expected}.` }, 400)
    }
    const model =
      c.req
        .query('model')
        ?.trim()
        .replace(/^models\//, '') || null
    const body = streamReports(
      parsed.keys,
      c.req.raw.signal,
      (key, signal) => probe(key, model, signal),
      now,
      (key) => {
        if (caller.kind === 'operator') onWorkingKey(key.id)
      },
    )
    return c.body(body, 200, {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-cache',
    })
  }
}

function streamReports(
  keys: readonly PoolKey[],
  callerSignal: AbortSignal,
  probe: (key: PoolKey, signal: AbortSignal) => Promise<ProbeResult>,
  now: () => Millis,
  onWorkingKey: (key: PoolKey) => void,
): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder()
  const left = new AbortController()
  const leave = () => left.abort()
  let heartbeat: ReturnType<typeof setInterval> | undefined

  return new ReadableStream<Uint8Array>({
    async start(controller) {
      const write = (text: string) => {
        if (!left.signal.aborted) controller.enqueue(encoder.encode(`${text}\n\n`))
      }
      callerSignal.addEventListener('abort', leave)
      heartbeat = setInterval(() => write(': heartbeat'), HEARTBEAT)
      write(': verify-start')
      await verifyKeys(keys, {
        probe: (key) => probe(key, left.signal),
        now,
        signal: left.signal,
        onReport: (report, key) => {
          if (report.status === 'GOOD') onWorkingKey(key)
          write(`data: ${JSON.stringify(report)}`)
        },
      })
      clearInterval(heartbeat)
      callerSignal.removeEventListener('abort', leave)
      write(': verify-end')
      if (!left.signal.aborted) controller.close()
    },
    cancel() {
      clearInterval(heartbeat)
      callerSignal.removeEventListener('abort', leave)
      leave()
    },
  })
}
