import { hash, randomNumbers } from '../hash.ts'

/** What `gemini-embedding-*` gives unless told otherwise. */
export const DEFAULT_DIMENSIONS = 3_072

/** A unit vector that depends on the text alone. */
export function vectorFor(text: string, dimensions: number): number[] {
  const next = randomNumbers(hash(text))
  const raw = Array.from({ length: dimensions }, () => next() * 2 - 1)
  const length = Math.sqrt(raw.reduce((sum, value) => sum + value * value, 0))
  return raw.map((value) => Number((value / length).toFixed(8)))
}
