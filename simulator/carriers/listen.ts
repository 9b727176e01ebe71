import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { Exchange, Timer, WireRequest } from '../wire.ts'
import { type Carrier, carryOut } from './carry-out.ts'

const MAX_HEADER_BYTES = 256 * 1024
/** Longer than any client keeps an idle connection, so that none is closed under a request. */
const KEEP_ALIVE_MS = 120_000

export interface ListenOptions {
  readonly host?: string
  /** 0 takes a free one. */
  readonly port?: number
}

export interface SimulatorServer {
  readonly url: string
  readonly port: number
  /** Ends the server and every open connection. */
  close(): Promise<void>
}

/** Serves the core over TCP, each write a packet of its own as far as the kernel allows. */
export async function listen(
  handle: (request: WireRequest) => Exchange,
  timer: Timer,
  { host = '127.0.0.1', port = 0 }: ListenOptions = {},
): Promise<SimulatorServer> {
  const server = createServer(
    {
      keepAliveTimeout: KEEP_ALIVE_MS,
      requestTimeout: 0,
      headersTimeout: 0,
      maxHeaderSize: MAX_HEADER_BYTES,
      noDelay: true,
    },
    (request, response) =>
      receive(request, (body) => answer(handle(wireRequest(request, body)), response, timer)),
  )
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, resolve)
  })
  const address = server.address()
  const bound = typeof address === 'object' && address ? address.port : port
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${bound}`,
    port: bound,
    close: () =>
      new Promise((resolve, reject) => {
        server.close((error) => (error ? reject(error) : resolve()))
        server.closeAllConnections()
      }),
  }
}

function receive(request: IncomingMessage, then: (body: Uint8Array) => void): void {
  const chunks: Buffer[] = []
  request.on('data', (chunk: Buffer) => chunks.push(chunk))
  request.on('end', () => {
    const [only] = chunks
    then(chunks.length === 1 && only ? only : Buffer.concat(chunks))
  })
}

function wireRequest({ method = 'GET', url = '/', headers }: IncomingMessage, body: Uint8Array): WireRequest {
  return { method, target: url, headers, body }
}

function answer({ wire, noteCancelled }: Exchange, response: ServerResponse, timer: Timer): void {
  if (wire.kind === 'whole') {
    response.writeHead(wire.status, { ...wire.headers, 'Content-Length': wire.body.length })
    // As a string it leaves in one system call with the headers; latin1 keeps every byte.
    const { buffer, byteOffset, length } = wire.body
    response.end(Buffer.from(buffer, byteOffset, length).toString('latin1'), 'latin1')
    return
  }
  const left = new AbortController()
  const carrier = new SocketCarrier(response)
  response.on('close', () => {
    if (response.writableFinished || carrier.isDestroyed) return
    left.abort()
    noteCancelled()
  })
  carryOut(wire.steps, carrier, timer, left.signal).catch((error: unknown) => {
    // A plan that cannot be carried out is a bug here: the client must see a broken reply, not a hang.
    response.destroy(error instanceof Error ? error : new Error(String(error)))
  })
}

class SocketCarrier implements Carrier {
  readonly #response: ServerResponse
  #unsent = false
  isDestroyed = false

  constructor(response: ServerResponse) {
    this.#response = response
  }

  head(status: number, headers: Readonly<Record<string, string>>): void {
    this.#response.writeHead(status, headers)
    this.#unsent = true
  }

  write(bytes: Uint8Array): Promise<void> | void {
    this.#unsent = false
    if (this.#response.write(bytes)) return
    return new Promise((resolve) => {
      const done = () => {
        this.#response.off('drain', done)
        this.#response.off('close', done)
        resolve()
      }
      this.#response.on('drain', done)
      this.#response.on('close', done)
    })
  }

  flush(): Promise<void> {
    if (this.#unsent) this.#response.flushHeaders()
    this.#unsent = false
    return new Promise((resolve) => setImmediate(resolve))
  }

  /** What was written leaves first: the socket is ended by force only after the kernel has the bytes. */
  destroy(): void {
    this.isDestroyed = true
    this.#response.socket?.destroySoon()
  }

  end(): void {
    this.#response.end()
  }
}
