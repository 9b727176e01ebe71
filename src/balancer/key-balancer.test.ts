import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { KeyBalancer, type Member, NO_MODEL, type Return } from './key-balancer.ts'

const NOBODY: ReadonlySet<number> = new Set()

function members(count: number): Member[] {
  return Array.from({ length: count }, () => ({ weight: 1, models: null }))
}

/** How often each key is picked in `count` calls. */
function picks(balancer: KeyBalancer, model: string, now: number, count: number): Record<number, number> {
  const seen: Record<number, number> = {}
  for (let i = 0; i < count; i++) {
    const index = balancer.next(model, NOBODY, now)
    if (index !== null) seen[index] = (seen[index] ?? 0) + 1
  }
  return seen
}

describe('KeyBalancer, keys in turn', () => {
  it('shares calls by weight', () => {
    const balancer = new KeyBalancer([3, 2, 1].map((weight) => ({ weight, models: null })))
    expect(picks(balancer, 'm', 0, 60)).toEqual({ 0: 30, 1: 20, 2: 10 })
  })

  it('shares one turn among all models while no key rests', () => {
    const balancer = new KeyBalancer(members(2))
    expect(['a', 'b', NO_MODEL, 'a'].map((model) => balancer.next(model, NOBODY, 0))).toEqual([0, 1, 0, 1])
  })

  it('passes over what a request has tried, and says null when that is everything', () => {
    const balancer = new KeyBalancer(members(3))
    expect(balancer.next('m', new Set([0, 2]), 0)).toBe(1)
    expect(balancer.next('m', new Set([0, 1, 2]), 0)).toBeNull()
  })

  it('of no members has nobody to pick', () => {
    const balancer = new KeyBalancer([])
    expect(balancer.next('m', NOBODY, 0)).toBeNull()
    expect(balancer.soonest('m', 0)).toBeNull()
  })

  it('begins at the position it is given', () => {
    expect(new KeyBalancer(members(3), 2).next('m', NOBODY, 0)).toBe(2)
  })
})

describe('KeyBalancer, rests', () => {
  it('a key that rests for one model still serves the others', () => {
    const balancer = new KeyBalancer(members(2))
    balancer.rest(0, 'a', 100)
    expect(picks(balancer, 'a', 0, 4)).toEqual({ 1: 4 })
    expect(picks(balancer, 'b', 0, 4)).toEqual({ 0: 2, 1: 2 })
  })

  it('a key that rests for every model serves none', () => {
    const balancer = new KeyBalancer(members(2))
    balancer.rest(1, 'a', 10) // a lane of its own for model a
    balancer.rest(0, null, 100)
    expect(balancer.next('a', NOBODY, 0)).toBeNull()
    expect(picks(balancer, 'b', 0, 3)).toEqual({ 1: 3 })
  })

  it('a rest ends at its time, not before', () => {
    const balancer = new KeyBalancer(members(1))
    balancer.rest(0, 'a', 100)
    expect(balancer.next('a', NOBODY, 99)).toBeNull()
    expect(balancer.next('a', NOBODY, 100)).toBe(0)
  })

  it('of two ends the later counts, whichever came first', () => {
    const balancer = new KeyBalancer(members(1))
    expect(balancer.rest(0, 'a', 100)).toBe(true)
    expect(balancer.rest(0, 'a', 50)).toBe(false)
    expect(balancer.rest(0, 'a', 200)).toBe(true)
    expect(balancer.next('a', NOBODY, 199)).toBeNull()
    expect(balancer.next('a', NOBODY, 200)).toBe(0)
  })

  it('a rest without an end outlasts every end, until it is woken', () => {
    const balancer = new KeyBalancer(members(1))
    balancer.rest(0, null, 100)
    balancer.rest(0, null, null)
    expect(balancer.rest(0, null, 1e15)).toBe(false)
    expect(balancer.next('a', NOBODY, 1e15)).toBeNull()
    expect(balancer.wake(0, null)).toBe(true)
    expect(balancer.next('a', NOBODY, 0)).toBe(0)
  })

  it('waking a key that does not rest changes nothing', () => {
    const balancer = new KeyBalancer(members(1))
    expect(balancer.wake(0, null)).toBe(false)
    expect(balancer.wake(0, 'a')).toBe(false)
    expect(balancer.next('a', NOBODY, 0)).toBe(0)
  })

  it('an alarm of a rest that was woken early does not end a later rest', () => {
    const balancer = new KeyBalancer(members(1))
    balancer.rest(0, 'a', 100)
    balancer.wake(0, 'a')
    balancer.rest(0, 'a', 300)
    expect(balancer.next('a', NOBODY, 200)).toBeNull()
    expect(balancer.next('a', NOBODY, 300)).toBe(0)
  })

  it('the end of a rest for every model leaves the rests for single models', () => {
    const balancer = new KeyBalancer(members(1))
    balancer.rest(0, 'a', 200)
    balancer.rest(0, null, 100)
    expect(balancer.next('a', NOBODY, 150)).toBeNull()
    expect(balancer.next('b', NOBODY, 150)).toBe(0)
    expect(balancer.next('a', NOBODY, 200)).toBe(0)
  })

  it('the end of a rest for one model leaves the rest for every model', () => {
    const balancer = new KeyBalancer(members(2))
    balancer.rest(0, 'a', 100)
    balancer.rest(1, 'a', 500)
    balancer.rest(0, null, 200)
    expect(balancer.next('a', NOBODY, 150)).toBeNull()
    expect(balancer.next('a', NOBODY, 200)).toBe(0)
  })

  it('a key that comes back gets no burst of the turns it missed', () => {
    const balancer = new KeyBalancer(members(2))
    balancer.rest(0, 'a', 100)
    picks(balancer, 'a', 0, 1_000)
    const after = picks(balancer, 'a', 100, 10)
    expect(after[0]).toBeLessThanOrEqual(6)
    expect(after[1]).toBeGreaterThanOrEqual(4)
  })

  it('thousands of alarms at once all ring', () => {
    const count = 5_000
    const balancer = new KeyBalancer(members(count))
    for (let index = 0; index < count; index++) {
      balancer.rest(index, null, 1_000 + (index % 7))
      balancer.rest(index, 'a', 2_000 + (index % 11))
    }
    expect(balancer.next('b', NOBODY, 999)).toBeNull()
    expect(Object.keys(picks(balancer, 'b', 1_006, count))).toHaveLength(count)
    expect(balancer.next('a', NOBODY, 1_999)).toBeNull()
    expect(Object.keys(picks(balancer, 'a', 2_010, count))).toHaveLength(count)
  })
})

