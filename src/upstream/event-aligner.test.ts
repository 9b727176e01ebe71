import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bytesOf, LINE_ENDS, splitAt, sse, TEXT_EVENTS, textOf } from './__fixtures__/streams.ts'
import { EventAligner } from './event-aligner.ts'

const ENDS = Object.entries(LINE_ENDS)

/** The whole events in a text that begins with one. */
function wholeEvents(text: string, lineEnd: string): string {
  const end = text.lastIndexOf(lineEnd + lineEnd)
  return end === -1 ? '' : text.slice(0, end + 2 * lineEnd.length)
}

/** Feeds the chunks and gives what was handed on after each. */
function align(chunks: readonly Uint8Array[]) {
  const aligner = new EventAligner()
  const out: Uint8Array[] = []
  const after = chunks.map((chunk) => {
    out.push(...aligner.push(chunk))
    return textOf(out)
  })
  return { after, rest: textOf(aligner.rest()) }
}

describe.each(ENDS)('EventAligner, lines that end with %s', (_, lineEnd) => {
  const text = sse(TEXT_EVENTS, lineEnd)
  const bytes = bytesOf(text)

  it('cut in two at any offset, hands on every whole event at once and never a part of one', () => {
    for (let at = 0; at <= bytes.byteLength; at++) {
      const [head = bytes] = splitAt(bytes, [at])
      const { after, rest } = align(splitAt(bytes, [at]))
      expect(after).toEqual([wholeEvents(textOf([head]), lineEnd), text])
      expect(rest).toBe('')
    }
  })

  it('byte by byte, hands on each event with its last byte', () => {
    const chunks = [...bytes].map((byte) => Uint8Array.of(byte))
    const { after } = align(chunks)
    after.forEach((handedOn, at) => {
      expect(handedOn).toBe(wholeEvents(textOf([bytes.subarray(0, at + 1)]), lineEnd))
    })
  })

  it('cut anywhere any number of times, keeps every byte and leaves no part behind', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(bytes.byteLength)), (offsets) => {
        const chunks = splitAt(bytes, offsets)
        const { after, rest } = align(chunks)
        let seen = 0
        chunks.forEach((chunk, index) => {
          seen += chunk.byteLength
          expect(after[index]).toBe(wholeEvents(textOf([bytes.subarray(0, seen)]), lineEnd))
        })
        expect(rest).toBe('')
      }),
    )
  })
})

describe('EventAligner', () => {
  it('keeps what follows the last event as the rest', () => {
    const { after, rest } = align([bytesOf(`${sse(['1'])}data: {"x`), bytesOf('yz')])
    expect(after.at(-1)).toBe(sse(['1']))
    expect(rest).toBe('data: {"xyz')
  })

  it('hands on a chunk that is whole uncopied', () => {
    const chunk = bytesOf(sse(TEXT_EVENTS))
    expect(new EventAligner().push(chunk)[0]).toBe(chunk)
  })

  it('hands on comments with the blank line behind them', () => {
    expect(align([bytesOf(': heartbeat\n\n')])).toEqual({ after: [': heartbeat\n\n'], rest: '' })
  })
})
