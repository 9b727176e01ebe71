import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { HOUR } from '../lib/time.ts'
import { nextPacificMidnight } from './pacific-midnight.ts'

const wallClock = new Intl.DateTimeFormat('en-US', {
  timeZone: 'America/Los_Angeles',
  timeStyle: 'medium',
  hourCycle: 'h23',
})

test.each([
  ['a winter day (PST)', '2026-01-15T20:00:00.000Z', '2026-01-16T08:00:00.000Z'],
  ['a summer day (PDT)', '2026-07-15T20:00:00.000Z', '2026-07-16T07:00:00.000Z'],
  ['a millisecond before midnight', '2026-07-16T06:59:59.999Z', '2026-07-16T07:00:00.000Z'],
  ['exactly midnight, the one after', '2026-07-16T07:00:00.000Z', '2026-07-17T07:00:00.000Z'],
  ['the evening before the 23 h day', '2026-03-08T04:30:00.000Z', '2026-03-08T08:00:00.000Z'],
  ['midnight of the 23 h day', '2026-03-08T08:00:00.000Z', '2026-03-09T07:00:00.000Z'],
  ['the 23 h day before its shift', '2026-03-08T09:59:59.000Z', '2026-03-09T07:00:00.000Z'],
  ['the 23 h day after its shift', '2026-03-08T10:00:00.000Z', '2026-03-09T07:00:00.000Z'],
  ['the last hour of the 23 h day', '2026-03-09T06:15:00.000Z', '2026-03-09T07:00:00.000Z'],
  ['the evening before the 25 h day', '2026-11-01T06:30:00.000Z', '2026-11-01T07:00:00.000Z'],
  ['midnight of the 25 h day', '2026-11-01T07:00:00.000Z', '2026-11-02T08:00:00.000Z'],
  ['the first 01:30 of the 25 h day', '2026-11-01T08:30:00.000Z', '2026-11-02T08:00:00.000Z'],
  ['the second 01:30 of the 25 h day', '2026-11-01T09:30:00.000Z', '2026-11-02T08:00:00.000Z'],
  ['the last hour of the 25 h day', '2026-11-02T07:15:00.000Z', '2026-11-02T08:00:00.000Z'],
  ['the day before a leap day', '2028-02-28T12:00:00.000Z', '2028-02-29T08:00:00.000Z'],
  ['a leap day', '2028-02-29T12:00:00.000Z', '2028-03-01T08:00:00.000Z'],
  ['the year end', '2027-01-01T05:00:00.000Z', '2027-01-01T08:00:00.000Z'],
])('nextPacificMidnight, %s', (_, now, midnight) => {
  expect(new Date(nextPacificMidnight(Date.parse(now))).toISOString()).toBe(midnight)
})

test('nextPacificMidnight, any moment, is later, at most 25 h away, and reads 00:00:00 in Los Angeles', () =>
  fc.assert(
    fc.property(fc.integer({ min: Date.UTC(2007, 2, 12), max: Date.UTC(2099, 11, 31) }), (now) => {
      const midnight = nextPacificMidnight(now)
      expect(midnight).toBeGreaterThan(now)
      expect(midnight - now).toBeLessThanOrEqual(25 * HOUR)
      expect(wallClock.format(midnight)).toBe('00:00:00')
      expect(midnight % 1000).toBe(0)
    }),
  ))
