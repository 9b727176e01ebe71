import { expect, test } from 'vitest'
import { nextPacificMidnight, pacificDay } from './pacific-day.ts'

test.each([
  ['standard time', '2026-01-15T12:00:00Z', '2026-01-16T08:00:00Z'],
  ['daylight time', '2026-07-15T12:00:00Z', '2026-07-16T07:00:00Z'],
  ['the day of 23 hours', '2026-03-08T08:00:00Z', '2026-03-09T07:00:00Z'],
  ['the day of 25 hours', '2026-11-01T07:00:00Z', '2026-11-02T08:00:00Z'],
  ['one ms before midnight', '2026-11-02T07:59:59.999Z', '2026-11-02T08:00:00Z'],
  ['midnight itself', '2026-11-02T08:00:00Z', '2026-11-03T08:00:00Z'],
])('nextPacificMidnight in %s is the next 00:00 of Los Angeles', (_, now, midnight) => {
  expect(new Date(nextPacificMidnight(Date.parse(now))).toISOString()).toBe(new Date(midnight).toISOString())
})

test('pacificDay is the calendar day of Los Angeles', () => {
  expect(pacificDay(Date.parse('2026-11-21T07:59:59Z'))).toBe('2026-11-20')
  expect(pacificDay(Date.parse('2026-11-21T08:00:00Z'))).toBe('2026-11-21')
})