describe('KeyBalancer, allow-lists', () => {
  const listed: Member[] = [
    { weight: 1, models: ['a'] },
    { weight: 1, models: ['a', 'b'] },
    { weight: 1, models: null },
  ]

  it('a key serves only the models it may', () => {
    const balancer = new KeyBalancer(listed)
    expect(picks(balancer, 'a', 0, 6)).toEqual({ 0: 2, 1: 2, 2: 2 })
    expect(picks(balancer, 'b', 0, 6)).toEqual({ 1: 3, 2: 3 })
    expect(picks(balancer, 'c', 0, 6)).toEqual({ 2: 6 })
  })

  it('calls that concern no model go to every key', () => {
    expect(picks(new KeyBalancer(listed), NO_MODEL, 0, 6)).toEqual({ 0: 2, 1: 2, 2: 2 })
  })

  it('a key that wakes does not join models it may not serve', () => {
    const balancer = new KeyBalancer(listed)
    balancer.next('b', NOBODY, 0)
    balancer.rest(0, null, 100)
    balancer.rest(0, 'b', 100)
    expect(picks(balancer, 'b', 100, 4)).toEqual({ 1: 2, 2: 2 })
  })

  it('says whether any key may ever serve a model', () => {
    expect(new KeyBalancer(listed.slice(0, 2)).isServed('c')).toBe(false)
    expect(new KeyBalancer(listed.slice(0, 2)).isServed('b')).toBe(true)
    expect(new KeyBalancer(listed).isServed('c')).toBe(true)
    expect(new KeyBalancer(listed.slice(0, 2)).isServed(NO_MODEL)).toBe(true)
  })

  it('keeps the rests of a model while a thousand other models come and go', () => {
    const balancer = new KeyBalancer(listed)
    balancer.rest(1, 'b', 1e9)
    for (let i = 0; i < 1_000; i++) balancer.next(`model-${i}`, NOBODY, 0)
    expect(picks(balancer, 'b', 0, 4)).toEqual({ 2: 4 })
  })

  it('the keys outside the lists share the calls of many rare models', () => {
    const balancer = new KeyBalancer([{ weight: 1, models: ['a'] }, ...members(2)])
    const seen = [0, 0, 0]
    for (let i = 0; i < 1_000; i++) {
      const index = balancer.next(`model-${i}`, NOBODY, 0) ?? 0
      seen[index] = (seen[index] ?? 0) + 1
    }
    expect(seen).toEqual([0, 500, 500])
  })
})

describe('KeyBalancer, the soonest return', () => {
  it('of a key that rests for a model and for all models is the later of its two ends', () => {
    const balancer = new KeyBalancer(members(2))
    balancer.rest(0, 'a', 100)
    balancer.rest(0, null, 300)
    balancer.rest(1, 'a', 200)
    expect(balancer.soonest('a', 0)).toEqual({ index: 1, until: 200, scope: 'model' })
    balancer.rest(1, null, null)
    expect(balancer.soonest('a', 0)).toEqual({ index: 0, until: 300, scope: 'all' })
  })

  it('is asked anew after every rest, return and waking', () => {
    const balancer = new KeyBalancer(members(2))
    expect(balancer.soonest('a', 0)).toBeNull()
    balancer.rest(0, 'a', 300)
    expect(balancer.soonest('a', 0)).toEqual({ index: 0, until: 300, scope: 'model' })
    balancer.rest(1, null, 200)
    expect(balancer.soonest('a', 0)).toEqual({ index: 1, until: 200, scope: 'all' })
    expect(balancer.soonest('a', 200)).toEqual({ index: 0, until: 300, scope: 'model' })
    balancer.wake(0, 'a')
    expect(balancer.soonest('a', 200)).toBeNull()
  })

  it('is out of sight when all rest without an end', () => {
    const balancer = new KeyBalancer(members(1))
    balancer.rest(0, null, null)
    expect(balancer.soonest('a', 0)?.until).toBe(Number.POSITIVE_INFINITY)
  })

  it('is not that of a key which may not serve the model', () => {
    const balancer = new KeyBalancer([
      { weight: 1, models: ['family-preview'] },
      { weight: 1, models: null },
    ])
    balancer.rest(0, null, 50)
    balancer.rest(0, 'family', 100) // a quota names its family, though the key may serve only one of its ids
    balancer.rest(1, 'family', 500)
    expect(balancer.soonest('family', 0)).toEqual({ index: 1, until: 500, scope: 'model' })
  })
})

