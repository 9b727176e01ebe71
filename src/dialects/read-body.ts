import type { Refusal } from '../errors.ts'
import { concatBytes } from '../lib/concat-bytes.ts'

/**
 * Reads a request body whole, so that it can be sent again with another key.
 *
 * A declared length that is too large is refused before anything is read; an undeclared one as soon as it is.
 */
export async function readBody(request: Request, limitMB: number): Promise<Uint8Array | Refusal> {
  try {
    return await readWhole(request, limitMB)
  } catch {
    // The caller left while sending: nobody will read this, but the log must not speak of a fault of ours.
    return { kind: 'bad-request', message: 'The request body ended before it was complete.', field: 'body' }
  }
}

async function readWhole(request: Request, limitMB: number): Promise<Uint8Array | Refusal> {
  const limit = limitMB * 1024 * 1024
  const tooLarge = { kind: 'body-too-large', limitMB } as const
  const declared = request.headers.get('content-length')
  if (declared !== null && Number(declared) > limit) return tooLarge
  if (declared !== null || request.body === null) {
    const whole = new Uint8Array(await request.arrayBuffer())
    return whole.byteLength > limit ? tooLarge : whole
  }

  const chunks: Uint8Array[] = []
  let size = 0
  const reader: ReadableStreamDefaultReader<Uint8Array> = request.body.getReader()
  for (;;) {
    const { done, value } = await reader.read()
    if (done) break
    size += value.byteLength
    if (size > limit) {
      await reader.cancel()
      return tooLarge
    }
    chunks.push(value)
  }
  return concatBytes(chunks)
}
