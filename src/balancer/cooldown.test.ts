import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Failure, RateLimited } from '../errors.ts'
import { HOUR, MINUTE, SECOND } from '../lib/time.ts'
import { type CooldownContext, cooldownFor } from './cooldown.ts'

/** 19:00 in Los Angeles (PST, UTC-8). */
const NOW = Date.UTC(2026, 10, 21, 3)
const PACIFIC_MIDNIGHT = Date.UTC(2026, 10, 21, 8)

const context: CooldownContext = { streak: 0, maxFailures: 3, now: NOW, jitter: 0 }

const limited = (fields: Partial<RateLimited>): Failure => ({
  kind: 'rate-limited',
  scope: 'minute',
  retryAfterMs: null,
  quotaModel: null,
  limit: null,
  ...fields,
})

describe('cooldownFor, a key', () => {
  it.each(['invalid', 'expired', 'unauthenticated', 'suspended', 'leaked', 'restricted'] as const)(
    'that is dead (%s) rests alone and for every model until somebody clears it',
    (reason) => {
      expect(cooldownFor({ kind: 'dead-key', reason }, context)).toEqual({
        scope: 'key',
        model: 'all',
        until: null,
      })
    },
  )
})

describe('cooldownFor, a project', () => {
  it.each([
    { kind: 'dead-project', reason: 'service-disabled' },
    { kind: 'unfunded', reason: 'spend-cap' },
    { kind: 'unfunded', reason: 'prepaid-empty' },
  ] as const)('$kind $reason rests whole for six hours', (failure) => {
    expect(cooldownFor(failure, context)).toEqual({ scope: 'project', model: 'all', until: NOW + 6 * HOUR })
  })

  it('that does not have the model rests for it alone for a day', () => {
    expect(cooldownFor({ kind: 'model-unavailable' }, context)).toEqual({
      scope: 'project',
      model: 'this',
      until: NOW + 24 * HOUR,
    })
  })

  it('over its minute rests for what Google asks', () => {
    expect(cooldownFor(limited({ retryAfterMs: 25_466 }), context)).toEqual({
      scope: 'project',
      model: 'this',
      until: NOW + 25_466,
    })
  })

  it.each([null, 0])('over its minute rests for a minute when Google asks for %j', (retryAfterMs) => {
    expect(cooldownFor(limited({ retryAfterMs }), context)?.until).toBe(NOW + MINUTE)
  })

  it('rests for a second at least', () => {
    expect(cooldownFor(limited({ retryAfterMs: 5 }), context)?.until).toBe(NOW + SECOND)
  })

  it('over its day rests until just after midnight Pacific, whatever short delay Google names', () => {
    const until = cooldownFor(limited({ scope: 'day', retryAfterMs: 25_000 }), context)?.until
    expect(until).toBe(PACIFIC_MIDNIGHT + 10 * SECOND)
  })

  it('over its day in summer rests until midnight in daylight time', () => {
    const now = Date.UTC(2026, 6, 4, 12)
    const until = cooldownFor(limited({ scope: 'day' }), { ...context, now })?.until
    expect(until).toBe(Date.UTC(2026, 6, 5, 7) + 10 * SECOND)
  })

  it('over a quota that has no name rests for what Google asks', () => {
    expect(cooldownFor(limited({ scope: 'unknown', retryAfterMs: 7_000 }), context)?.until).toBe(NOW + 7_000)
  })

  it('never rests for longer than Google has quotas for, however absurd the delay', () => {
    for (const retryAfterMs of [1e18, Number.POSITIVE_INFINITY]) {
      const until = cooldownFor(limited({ retryAfterMs }), context)?.until ?? Number.NaN
      expect(until).toBeGreaterThan(NOW)
      expect(until).toBeLessThanOrEqual(NOW + 48 * HOUR)
    }
  })
})

describe('cooldownFor, failures without an explanation', () => {
  const faults: Failure[] = [{ kind: 'upstream-fault', cause: 'network' }, { kind: 'empty-answer' }]

  it.each(faults)('$kind rests nobody before the streak reaches MAX_FAILURES', (failure) => {
    for (const streak of [0, 1, 2]) expect(cooldownFor(failure, { ...context, streak })).toBeNull()
  })

  it.each(faults)(
    '$kind rests the key for the model, twice as long each time, half an hour at most',
    (failure) => {
      const rests = [3, 4, 5, 6, 7, 8, 9, 5_000].map((streak) => cooldownFor(failure, { ...context, streak }))
      expect(rests.every((rest) => rest?.scope === 'key' && rest.model === 'this')).toBe(true)
      expect(rests.map((rest) => ((rest?.until ?? 0) - NOW) / MINUTE)).toEqual([1, 2, 4, 8, 16, 30, 30, 30])
    },
  )

  it('with MAX_FAILURES at 1 rest the key at once', () => {
    const rest = cooldownFor({ kind: 'empty-answer' }, { ...context, streak: 1, maxFailures: 1 })
    expect(rest?.until).toBe(NOW + MINUTE)
  })
})

describe('cooldownFor, nobody rests', () => {
  it.each([
    { kind: 'overloaded', retryAfterMs: 30_000 },
    { kind: 'location' },
    { kind: 'foreign-resource' },
    { kind: 'caller-fault', status: 400 },
    { kind: 'cancelled' },
  ] as const)('for $kind, however often', (failure) => {
    expect(cooldownFor(failure, { ...context, streak: 100 })).toBeNull()
  })
})

describe('cooldownFor, jitter', () => {
  it('adds less than a tenth and never makes a rest shorter', () => {
    const failure = fc.constantFrom<Failure>(
      limited({ retryAfterMs: 25_000 }),
      { kind: 'model-unavailable' },
      { kind: 'unfunded', reason: 'spend-cap' },
      { kind: 'empty-answer' },
    )
    fc.assert(
      fc.property(failure, fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (each, jitter) => {
        const least = (cooldownFor(each, { ...context, streak: 3 })?.until ?? 0) - NOW
        const until = cooldownFor(each, { ...context, streak: 3, jitter })?.until ?? 0
        expect(until - NOW).toBeGreaterThanOrEqual(least)
        expect(until - NOW).toBeLessThanOrEqual(Math.ceil(least * 1.1))
        expect(Number.isInteger(until)).toBe(true)
      }),
    )
  })

  it('spreads the return from a day over half a minute', () => {
    const until = cooldownFor(limited({ scope: 'day' }), { ...context, jitter: 0.999 })?.until ?? 0
    expect(until).toBeGreaterThan(PACIFIC_MIDNIGHT + 39 * SECOND)
    expect(until).toBeLessThanOrEqual(PACIFIC_MIDNIGHT + 40 * SECOND)
  })
})
