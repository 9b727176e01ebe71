import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MinHeap } from './min-heap.ts'

describe('MinHeap', () => {
  it('when empty, has no item and an infinite least order', () => {
    const heap = new MinHeap<string>()
    expect(heap.pop()).toBeUndefined()
    expect(heap.leastOrder).toBe(Number.POSITIVE_INFINITY)
    expect(heap.size).toBe(0)
  })

  it('gives every item back, least order first, however pushes and pops are mixed', () => {
    const step = fc.oneof(fc.integer({ min: -50, max: 50 }), fc.constant('pop' as const))
    fc.assert(
      fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
        const heap = new MinHeap<{ readonly order: number }>()
        const model: number[] = []
        for (const each of steps) {
          if (each === 'pop') {
            model.sort((a, b) => a - b)
            expect(heap.pop()?.order).toBe(model.shift())
          } else {
            heap.push(each, { order: each })
            model.push(each)
          }
          expect(heap.size).toBe(model.length)
          expect(heap.leastOrder).toBe(Math.min(Number.POSITIVE_INFINITY, ...model))
        }
      }),
    )
  })
})
