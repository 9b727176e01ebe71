import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import type { RunningHost } from './host.ts'

/** The part of edge-runtime's `EdgeRuntime` that is used here. */
export interface EdgeFunction {
  dispatchFetch(url: string, init: RequestInit): Promise<Response>
  /** Runs code inside: what must belong to that realm is made there. */
  evaluate<Result>(code: string): Result
}

/**
 * Puts an edge function on a port. The server that comes with edge-runtime tells the function nothing of a caller who
 * leaves; Vercel's does, by `request.signal` and by cancelling the body, and so does this one.
 */
export async function serveEdgeFunction(runtime: EdgeFunction): Promise<RunningHost> {
  const server = createServer((request, response) => {
    void answer(runtime, request, response).catch(() => response.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  return {
    url: `http://127.0.0.1:${port}`,
    stop: async () => {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}

async function answer(
  runtime: EdgeFunction,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const caller = runtime.evaluate<AbortController>('new AbortController()')
  response.once('close', () => caller.abort())

  const { method = 'GET', url = '/', headers } = request
  const answered = await runtime.dispatchFetch(`http://${headers.host}${url}`, {
    method,
    headers: Object.entries(headers).map(([name, value]): [string, string] => [name, String(value)]),
    ...(method !== 'GET' && method !== 'HEAD' && { body: await text(request) }),
    signal: caller.signal,
  })
  response.writeHead(answered.status, [...answered.headers].flat())
  const reader = answered.body?.getReader()
  response.once('close', () => void reader?.cancel().catch(() => undefined))
  for (let chunk = await reader?.read(); chunk?.value !== undefined; chunk = await reader?.read()) {
    response.write(chunk.value)
  }
  response.end()
}
