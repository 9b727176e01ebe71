import fc from 'fast-check'
import { expect, test } from 'vitest'
import { oneLineJson } from './json.ts'
import { nextPacificMidnight, pacificDay } from './pacific-day.ts'
import { planWire } from './plan-wire.ts'
import { SSE_HEADERS, utf8 } from './wire.ts'

const NO_PACING = { headersMs: 0, firstEventMs: 0, gapMs: 0 }

test('oneLineJson of any value reads back as that value, on one line', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const text = oneLineJson(JSON.parse(JSON.stringify(value)))
      expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)))
      expect(text).not.toMatch(/[\r\n]/)
    }),
  )
})

test('planWire with any split offsets writes the same bytes', () => {
  const anyEvents = fc.array(fc.string({ minLength: 1, unit: 'grapheme' }), { minLength: 1, maxLength: 5 })
  fc.assert(
    fc.property(anyEvents, fc.array(fc.nat(60)), (texts, splitAt) => {
      const reply = { framing: 'stream', status: 200, headers: SSE_HEADERS, events: texts.map(utf8) } as const
      const wire = planWire(reply, { splitAt }, NO_PACING, () => {
        throw new Error('No error was asked for')
      })
      const written =
        wire.kind === 'steps'
          ? wire.steps.flatMap((step) => (step.do === 'write' ? [...step.bytes] : []))
          : []
      expect(written).toEqual(texts.flatMap((text) => [...utf8(text)]))
    }),
  )
})

test('nextPacificMidnight is always ahead, and the day changes there and not before', () => {
  const time = fc.integer({
    min: Date.parse('2020-01-01T00:00:00Z'),
    max: Date.parse('2035-01-01T00:00:00Z'),
  })
  fc.assert(
    fc.property(time, (now) => {
      const midnight = nextPacificMidnight(now)
      expect(midnight).toBeGreaterThan(now)
      expect(pacificDay(midnight - 1)).toBe(pacificDay(now))
      expect(pacificDay(midnight)).not.toBe(pacificDay(now))
    }),
  )
})
