import { connect } from 'node:net'

/** What came over one raw connection. */
export interface RawReply {
  /** Everything the server sent, as it came. */
  readonly bytes: Buffer
  /** How many times data arrived. */
  readonly arrivals: number
  /** Whether the server closed the connection. */
  readonly isClosed: boolean
}

/**
 * Sends one request over a socket of its own and collects what comes.
 *
 * @param until - resolves early once it is true of the bytes so far; else when the server closes.
 */
export function rawRequest(
  port: number,
  target: string,
  body: string,
  key: string,
  until: (bytes: Buffer) => boolean = () => false,
): Promise<RawReply> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1')
    const pieces: Buffer[] = []
    const finish = (isClosed: boolean) => {
      socket.destroy()
      resolve({ bytes: Buffer.concat(pieces), arrivals: pieces.length, isClosed })
    }
    socket.on('connect', () => {
      const head = [
        `POST ${target} HTTP/1.1`,
        'Host: simulator.test',
        `x-goog-api-key: ${key}`,
        `Content-Length: ${Buffer.byteLength(body)}`,
      ]
      socket.write(`${head.join('\r\n')}\r\n\r\n${body}`)
    })
    socket.on('data', (piece) => {
      pieces.push(piece)
      if (until(Buffer.concat(pieces))) finish(false)
    })
    socket.on('close', () => finish(true))
    socket.on('error', reject)
  })
}

/** Body and completeness of a chunked reply. */
export function dechunk({ bytes }: RawReply): { readonly body: Buffer; readonly isComplete: boolean } {
  let at = bytes.indexOf('\r\n\r\n') + 4
  const pieces: Buffer[] = []
  while (at < bytes.length) {
    const lineEnd = bytes.indexOf('\r\n', at)
    const size = Number.parseInt(bytes.subarray(at, lineEnd).toString(), 16)
    if (size === 0) return { body: Buffer.concat(pieces), isComplete: true }
    pieces.push(bytes.subarray(lineEnd + 2, lineEnd + 2 + size))
    at = lineEnd + 2 + size + 2
  }
  return { body: Buffer.concat(pieces), isComplete: false }
}

/** Whether a chunked reply has come to its end. */
export function endsChunked(bytes: Buffer): boolean {
  return bytes.subarray(-5).toString() === '0\r\n\r\n'
}
