import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { WeightedRing } from './weighted-ring.ts'

const smallPools = fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 12 })
const anyPools = fc.array(fc.integer({ min: 1, max: 1000 }), { minLength: 1, maxLength: 30 })

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}

function picks(ring: WeightedRing, count: number, excluded?: ReadonlySet<number>): (number | null)[] {
  return Array.from({ length: count }, () => ring.next(excluded))
}

function countsOf(picked: readonly (number | null)[], members: number): number[] {
  const counts = new Array<number>(members).fill(0)
  for (const index of picked) if (index !== null) counts[index] = (counts[index] ?? 0) + 1
  return counts
}

function longestRun(picked: readonly (number | null)[], member: number): number {
  let longest = 0
  let run = 0
  for (const index of picked) {
    run = index === member ? run + 1 : 0
    longest = Math.max(longest, run)
  }
  return longest
}

/** The worst distance of any member's count from its share, at any moment counted from the start. */
function worstLag(picked: readonly (number | null)[], weights: readonly number[]): number {
  const total = sum(weights)
  const counts = new Array<number>(weights.length).fill(0)
  let worst = 0
  picked.forEach((index, t) => {
    if (index !== null) counts[index] = (counts[index] ?? 0) + 1
    weights.forEach((weight, i) => {
      worst = Math.max(worst, Math.abs((counts[i] ?? 0) - ((t + 1) * weight) / total))
    })
  })
  return worst
}

describe('WeightedRing shares', () => {
  test('weights 3:2:1 over 60 picks give 30:20:10', () => {
    expect(countsOf(picks(new WeightedRing([3, 2, 1]), 60), 3)).toEqual([30, 20, 10])
  })

  test('weights 10:5:1 over 1600 picks give 1000:500:100', () => {
    expect(countsOf(picks(new WeightedRing([10, 5, 1]), 1600), 3)).toEqual([1000, 500, 100])
  })

  test('equal weights take turns in order', () => {
    expect(picks(new WeightedRing([1, 1, 1]), 6)).toEqual([0, 1, 2, 0, 1, 2])
  })

  test('weights 3:2:1 interleave as smooth weighted round robin does', () => {
    expect(picks(new WeightedRing([3, 2, 1]), 6)).toEqual([0, 1, 0, 2, 1, 0])
  })

  test('any weights keep every count strictly within one of its share, at every moment from the start', () =>
    fc.assert(
      fc.property(anyPools, fc.integer({ min: 1, max: 2000 }), (weights, count) => {
        expect(worstLag(picks(new WeightedRing(weights), count), weights)).toBeLessThan(1)
      }),
    ))

  test('any weights keep every count strictly within two of its share, over every window', () =>
    fc.assert(
      fc.property(anyPools, fc.nat(1000), fc.nat(1000), (weights, skipped, width) => {
        const ring = new WeightedRing(weights)
        picks(ring, skipped)
        const counts = countsOf(picks(ring, width), weights.length)
        const total = sum(weights)
        weights.forEach((weight, i) => {
          expect(Math.abs((counts[i] ?? 0) - (width * weight) / total)).toBeLessThan(2)
        })
      }),
    ))

  test('a whole round from any moment is exact, and every round repeats the first', () =>
    fc.assert(
      fc.property(smallPools, (weights) => {
        const ring = new WeightedRing(weights)
        const first = picks(ring, sum(weights))
        expect(countsOf(first, weights.length)).toEqual(weights)
        expect(picks(ring, sum(weights))).toEqual(first)
      }),
    ))

  test('a member of at most half the weight never runs longer than two picks', () =>
    fc.assert(
      fc.property(smallPools, (weights) => {
        const picked = picks(new WeightedRing(weights), 2 * sum(weights))
        weights.forEach((weight, i) => {
          if (2 * weight <= sum(weights)) expect(longestRun(picked, i)).toBeLessThanOrEqual(2)
        })
      }),
    ))

  test('members whose clocks differ keep their shares across a rebase', () => {
    const weights = Array.from({ length: 20 }, (_, i) => 1 + (i % 7))
    const ring = new WeightedRing(weights)
    for (const index of [3, 8, 13]) {
      ring.remove(index)
      picks(ring, 5)
      ring.add(index)
    }
    picks(ring, 1024 * sum(weights) - 40)
    expect(worstLag(picks(ring, 200), weights)).toBeLessThan(2)
  })

  test('shares are exact after the clock has been rebased many times', () => {
    const ring = new WeightedRing([3, 2, 1])
    const first = picks(ring, 6)
    for (let i = 0; i < 5000 * 6; i++) ring.next()
    expect(picks(ring, 6)).toEqual(first)
  })
})

