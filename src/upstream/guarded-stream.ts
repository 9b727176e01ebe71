import type { Millis } from '../lib/time.ts'
import type { SseFormat } from './answer-format.ts'
import { EventAligner } from './event-aligner.ts'

export interface StreamGuard {
  readonly sse: SseFormat | null
  /** Upstream may be silent this long before it counts as dead. */
  readonly silenceMs: Millis
  /** Ends the upstream call: the caller has left, or upstream is silent. */
  readonly abort: () => void
  /** Called once, when nothing more will come. */
  readonly onEnd: (end: 'complete' | 'cut' | 'cancelled') => void
}

const INCOMPLETE = 'The answer ended before it was complete.'
const SILENT = 'Google fell silent in the middle of the answer.'
const BROKEN = 'The connection to Google broke in the middle of the answer.'

/** A proper last event stands within this much of the end. */
const TAIL_BYTES = 16 * 1024

/**
 * The body a caller gets once its answer has begun: the bytes as they come, pulled at the caller's pace.
 *
 * When upstream dies, falls silent, or ends without a proper last event, an event stream gets the dialect's
 * error event, and everything else breaks. Nothing is ever added to a stream that ended well. An error that
 * Google appends as bare JSON becomes an event: parsers of event streams drop bare lines without a word.
 *
 * @param held - what was read while waiting for the first content.
 */
export function guardStream(
  held: readonly Uint8Array[],
  reader: ReadableStreamDefaultReader<Uint8Array>,
  { sse, silenceMs, abort, onEnd }: StreamGuard,
): ReadableStream<Uint8Array> {
  const aligner = sse ? new EventAligner() : null
  const tail = new Tail()
  const silence = new SilenceTimer(silenceMs, abort)
  let heldAt = 0

  function emit(controller: ReadableStreamDefaultController<Uint8Array>, chunk: Uint8Array): boolean {
    const pieces = aligner ? aligner.push(chunk) : [chunk]
    for (const piece of pieces) {
      if (sse) tail.push(piece)
      controller.enqueue(piece)
    }
    return pieces.length > 0
  }

  function finish(controller: ReadableStreamDefaultController<Uint8Array>): void {
    const rest = aligner?.rest() ?? []
    for (const piece of rest) tail.push(piece)
    if (sse && !sse.isComplete(tail.text())) {
      cut(controller, sse.bareError(concatText(rest)) ?? sse.cutEvent(INCOMPLETE))
    } else {
      for (const piece of rest) controller.enqueue(piece)
      end(controller, 'complete')
    }
  }

  function cut(controller: ReadableStreamDefaultController<Uint8Array>, event: string): void {
    controller.enqueue(new TextEncoder().encode(event))
    end(controller, 'cut')
  }

  function end(controller: ReadableStreamDefaultController<Uint8Array>, how: 'complete' | 'cut'): void {
    silence.stop()
    controller.close()
    onEnd(how)
  }

  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        for (;;) {
          const next = held[heldAt++]
          if (next) {
            if (emit(controller, next)) return
            continue
          }
          try {
            silence.startRead()
            const { done, value } = await reader.read()
            silence.endRead()
            if (done) return finish(controller)
            if (emit(controller, value)) return
          } catch (cause) {
            const message = silence.hasRung ? SILENT : BROKEN
            if (sse) return cut(controller, sse.cutEvent(message))
            silence.stop()
            onEnd('cut')
            throw new Error(message, { cause })
          }
        }
      },
      cancel() {
        silence.stop()
        abort()
        onEnd('cancelled')
      },
    },
    { highWaterMark: 0 },
  )
}

/** Keeps hold of the last chunks, without copying them. */
class Tail {
  readonly #chunks: Uint8Array[] = []
  #size = 0

  push(chunk: Uint8Array): void {
    this.#chunks.push(chunk)
    this.#size += chunk.byteLength
    while (this.#chunks[0] && this.#size - this.#chunks[0].byteLength >= TAIL_BYTES) {
      this.#size -= this.#chunks.shift()?.byteLength ?? 0
    }
  }

  text(): string {
    return concatText(this.#chunks.map((chunk) => chunk.subarray(-TAIL_BYTES)))
  }
}

function concatText(chunks: readonly Uint8Array[]): string {
  const decoder = new TextDecoder()
  return chunks.map((chunk) => decoder.decode(chunk, { stream: true })).join('') + decoder.decode()
}

/**
 * Rings when one read has waited for `ms`, at the latest after twice that. One timer serves many reads: setting
 * one for each would cost more than the read. The time a slow caller takes does not count.
 */
class SilenceTimer {
  readonly #ms: Millis
  readonly #ring: () => void
  #timer: ReturnType<typeof setTimeout> | undefined
  #read = 0
  #isWaiting = false
  hasRung = false

  constructor(ms: Millis, ring: () => void) {
    this.#ms = ms
    this.#ring = ring
  }

  startRead(): void {
    this.#read++
    this.#isWaiting = true
    if (this.#timer === undefined) this.#arm()
  }

  endRead(): void {
    this.#isWaiting = false
  }

  stop(): void {
    clearTimeout(this.#timer)
    this.#isWaiting = false
  }

  #arm(): void {
    const armedFor = this.#read
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      if (!this.#isWaiting) return
      if (this.#read !== armedFor) return this.#arm()
      this.hasRung = true
      this.#ring()
    }, this.#ms)
  }
}
