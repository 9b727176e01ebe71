import { describe, expect, test } from 'vitest'
import { type Findings, judge, toMarkdown } from './report.ts'
import { spreadOf } from './statistics.ts'
import type { TrafficResult } from './traffic.ts'

const ONE = spreadOf([1])
const EACH = { direct: ONE, floor: ONE, gateway: ONE }
const PERCENTILES = { direct: { p50: 1, p95: 1 }, floor: { p50: 1, p95: 1 }, gateway: { p50: 1, p95: 1 } }

const TRAFFIC: TrafficResult = {
  name: 'some case',
  connections: 10,
  errors: 0,
  perSecond: EACH,
  cpu: { floor: ONE, gateway: ONE },
  latency: EACH,
  throughputRatio: ONE,
  addedLatencyRatio: ONE,
  firstEvent: PERCENTILES,
  gap: PERCENTILES,
  firstEventP50: EACH,
}

const GOOD: Findings = {
  machine: { node: '20', system: 'any', processor: 'any', cores: 2, isPinned: true, rounds: 1 },
  throughput: { cases: [TRAFFIC], peakMB: { floor: 1, gateway: null } },
  paced: TRAFFIC,
  failover: { calls: 200, deadKeys: 5, callerErrors: 0, wastedCalls: 5 },
  selection: [
    { keys: 10, nanoseconds: ONE, nanosecondsWithRests: ONE },
    { keys: 10_000, nanoseconds: ONE, nanosecondsWithRests: spreadOf([4, 9, 9]) },
  ],
  startUp: [
    { keys: 10, firstAnswerMs: ONE, peakMB: 90 },
    { keys: 10_000, firstAnswerMs: spreadOf([1_000, 5_000]), peakMB: 150 },
  ],
}

const MISSES: readonly (readonly [string, Partial<Findings>])[] = [
  [
    'throughput per core',
    { throughput: { ...GOOD.throughput, cases: [{ ...TRAFFIC, throughputRatio: spreadOf([0.84]) }] } },
  ],
  ['time to first event', { paced: { ...TRAFFIC, firstEventP50: { ...EACH, gateway: spreadOf([5.1]) } } }],
  ['failed or wrong answers', { paced: { ...TRAFFIC, errors: 1 } }],
  ['errors for the caller', { failover: { ...GOOD.failover, callerErrors: 1 } }],
  ['wasted calls', { failover: { ...GOOD.failover, wastedCalls: 6 } }],
  [
    'picking one',
    {
      selection: GOOD.selection.map((size) =>
        size.keys === 10 ? size : { ...size, nanoseconds: spreadOf([4.1]) },
      ),
    },
  ],
  ['start-up', { startUp: GOOD.startUp.map((each) => ({ ...each, firstAnswerMs: spreadOf([1_001]) })) }],
  ['memory', { startUp: GOOD.startUp.map((each) => (each.keys === 10 ? each : { ...each, peakMB: 151 })) }],
]

describe('judge', () => {
  test('everything just within its limit, all bars are met', () => {
    expect(judge(GOOD).filter(({ verdict }) => verdict !== 'pass')).toEqual([])
  })

  test.each(MISSES)('%s just over the limit, that bar alone is missed', (what, miss) => {
    const missed = judge({ ...GOOD, ...miss }).filter(({ verdict }) => verdict !== 'pass')
    expect(missed).toHaveLength(1)
    expect(missed[0]?.what).toContain(what)
    expect(missed[0]?.verdict).toBe('fail')
  })

  test('time to first event missed by the bare proxy too, blames the machine', () => {
    const late = { ...EACH, floor: spreadOf([5.1]), gateway: spreadOf([6]) }
    const missed = judge({ ...GOOD, paced: { ...TRAFFIC, firstEventP50: late } }).filter(
      ({ verdict }) => verdict !== 'pass',
    )
    expect(missed.map(({ verdict }) => verdict)).toEqual(['unclear'])
  })
})

test('toMarkdown, a missed bar, says so in its row', () => {
  const findings = { ...GOOD, failover: { ...GOOD.failover, callerErrors: 3 } }
  const row = toMarkdown(findings, judge(findings))
    .split('\n')
    .find((line) => line.includes('errors for the caller'))
  expect(row).toMatch(/\| 3 +\| fail +\|$/)
})