describe('WeightedRing position', () => {
  test('a ring of equal weights at a position continues where one that made the picks would', () =>
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 20 }), fc.nat(500), (members, position) => {
        const weights = new Array<number>(members).fill(1)
        const walked = new WeightedRing(weights)
        picks(walked, position)
        expect(picks(new WeightedRing(weights, position), 30)).toEqual(picks(walked, 30))
      }),
    ))

  test('rings that lease consecutive blocks of positions together stay within two picks of the shares', () =>
    fc.assert(
      fc.property(smallPools, fc.integer({ min: 1, max: 50 }), fc.nat(5), (weights, block, start) => {
        const isolates = [start, start + 1, start + 2].map((n) => new WeightedRing(weights, n * block))
        const counts = countsOf(
          isolates.flatMap((ring) => picks(ring, block)),
          weights.length,
        )
        weights.forEach((weight, i) => {
          expect(Math.abs((counts[i] ?? 0) - (3 * block * weight) / sum(weights))).toBeLessThan(6)
        })
      }),
    ))

  test('a position many rounds ahead begins as its remainder does', () => {
    expect(picks(new WeightedRing([3, 2, 1], 6_000_000_004), 12)).toEqual(
      picks(new WeightedRing([3, 2, 1], 4), 12),
    )
  })
})

describe('WeightedRing exclusion', () => {
  test('an excluded member is not charged and comes next when admitted again', () => {
    const ring = new WeightedRing([1, 1, 1])
    expect(ring.next(new Set([0]))).toBe(1)
    expect(picks(ring, 5)).toEqual([0, 2, 0, 1, 2])
  })

  test('a member excluded for long comes back with one turn kept and no burst', () => {
    const ring = new WeightedRing([1, 1, 1, 1])
    const others = countsOf(picks(ring, 300, new Set([0])), 4)
    expect(others).toEqual([0, 100, 100, 100])
    const after = picks(ring, 100)
    expect(longestRun(after, 0)).toBeLessThanOrEqual(2)
    expect(countsOf(after, 4)[0]).toBeLessThanOrEqual(27)
  })

  test('the admitted share by their weights while a heavy member is excluded', () => {
    const ring = new WeightedRing([27, 2, 1])
    expect(countsOf(picks(ring, 300, new Set([0])), 3)).toEqual([0, 200, 100])
  })

  test('all members excluded, next is null and nothing is charged', () => {
    const ring = new WeightedRing([3, 2, 1])
    expect(ring.next(new Set([0, 1, 2]))).toBeNull()
    expect(ring.size).toBe(3)
    expect(picks(ring, 6)).toEqual(picks(new WeightedRing([3, 2, 1]), 6))
  })

  test('an empty ring has no next', () => {
    expect(new WeightedRing([]).next()).toBeNull()
  })

  test('any exclusions never yield an excluded member, and null only when all are excluded', () =>
    fc.assert(
      fc.property(
        smallPools,
        fc.array(fc.uniqueArray(fc.nat(11)), { maxLength: 200 }),
        (weights, exclusions) => {
          const ring = new WeightedRing(weights)
          for (const excluded of exclusions.map((indexes) => new Set(indexes))) {
            const picked = ring.next(excluded)
            const admitted = weights.filter((_, i) => !excluded.has(i)).length
            if (admitted === 0) expect(picked).toBeNull()
            else expect(picked !== null && !excluded.has(picked)).toBe(true)
          }
        },
      ),
    ))
})

