import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { WeightedRing } from './weighted-ring.ts'

/** The same rules by linear search, without heaps to fall out of step. */
class PlainRing {
  readonly #members: { weight: number; origin: number; turns: number; isActive: boolean }[]
  #stoppedAt = 0
  #releaseSum = 0

  constructor(weights: readonly number[]) {
    this.#members = weights.map((weight) => ({ weight, origin: 0, turns: 0, isActive: true }))
  }

  next(excluded: ReadonlySet<number>): number | null {
    const now = this.#now()
    const candidates = this.#members.flatMap((member, index) => {
      const { weight, origin, turns, isActive } = member
      const [release, due] = [origin + turns / weight, origin + (turns + 1) / weight]
      const [isLate, time] = release <= now ? [0, due] : [1, release]
      return isActive ? [{ member, index, release, rank: [isLate, time, weight, index] }] : []
    })
    candidates.sort((a, b) => {
      const differing = a.rank.findIndex((value, i) => value !== b.rank[i])
      return (a.rank[differing] ?? 0) - (b.rank[differing] ?? 0)
    })
    const place = candidates.findIndex(({ index }) => !excluded.has(index))
    const picked = candidates[place]
    if (picked === undefined) return null
    for (const { member, release } of candidates.slice(0, place)) {
      const forgotten = now - 1 / member.weight - release
      if (forgotten <= 0) continue
      Object.assign(member, { origin: now - 1 / member.weight, turns: 0 })
      this.#releaseSum += member.weight * forgotten
    }
    picked.member.turns += 1
    this.#releaseSum += 1
    const units = Math.floor(now)
    if (units >= 1024) {
      for (const member of this.#members) member.turns -= units * member.weight
      this.#releaseSum -= units * this.#weightSum()
    }
    return picked.index
  }

  toggle(index: number): void {
    const member = this.#members[index]
    if (member === undefined) return
    const now = this.#now()
    if (!member.isActive && member.origin + member.turns / member.weight < now) {
      Object.assign(member, { origin: now, turns: 0 })
    }
    const release = member.origin + member.turns / member.weight
    member.isActive = !member.isActive
    this.#releaseSum += (member.isActive ? 1 : -1) * member.weight * release
    if (this.#weightSum() > 0) return
    this.#stoppedAt = now
    this.#releaseSum = 0
  }

  #weightSum(): number {
    return this.#members.reduce((sum, { weight, isActive }) => (isActive ? sum + weight : sum), 0)
  }

  #now(): number {
    return this.#weightSum() === 0 ? this.#stoppedAt : this.#releaseSum / this.#weightSum()
  }
}

test('WeightedRing, any comings, goings and exclusions, picks as a linear search by its rules does', () =>
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 6 }),
      fc.array(
        fc.record({
          toggled: fc.uniqueArray(fc.nat(5), { maxLength: 3 }),
          excluded: fc.uniqueArray(fc.nat(5), { maxLength: 2 }),
          picks: fc.oneof({ weight: 79, arbitrary: fc.nat(8) }, { weight: 1, arbitrary: fc.nat(4000) }),
        }),
        { minLength: 60, maxLength: 60 },
      ),
      (weights, steps) => {
        const [ring, plain] = [new WeightedRing(weights), new PlainRing(weights)]
        for (const step of steps) {
          for (const index of step.toggled.filter((each) => each < weights.length)) {
            plain.toggle(index)
            if (ring.has(index)) ring.remove(index)
            else ring.add(index)
          }
          const excluded = new Set(step.excluded)
          const expected = Array.from({ length: step.picks }, () => plain.next(excluded))
          expect(Array.from(expected, () => ring.next(excluded))).toEqual(expected)
        }
      },
    ),
  ))
