const LF = 0x0a
const CR = 0x0d

/**
 * Hands on a stream of server-sent events in whole events only, so that a stream that is cut in the middle of
 * one can still be ended with an event of our own. Bytes stay as they are, and are not copied.
 */
export class EventAligner {
  /** The beginning of an event that has not ended yet. */
  #partial: Uint8Array[] = []
  /** The last two bytes of it: a blank line may span three chunks. */
  #before: readonly number[] = []

  /** @returns the pieces that are complete now, in order; often the chunk itself. */
  push(chunk: Uint8Array): readonly Uint8Array[] {
    if (this.#partial.length === 0 && endsEvent(chunk)) return [chunk]
    const end = lastEventEnd(chunk, this.#before)
    this.#before = [...(end === 0 ? this.#before : []), ...chunk.subarray(end).subarray(-2)].slice(-2)
    if (end === 0) {
      if (chunk.byteLength > 0) this.#partial.push(chunk)
      return []
    }
    const complete = [...this.#partial, end === chunk.byteLength ? chunk : chunk.subarray(0, end)]
    this.#partial = end === chunk.byteLength ? [] : [chunk.subarray(end)]
    return complete
  }

  /** What is left at the end of the stream. */
  rest(): readonly Uint8Array[] {
    return this.#partial
  }
}

/** The usual case, told by three bytes: Google sends whole events. */
function endsEvent(chunk: Uint8Array): boolean {
  const { length } = chunk
  if (chunk[length - 1] !== LF) return false
  return chunk[length - 2] === LF || (chunk[length - 2] === CR && chunk[length - 3] === LF)
}

/**
 * The offset behind the last blank line in `chunk`, or 0. Lines end with LF, CR LF, or (rarely) CR alone.
 *
 * @param before - the bytes just before it, two at most.
 */
function lastEventEnd(chunk: Uint8Array, before: readonly number[]): number {
  const byteAt = (index: number) => (index >= 0 ? chunk[index] : before[before.length + index])
  const lineEnd = chunk.includes(LF) ? LF : CR
  for (
    let at = chunk.lastIndexOf(lineEnd);
    at !== -1;
    at = at === 0 ? -1 : chunk.lastIndexOf(lineEnd, at - 1)
  ) {
    const previous = byteAt(at - 1)
    if (previous === lineEnd || (previous === CR && byteAt(at - 2) === LF)) return at + 1
  }
  return 0
}
