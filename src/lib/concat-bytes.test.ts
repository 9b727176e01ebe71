import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { concatBytes } from './concat-bytes.ts'

describe('concatBytes', () => {
  it('joins the bytes of all chunks in order', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 20 })), (chunks) => {
        expect([...concatBytes(chunks)]).toEqual(chunks.flatMap((chunk) => [...chunk]))
      }),
    )
  })

  it('gives nothing for no chunks', () => {
    expect(concatBytes([])).toEqual(new Uint8Array(0))
  })

  it('hands a single chunk back uncopied', () => {
    const chunk = new Uint8Array([1, 2])
    expect(concatBytes([chunk])).toBe(chunk)
  })

  it('takes from a view only what the view shows', () => {
    const whole = new Uint8Array([1, 2, 3, 4])
    expect([...concatBytes([whole.subarray(1, 3), whole.subarray(3)])]).toEqual([2, 3, 4])
  })
})
