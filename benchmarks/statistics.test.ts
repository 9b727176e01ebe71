import { expect, test } from 'vitest'
import { quantile, spreadOf } from './statistics.ts'

test('spreadOf, values in any order, gives the middle, its half and the least', () => {
  expect(spreadOf([50, 10, 40, 20, 30])).toEqual({ median: 30, low: 20, high: 40, least: 10 })
})

test('quantile, a share between two values, interpolates', () => {
  expect(quantile([10, 20], 0.75)).toBe(17.5)
})

test('quantile, no values, throws', () => {
  expect(() => quantile([], 0.5)).toThrow(RangeError)
})