describe('WeightedRing membership', () => {
  test('a removed member is never picked, and the rest share by their weights', () => {
    const ring = new WeightedRing([3, 2, 1])
    ring.remove(0)
    expect(ring.has(0)).toBe(false)
    expect(ring.size).toBe(2)
    expect(countsOf(picks(ring, 30), 3)).toEqual([0, 20, 10])
  })

  test('a member that comes back after a long rest shares from then on, without catching up', () => {
    const ring = new WeightedRing([1, 1, 1])
    ring.remove(0)
    picks(ring, 3000)
    ring.add(0)
    const after = picks(ring, 30)
    expect(countsOf(after, 3)).toEqual([10, 10, 10])
    expect(longestRun(after, 0)).toBe(1)
  })

  test('a member removed right after its pick and added at once does not take its turn twice', () => {
    const ring = new WeightedRing([1, 1, 1])
    expect(ring.next()).toBe(0)
    ring.remove(0)
    ring.add(0)
    expect(countsOf(picks(ring, 2), 3)).toEqual([0, 1, 1])
  })

  test('removing all and adding one back, that one is picked', () => {
    const ring = new WeightedRing([3, 2, 1])
    ring.next()
    for (const index of [0, 1, 2]) ring.remove(index)
    expect(ring.next()).toBeNull()
    ring.add(2)
    expect(picks(ring, 3)).toEqual([2, 2, 2])
  })

  test('adding an index that no member has is a RangeError, adding or removing twice is nothing', () => {
    const ring = new WeightedRing([1, 1])
    expect(() => ring.add(2)).toThrow(RangeError)
    ring.remove(7)
    ring.add(0)
    ring.remove(1)
    ring.remove(1)
    expect(ring.size).toBe(1)
  })

  test('any comings and goings: after each change every count stays within three of the share since', () =>
    fc.assert(
      fc.property(
        anyPools,
        fc.array(fc.record({ index: fc.nat(29), picks: fc.nat(60) }), { maxLength: 60 }),
        (weights, changes) => {
          const ring = new WeightedRing(weights)
          for (const change of changes) {
            const index = change.index % weights.length
            if (ring.has(index)) ring.remove(index)
            else ring.add(index)
            const active = weights.map((weight, i) => (ring.has(i) ? weight : 0))
            expect(ring.size).toBe(active.filter((weight) => weight > 0).length)
            if (ring.size === 0) expect(ring.next()).toBeNull()
            else expect(worstLag(picks(ring, change.picks), active)).toBeLessThan(3)
          }
        },
      ),
    ))

  // A clock that ignored what the leaver had taken early would let the others' claims pile up before it.
  test('a member that rests after every pick is back in turn within a round every time', () => {
    const ring = new WeightedRing([1, 1, 1, 1])
    for (let cycle = 0; cycle < 200; cycle++) {
      let waited = 0
      while (ring.next() !== 0) waited++
      expect(waited).toBeLessThan(4)
      ring.remove(0)
      picks(ring, 7)
      ring.add(0)
    }
  })

  test('a clone continues alike and apart', () => {
    const ring = new WeightedRing([5, 3, 2], 4)
    ring.remove(1)
    picks(ring, 3)
    const copy = ring.clone()
    expect(picks(copy, 20)).toEqual(picks(ring, 20))
    copy.remove(0)
    expect(ring.has(0)).toBe(true)
    expect(copy.has(1)).toBe(false)
  })
})

describe('WeightedRing construction and cost', () => {
  test.each([[[0]], [[-1]], [[1.5]], [[Number.NaN]]])('weights %j are refused', (weights) => {
    expect(() => new WeightedRing(weights)).toThrow(RangeError)
  })

  test.each([-1, 0.5, Number.NaN])('position %d is refused', (position) => {
    expect(() => new WeightedRing([1], position)).toThrow(RangeError)
  })

  // A linear scan costs about 1000 times as much; 20 leaves room for a busy machine.
  test('10,000 members cost less than 20 times what 10 members cost', () => {
    const nanosPerPick = (members: number): number => {
      const ring = new WeightedRing(Array.from({ length: members }, (_, i) => 1 + ((i * 7919) % 1000)))
      picks(ring, 20_000)
      const samples = Array.from({ length: 5 }, () => {
        const before = process.hrtime.bigint()
        for (let i = 0; i < 20_000; i++) ring.next()
        return Number(process.hrtime.bigint() - before) / 20_000
      })
      return Math.min(...samples)
    }
    expect(nanosPerPick(10_000)).toBeLessThan(20 * nanosPerPick(10))
  })
})
