import type { Millis } from '../lib/time.ts'
import type { SseFormat } from './answer-format.ts'
import { cutEvent, isWholeEvent, parseBareError, toErrorEvent } from './error-event.ts'
import { EventAligner } from './event-aligner.ts'
import { SilenceTimer } from './silence-timer.ts'

export interface StreamGuard {
  readonly sse: SseFormat | null
  /** Upstream may be silent this long before it counts as dead. */
  readonly silenceMs: Millis
  /** Ends the upstream call: the caller has left, or upstream is silent. */
  readonly abort: () => void
  /** Called once, when nothing more will come. */
  readonly onEnd: (how: StreamEnd) => void
}

type StreamEnd = 'complete' | 'cut' | 'cancelled'

const INCOMPLETE = 'The answer ended before it was complete.'
const SILENT = 'Google fell silent in the middle of the answer.'
const BROKEN = 'The connection to Google broke in the middle of the answer.'

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
  guard: StreamGuard,
): ReadableStream<Uint8Array> {
  const silence = new SilenceTimer(guard.silenceMs, guard.abort)
  const waiting = held.values()
  let hasEnded = false

  function end(how: StreamEnd): void {
    if (hasEnded) return
    hasEnded = true
    silence.stop()
    guard.onEnd(how)
  }

  /** @returns null at the end. Rejects when upstream died or was silent for too long. */
  function nextChunk(): Uint8Array | Promise<Uint8Array | null> {
    const { value: chunk } = waiting.next()
    if (chunk !== undefined) return chunk
    silence.startRead()
    return reader.read().then(toChunk)
  }

  function toChunk({ done, value }: ReadableStreamReadResult<Uint8Array>): Uint8Array | null {
    silence.endRead()
    return done ? null : value
  }

  const pull = guard.sse ? pullEvents(guard.sse) : pullBytes
  return new ReadableStream<Uint8Array>(
    {
      pull,
      cancel() {
        guard.abort()
        end('cancelled')
      },
    },
    { highWaterMark: 0 },
  )

  async function pullBytes(controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> {
    try {
      const chunk = await nextChunk()
      if (chunk !== null) return controller.enqueue(chunk)
    } catch (cause) {
      end('cut')
      throw new Error(silence.hasRung ? SILENT : BROKEN, { cause })
    }
    controller.close()
    end('complete')
  }

  function pullEvents(sse: SseFormat) {
    const aligner = new EventAligner()
    const watch = new EndWatch(sse)

    return async (controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> => {
      try {
        for (;;) {
          const chunk = await nextChunk()
          if (chunk === null) break
          const pieces = aligner.push(chunk)
          for (const piece of pieces) {
            watch.see(piece)
            controller.enqueue(piece)
          }
          if (pieces.length > 0) return
        }
        finish(controller)
      } catch {
        if (hasEnded) return // The caller has left: nobody reads an error event.
        cut(controller, cutEvent(silence.hasRung ? SILENT : BROKEN))
      }
    }

    function finish(controller: ReadableStreamDefaultController<Uint8Array>): void {
      const rest = aligner.rest()
      const restText = concatText(rest)
      // The last event may lack its blank line, but it must be whole.
      const isWhole = isWholeEvent(restText)
      if (isWhole) for (const piece of rest) watch.see(piece)
      if (!watch.hasSeenEnd) {
        const error = parseBareError(restText)
        cut(controller, error ? toErrorEvent(error) : cutEvent(INCOMPLETE))
        return
      }
      if (isWhole) for (const piece of rest) controller.enqueue(piece)
      controller.close()
      end('complete')
    }

    function cut(controller: ReadableStreamDefaultController<Uint8Array>, event: string): void {
      controller.enqueue(new TextEncoder().encode(event))
      controller.close()
      end('cut')
    }
  }
}

/** Never used with `stream`, so it holds no state: a character cut in two is no part of a mark. */
const DECODER = new TextDecoder()
/** The longest mark of an end is some twenty characters; it may stand across two pieces. */
const OVERLAP = 64
/** Pieces wait here unread: most streams end within it, and are then read once, as a whole. */
const UNREAD_BYTES = 16 * 1024

/** Remembers whether a stream's proper end has gone by: much may follow it, such as grounding metadata. */
class EndWatch {
  readonly #sse: SseFormat
  #unread: Uint8Array[] = []
  #unreadBytes = 0
  #before = ''
  #hasSeenEnd = false

  constructor(sse: SseFormat) {
    this.#sse = sse
  }

  see(piece: Uint8Array): void {
    if (this.#hasSeenEnd) return
    this.#unread.push(piece)
    this.#unreadBytes += piece.byteLength
    if (this.#unreadBytes > UNREAD_BYTES) this.#read()
  }

  get hasSeenEnd(): boolean {
    if (!this.#hasSeenEnd) this.#read()
    return this.#hasSeenEnd
  }

  #read(): void {
    const text = this.#before + this.#unread.map((piece) => DECODER.decode(piece)).join('')
    this.#hasSeenEnd = this.#sse.marksEnd(text)
    this.#before = text.slice(-OVERLAP)
    this.#unread = []
    this.#unreadBytes = 0
  }
}

function concatText(chunks: readonly Uint8Array[]): string {
  const decoder = new TextDecoder()
  return chunks.map((chunk) => decoder.decode(chunk, { stream: true })).join('') + decoder.decode()
}
