import type { Exchange, HeaderList, Timer, Wire, WireRequest } from '../wire.ts'
import { type Carrier, carryOut } from './carry-out.ts'

/**
 * Answers a Request in process.
 *
 * Rejects with a TypeError where a socket would have died before the headers, and with the signal's reason when the caller
 * aborts; a later death errors the body.
 */
export async function answerFetch(
  handle: (request: WireRequest) => Exchange,
  timer: Timer,
  request: Request,
): Promise<Response> {
  const { pathname, search } = new URL(request.url)
  const headers = Object.fromEntries(request.headers)
  // No carrier in process decodes gzip: the core must not send it.
  delete headers['accept-encoding']
  const body = new Uint8Array(await request.arrayBuffer())
  request.signal.throwIfAborted()
  const { wire, noteCancelled } = handle({ method: request.method, target: pathname + search, headers, body })
  if (wire.kind === 'whole') {
    return new Response(bodyFor(wire.status, wire.body), {
      status: wire.status,
      headers: { ...wire.headers },
    })
  }
  return await new Promise((resolve, reject) =>
    stream(wire, timer, request.signal, noteCancelled, resolve, reject),
  )
}

/** A status that may not have a body gets none; bytes are copied into a buffer of their own. */
function bodyFor(status: number, body: Uint8Array): Uint8Array<ArrayBuffer> | null {
  return status === 204 || status === 304 ? null : new Uint8Array(body)
}

function stream(
  wire: Extract<Wire, { kind: 'steps' }>,
  timer: Timer,
  signal: AbortSignal,
  noteCancelled: () => void,
  resolve: (response: Response) => void,
  reject: (reason: unknown) => void,
): void {
  const left = new AbortController()
  let isOver = false
  const leave = () => {
    if (isOver) return
    isOver = true
    left.abort()
    noteCancelled()
  }
  let controller: ReadableStreamDefaultController<Uint8Array> | undefined
  const body = new ReadableStream<Uint8Array>({
    start: (created) => {
      controller = created
    },
    cancel: leave,
  })
  const onAbort = () => {
    if (isOver) return
    leave()
    reject(signal.reason)
    controller?.error(signal.reason)
  }
  signal.addEventListener('abort', onAbort)
  const finish = () => {
    isOver = true
    signal.removeEventListener('abort', onAbort)
  }
  const carrier: Carrier = {
    head: (status: number, headers: HeaderList) =>
      resolve(new Response(body, { status, headers: { ...headers } })),
    write: (bytes) => controller?.enqueue(bytes),
    flush: () => new Promise((done) => setImmediate(done)),
    destroy: () => {
      finish()
      const error = new TypeError('fetch failed', { cause: new Error('other side closed') })
      reject(error)
      controller?.error(error)
    },
    end: () => {
      finish()
      controller?.close()
    },
  }
  carryOut(wire.steps, carrier, timer, left.signal).catch(reject)
}
