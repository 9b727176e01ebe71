import { KeyBalancer } from '../src/balancer/key-balancer.ts'
import { alternate } from './alternate.ts'
import { type Spread, spreadOf } from './statistics.ts'

/** What one pick of a key costs. */
export interface SelectionResult {
  readonly keys: number
  readonly nanoseconds: Spread
  /** The same, while every fifth key rests for the model. */
  readonly nanosecondsWithRests: Spread
}

const SIZES = [10, 100, 1_000, 10_000] as const
const MODEL = 'gemini-2.5-flash'
const NOW = 1_800_000_000_000
const RESTS_UNTIL = NOW + 3_600_000
const RESTING_SHARE = 5
const WEIGHTS = [3, 2, 1] as const
const NONE: ReadonlySet<number> = new Set()

interface Subject {
  readonly keys: number
  readonly hasRests: boolean
  readonly balancer: KeyBalancer
}

/** @param picks - of one size in one round. */
export async function measureSelection(rounds: number, picks: number): Promise<readonly SelectionResult[]> {
  const subjects = SIZES.flatMap((keys) => [false, true].map((hasRests) => createSubject(keys, hasRests)))
  for (const subject of subjects) timePicks(subject, picks)
  const measured = await alternate(subjects, rounds, (subject) => timePicks(subject, picks))
  const costs = (keys: number, hasRests: boolean): number[] => {
    const subject = subjects.find((each) => each.keys === keys && each.hasRests === hasRests)
    return (subject && measured.get(subject)) ?? []
  }
  return SIZES.map((keys) => ({
    keys,
    nanoseconds: spreadOf(costs(keys, false)),
    nanosecondsWithRests: spreadOf(costs(keys, true)),
  }))
}

/** Cost at the largest size over that at the smallest, in their quietest rounds; the worse of with and without rests. */
export function growthOf(sizes: readonly SelectionResult[]): number {
  const [smallest, largest] = [sizes.at(0), sizes.at(-1)]
  if (!smallest || !largest) throw new RangeError('No measurements')
  return Math.max(
    largest.nanoseconds.least / smallest.nanoseconds.least,
    largest.nanosecondsWithRests.least / smallest.nanosecondsWithRests.least,
  )
}

function createSubject(keys: number, hasRests: boolean): Subject {
  const members = Array.from({ length: keys }, (_, index) => ({
    weight: WEIGHTS[index % WEIGHTS.length] ?? 1,
    models: null,
  }))
  const balancer = new KeyBalancer(members)
  if (hasRests) {
    for (let index = 0; index < keys; index += RESTING_SHARE) balancer.rest(index, MODEL, RESTS_UNTIL)
  }
  return { keys, hasRests, balancer }
}

/** @returns nanoseconds per pick. */
function timePicks({ balancer }: Subject, picks: number): number {
  const startedAt = performance.now()
  for (let pick = 0; pick < picks; pick++) balancer.next(MODEL, NONE, NOW)
  return ((performance.now() - startedAt) * 1e6) / picks
}
