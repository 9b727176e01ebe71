import { serve } from '@hono/node-server'
import { Hono } from 'hono'

export interface BareProxyOptions {
  /** Where it forwards to, without a slash at the end. */
  readonly baseUrl: string
  readonly keys: readonly string[]
}

const NOT_FORWARDED = ['host', 'connection', 'keep-alive', 'transfer-encoding']

/**
 * The floor that the gateway is measured against: the least that a proxy on the same foundations can do. It takes
 * the keys in turn, replaces the credential and streams both bodies. It checks nothing and mends nothing.
 */
function createBareProxy({ baseUrl, keys }: BareProxyOptions): Hono {
  let turn = 0
  const app = new Hono()
  app.all('*', async (c) => {
    const { pathname, search } = new URL(c.req.url)
    const headers = new Headers(c.req.raw.headers)
    for (const name of NOT_FORWARDED) headers.delete(name)
    headers.set('x-goog-api-key', keys[turn++ % keys.length] ?? '')
    const init: RequestInit & { duplex: 'half' } = {
      method: c.req.method,
      headers,
      body: c.req.raw.body,
      duplex: 'half',
    }
    const answer = await fetch(baseUrl + pathname + search, init)
    return new Response(answer.body, answer)
  })
  return app
}

/** Serves it on a free port of this machine. */
export function startBareProxy(options: BareProxyOptions): Promise<{ url: string; close(): void }> {
  return new Promise((resolve) => {
    const server = serve(
      { fetch: createBareProxy(options).fetch, hostname: '127.0.0.1', port: 0 },
      ({ port }) => resolve({ url: `http://127.0.0.1:${port}`, close: () => server.close() }),
    )
  })
}
