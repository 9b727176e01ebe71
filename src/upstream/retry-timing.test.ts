import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { backoffFor, isKeyRefusal, sleep } from './retry-timing.ts'

const OVERLOADED = { kind: 'overloaded', retryAfterMs: null } as const

describe('backoffFor', () => {
  it('doubles from a quarter of a second to four, with full jitter', () => {
    expect([1, 2, 3, 4, 5, 6, 50].map((overloads) => backoffFor(OVERLOADED, overloads, 0.5))).toEqual([
      125, 250, 500, 1_000, 2_000, 2_000, 2_000,
    ])
    expect(backoffFor(OVERLOADED, 3, 0)).toBe(0)
  })

  it('is nothing after any other failure', () => {
    expect(backoffFor({ kind: 'upstream-fault', cause: 'network' }, 5, 0.9)).toBe(0)
    expect(backoffFor({ kind: 'dead-key', reason: 'invalid' }, 5, 0.9)).toBe(0)
  })
})

describe('isKeyRefusal', () => {
  it('is what takes a key out of the pool, and nothing else', () => {
    expect(isKeyRefusal({ kind: 'dead-key', reason: 'invalid' })).toBe(true)
    expect(isKeyRefusal({ kind: 'unfunded', reason: 'spend-cap' })).toBe(true)
    expect(isKeyRefusal({ kind: 'model-unavailable' })).toBe(true)
    expect(isKeyRefusal(OVERLOADED)).toBe(false)
    expect(isKeyRefusal({ kind: 'empty-answer' })).toBe(false)
    expect(isKeyRefusal({ kind: 'location' })).toBe(false)
    expect(isKeyRefusal({ kind: 'caller-fault', status: 400 })).toBe(false)
  })
})

describe('sleep', () => {
  beforeEach(() => {
    vi.useFakeTimers()
  })
  afterEach(() => {
    expect(vi.getTimerCount()).toBe(0)
    vi.useRealTimers()
  })

  it('lasts as long as it is told', async () => {
    const woken = vi.fn()
    const sleeping = sleep(100, new AbortController().signal).then(woken)
    await vi.advanceTimersByTimeAsync(99)
    expect(woken).not.toHaveBeenCalled()
    await vi.advanceTimersByTimeAsync(1)
    await sleeping
    expect(woken).toHaveBeenCalledOnce()
  })

  it('ends with the caller', async () => {
    const caller = new AbortController()
    const sleeping = sleep(100, caller.signal)
    caller.abort()
    await sleeping
    expect(vi.getTimerCount()).toBe(0)
  })

  it('does not begin when the caller has left already', async () => {
    const sleeping = sleep(100, AbortSignal.abort())
    expect(vi.getTimerCount()).toBe(0)
    await vi.advanceTimersByTimeAsync(100)
    await sleeping
  })
})
