/** The middle of several measurements and the middle half around it: a noisy round moves neither. */
export interface Spread {
  readonly median: number
  /** First and third quartile. */
  readonly low: number
  readonly high: number
  /** The quietest round: other work on the machine only ever adds time. */
  readonly least: number
}

/** @param values - at least one, in any order. */
export function spreadOf(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b)
  return {
    median: quantile(sorted, 0.5),
    low: quantile(sorted, 0.25),
    high: quantile(sorted, 0.75),
    least: quantile(sorted, 0),
  }
}

export function median(values: readonly number[]): number {
  return spreadOf(values).median
}

/**
 * Interpolates between the two nearest.
 *
 * @param sorted - ascending, at least one.
 * @param share - 0.95 for p95.
 */
export function quantile(sorted: readonly number[], share: number): number {
  const at = (sorted.length - 1) * share
  const below = sorted[Math.floor(at)]
  const above = sorted[Math.ceil(at)]
  if (below === undefined || above === undefined) throw new RangeError('No measurements')
  return below + (above - below) * (at - Math.floor(at))
}