/** The same rules without lanes, rings or alarms. */
class NaiveBalancer {
  readonly #members: readonly Member[]
  readonly #rests = new Map<string, number>()

  constructor(members: readonly Member[]) {
    this.#members = members
  }

  rest(index: number, model: string | null, until: number | null): void {
    const slot = `${index} ${model}`
    this.#rests.set(slot, Math.max(this.#rests.get(slot) ?? 0, until ?? Number.POSITIVE_INFINITY))
  }

  wake(index: number, model: string | null): void {
    this.#rests.delete(`${index} ${model}`)
  }

  endOf(index: number, model: string, now: number): number {
    const ends = [null, model].map((each) => this.#rests.get(`${index} ${each}`) ?? 0)
    return Math.max(...ends) > now ? Math.max(...ends) : now
  }

  candidates(model: string): number[] {
    return [...this.#members.keys()].filter((index) => {
      const models = this.#members[index]?.models
      return !models || models.includes(model)
    })
  }

  free(model: string, excluded: ReadonlySet<number>, now: number): number[] {
    return this.candidates(model).filter(
      (index) => !excluded.has(index) && this.endOf(index, model, now) === now,
    )
  }

  soonest(model: string, now: number): number | null {
    const ends = this.candidates(model).map((index) => this.endOf(index, model, now))
    const least = Math.min(...ends.filter((end) => end > now), Number.POSITIVE_INFINITY)
    return least === Number.POSITIVE_INFINITY ? null : least
  }
}

describe('KeyBalancer, against a naive model', () => {
  const COUNT = 5
  const index = fc.nat(COUNT - 1)
  const model = fc.constantFrom('a', 'b', 'c')
  const step = fc.oneof(
    fc.record({ do: fc.constant('next' as const), model, excluded: fc.uniqueArray(index, { maxLength: 3 }) }),
    fc.record({
      do: fc.constant('rest' as const),
      index,
      model: fc.option(model),
      ms: fc.option(fc.integer({ min: 1, max: 40 }), { freq: 8 }),
    }),
    fc.record({ do: fc.constant('wake' as const), index, model: fc.option(model) }),
    fc.record({ do: fc.constant('pass' as const), ms: fc.integer({ min: 1, max: 30 }) }),
  )
  const pool = fc.array(
    fc.record({
      weight: fc.integer({ min: 1, max: 4 }),
      models: fc.option(fc.uniqueArray(model, { minLength: 1 }), { freq: 2 }),
    }),
    { minLength: COUNT, maxLength: COUNT },
  )

  it('picks only whom it may, whenever there is one, and knows the soonest return', () => {
    fc.assert(
      fc.property(pool, fc.array(step, { maxLength: 60 }), (keys, steps) => {
        const balancer = new KeyBalancer(keys)
        const naive = new NaiveBalancer(keys)
        let now = 1_000
        for (const each of steps) {
          switch (each.do) {
            case 'next': {
              const excluded = new Set(each.excluded)
              const free = naive.free(each.model, excluded, now)
              const picked = balancer.next(each.model, excluded, now)
              if (free.length === 0) expect(picked).toBeNull()
              else expect(free).toContain(picked)
              break
            }
            case 'rest':
              // A key rests for a model only after it has served it.
              if (each.model !== null && !naive.candidates(each.model).includes(each.index)) break
              balancer.rest(each.index, each.model, each.ms === null ? null : now + each.ms)
              naive.rest(each.index, each.model, each.ms === null ? null : now + each.ms)
              break
            case 'wake':
              balancer.wake(each.index, each.model)
              naive.wake(each.index, each.model)
              break
            case 'pass':
              now += each.ms
          }
          for (const asked of ['a', 'b', 'c']) {
            const returning: Return | null = balancer.soonest(asked, now)
            const until = returning?.until ?? Number.POSITIVE_INFINITY
            expect(Number.isFinite(until) ? until : null).toBe(naive.soonest(asked, now))
            if (returning) expect(naive.endOf(returning.index, asked, now)).toBe(returning.until)
          }
        }
      }),
      { numRuns: 300 },
    )
  })
})
