import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createSimulator } from '../simulator/simulator.ts'
import type { TrafficCase } from './traffic-cases.ts'

interface Recording {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  /** One for each event of a stream; a whole body is one. */
  readonly pieces: readonly string[]
}

/** Longer than any proxy keeps an idle connection, so that none is closed under a request. */
const KEEP_ALIVE_MS = 120_000

/**
 * An upstream that costs next to nothing: the simulator's own answers, recorded once and then replayed. A request
 * whose key begins otherwise, or whose target was not recorded, is refused.
 */
export async function startReplayUpstream(options: {
  readonly cases: readonly TrafficCase[]
  readonly keyPrefix: string
}): Promise<{ url: string; close(): void }> {
  const recordings = await record(options.cases)
  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, (request, response) => {
    request.resume()
    request.on('end', () => replay(recordings, options.keyPrefix, request, response))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  return {
    url: `http://127.0.0.1:${port}`,
    close: () => {
      server.close()
      server.closeAllConnections()
    },
  }
}

async function record(cases: readonly TrafficCase[]): Promise<ReadonlyMap<string, Recording>> {
  const simulator = createSimulator({ settings: { acceptAnyKey: true, gzip: false, recordCalls: false } })
  const recordings = new Map<string, Recording>()
  for (const { target, body } of cases) {
    const answer = await simulator.fetch(
      new Request(`http://simulator.test${target}`, {
        method: 'POST',
        headers: { 'x-goog-api-key': 'any', 'content-type': 'application/json' },
        body,
      }),
    )
    const text = await answer.text()
    recordings.set(target, {
      status: answer.status,
      headers: Object.fromEntries(answer.headers),
      pieces: target.includes('alt=sse') ? text.split(/(?<=\r\n\r\n)/) : [text],
    })
  }
  return recordings
}

function replay(
  recordings: ReadonlyMap<string, Recording>,
  keyPrefix: string,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const recording = recordings.get(request.url ?? '')
  const key = request.headers['x-goog-api-key']
  if (!recording || typeof key !== 'string' || !key.startsWith(keyPrefix)) {
    response.writeHead(400).end('not recorded, or not a key of the pool')
    return
  }
  response.writeHead(recording.status, recording.headers)
  for (const piece of recording.pieces) response.write(piece)
  response.end()
}
