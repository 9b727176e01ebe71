import { expect, test } from 'vitest'
import { growthOf, measureSelection } from './selection.ts'
import { spreadOf } from './statistics.ts'

test('measureSelection, few picks, measures every size with and without rests', async () => {
  const sizes = await measureSelection(1, 100)
  expect(sizes.map(({ keys }) => keys)).toEqual([10, 100, 1_000, 10_000])
  for (const { nanoseconds, nanosecondsWithRests } of sizes) {
    expect(nanoseconds.median).toBeGreaterThan(0)
    expect(nanosecondsWithRests.median).toBeGreaterThan(0)
  }
})

test('growthOf, quietest rounds of the ends, gives the worse of with and without rests', () => {
  const size = (keys: number, awake: number[], resting: number[]) => ({
    keys,
    nanoseconds: spreadOf(awake),
    nanosecondsWithRests: spreadOf(resting),
  })
  expect(growthOf([size(10, [100, 900], [100]), size(100, [1], [1]), size(10_000, [200, 800], [300])])).toBe(
    3,
  )
})
