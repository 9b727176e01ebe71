import { describe, expect, it } from 'vitest'
import { readBody } from './read-body.ts'

const MB = 1024 * 1024
const TOO_LARGE = { kind: 'body-too-large', limitMB: 1 }

/** A body of unknown length; tells how much of it was asked for, and whether the rest was declined. */
function streamOf(totalBytes: number) {
  const seen = { sent: 0, cancelled: false }
  const body = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        if (seen.sent >= totalBytes) return controller.close()
        const size = Math.min(64 * 1024, totalBytes - seen.sent)
        seen.sent += size
        controller.enqueue(new Uint8Array(size).fill(7))
      },
      cancel() {
        seen.cancelled = true
      },
    },
    { highWaterMark: 0 },
  )
  return { seen, body }
}

function requestOf(body: ReadableStream<Uint8Array> | Uint8Array<ArrayBuffer>, headers = {}): Request {
  const init = { method: 'POST', body, headers, duplex: 'half' }
  return new Request('http://gateway.test/', init)
}

describe('readBody', () => {
  it('reads a body whole, up to the limit', async () => {
    for (const size of [0, 1, 100_000, MB]) {
      const read = await readBody(requestOf(streamOf(size).body), 1)
      expect(read instanceof Uint8Array && read.byteLength).toBe(size)
    }
  })

  it('stops reading one that is larger, and declines the rest', async () => {
    const { seen, body } = streamOf(100 * MB)
    expect(await readBody(requestOf(body), 1)).toEqual(TOO_LARGE)
    expect(seen.cancelled).toBe(true)
    expect(seen.sent).toBeLessThan(2 * MB)
  })

  it('reads nothing of one that says so itself', async () => {
    const { seen, body } = streamOf(MB)
    expect(await readBody(requestOf(body, { 'content-length': String(MB + 1) }), 1)).toEqual(TOO_LARGE)
    expect(seen.sent).toBe(0)
  })

  it('does not believe a length that is too small, or none', async () => {
    for (const length of ['5', 'x']) {
      const { body } = streamOf(2 * MB)
      const read = await readBody(requestOf(body, { 'content-length': length }), 1)
      expect('kind' in read && read.kind).toBe('body-too-large')
    }
  })

  it('reads a declared body byte for byte', async () => {
    const bytes = Uint8Array.of(1, 2, 3)
    expect(await readBody(requestOf(bytes, { 'content-length': '3' }), 1)).toEqual(bytes)
  })

  it('gives nothing for a request without a body', async () => {
    expect(await readBody(new Request('http://gateway.test/', { method: 'POST' }), 1)).toEqual(
      new Uint8Array(0),
    )
  })
})
