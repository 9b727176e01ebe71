import type { FailoverReport, StartUpReport, ThroughputReport } from './scenes.ts'
import { growthOf, type SelectionResult } from './selection.ts'
import type { Spread } from './statistics.ts'
import type { TrafficResult } from './traffic.ts'

/** Everything one run has measured. */
export interface Findings {
  readonly machine: Machine
  readonly throughput: ThroughputReport
  readonly paced: TrafficResult
  readonly failover: FailoverReport
  readonly selection: readonly SelectionResult[]
  readonly startUp: readonly StartUpReport[]
}

export interface Machine {
  readonly node: string
  readonly system: string
  readonly processor: string
  readonly cores: number
  readonly isPinned: boolean
  readonly rounds: number
}

/** A number of product.md 6, and whether it is met. */
export interface Bar {
  readonly what: string
  readonly limit: string
  readonly measured: string
  /** `unclear`: the bare proxy misses it as well, so it is the machine that is too busy. */
  readonly verdict: 'pass' | 'fail' | 'unclear'
}

const MIN_THROUGHPUT_RATIO = 0.85
const MAX_ADDED_FIRST_EVENT_MS = 4
const MAX_WASTED_CALLS = 5
const MAX_SELECTION_GROWTH = 4
const MAX_START_UP_MS = 1_000
const MAX_LARGE_POOL_MB = 60

/**
 * Judges so that other work on the machine decides nothing: ratios by their median over rounds in which both sides
 * were measured by turns, and plain times by their quietest round.
 */
export function judge({ throughput, paced, failover, selection, startUp }: Findings): readonly Bar[] {
  const traffic = [...throughput.cases, paced]
  const errors = traffic.reduce((sum, each) => sum + each.errors, 0)
  const growth = growthOf(selection)
  const [small, large] = startUp
  const bars: Bar[] = throughput.cases.filter(isThroughput).map(({ name, throughputRatio }) => ({
    what: `throughput per core over the bare proxy's: ${name}`,
    limit: `>= ${MIN_THROUGHPUT_RATIO}`,
    measured: showSpread(throughputRatio, 2),
    verdict: verdictOf(throughputRatio.median >= MIN_THROUGHPUT_RATIO),
  }))
  bars.push(
    firstEventBar(paced),
    {
      what: 'failed or wrong answers under load',
      limit: '0',
      measured: `${errors}`,
      verdict: verdictOf(errors === 0),
    },
    {
      what: `${failover.deadKeys} of 10 keys dead for the day, ${failover.calls} calls: errors for the caller`,
      limit: '0',
      measured: `${failover.callerErrors}`,
      verdict: verdictOf(failover.callerErrors === 0),
    },
    {
      what: `${failover.deadKeys} of 10 keys dead for the day, ${failover.calls} calls: wasted calls`,
      limit: `<= ${MAX_WASTED_CALLS}`,
      measured: `${failover.wastedCalls}`,
      verdict: verdictOf(failover.wastedCalls <= MAX_WASTED_CALLS),
    },
    {
      what: 'picking one of 10,000 keys, over one of 10',
      limit: `<= ${MAX_SELECTION_GROWTH}x`,
      measured: `${growth.toFixed(2)}x`,
      verdict: verdictOf(growth <= MAX_SELECTION_GROWTH),
    },
  )
  if (large) bars.push(startUpBar(large))
  if (small?.peakMB && large?.peakMB) bars.push(memoryBar(large.peakMB - small.peakMB))
  return bars
}

function verdictOf(isMet: boolean): Bar['verdict'] {
  return isMet ? 'pass' : 'fail'
}

function firstEventBar({ firstEventP50: { direct, floor, gateway } }: TrafficResult): Bar {
  const addedMs = gateway.least - direct.least
  const isTooBusy = floor.least - direct.least > MAX_ADDED_FIRST_EVENT_MS
  const verdict = verdictOf(addedMs <= MAX_ADDED_FIRST_EVENT_MS)
  return {
    what: 'time to first event, added to direct',
    limit: `<= ${MAX_ADDED_FIRST_EVENT_MS} ms`,
    measured: `${addedMs.toFixed(2)} ms (bare proxy ${(floor.least - direct.least).toFixed(2)} ms)`,
    verdict: verdict === 'fail' && isTooBusy ? 'unclear' : verdict,
  }
}

/** One connection at a time measures latency: upstream idles while the proxy works. */
function isThroughput({ connections }: TrafficResult): boolean {
  return connections > 1
}

function startUpBar({ firstAnswerMs }: StartUpReport): Bar {
  return {
    what: 'start-up to the first answer with 10,000 keys',
    limit: `<= ${MAX_START_UP_MS} ms`,
    measured: `${firstAnswerMs.least.toFixed(0)} ms`,
    verdict: verdictOf(firstAnswerMs.least <= MAX_START_UP_MS),
  }
}

function memoryBar(moreMB: number): Bar {
  return {
    what: 'memory with 10,000 keys, above that with 10',
    limit: `<= ${MAX_LARGE_POOL_MB} MB`,
    measured: `${moreMB.toFixed(0)} MB`,
    verdict: verdictOf(moreMB <= MAX_LARGE_POOL_MB),
  }
}

/** The findings as Markdown: printed, and kept in the README. */
export function toMarkdown(findings: Findings, bars: readonly Bar[]): string {
  const { machine, throughput, paced, selection, startUp } = findings
  const single = throughput.cases.filter((each) => !isThroughput(each))
  const where = machine.isPinned
    ? 'measured system on core 0, load and upstream on core 1'
    : 'not pinned to cores'
  return [
    `Node ${machine.node}, ${machine.system}, ${machine.cores} cores (${machine.processor}), ${where}; ${machine.rounds} rounds. ` +
      'Medians, in brackets the middle half of the rounds.',
    table(
      ['answers per second', 'direct', 'bare proxy', 'gateway'],
      throughput.cases.map(({ name, perSecond }) => [
        name,
        perSecond.direct.median.toFixed(0),
        perSecond.floor.median.toFixed(0),
        perSecond.gateway.median.toFixed(0),
      ]),
    ),
    table(
      ['ms of CPU per answer', 'bare proxy', 'gateway', 'throughput per core, gateway / bare proxy'],
      throughput.cases.map(({ name, cpu, throughputRatio }) => [
        name,
        cpu ? showSpread(cpu.floor, 2) : 'unknown',
        cpu ? showSpread(cpu.gateway, 2) : 'unknown',
        showSpread(throughputRatio, 2),
      ]),
    ),
    table(
      ['ms', 'direct', 'bare proxy', 'gateway', 'added by the gateway / by the bare proxy'],
      single.map(({ name, latency, addedLatencyRatio }) => [
        `latency p50: ${name}`,
        latency.direct.median.toFixed(2),
        latency.floor.median.toFixed(2),
        latency.gateway.median.toFixed(2),
        showSpread(addedLatencyRatio, 2),
      ]),
    ),
    table(
      [`ms, ${paced.name}`, 'direct', 'bare proxy', 'gateway'],
      (['firstEvent', 'gap'] as const).flatMap((what) =>
        (['p50', 'p95'] as const).map((share) => [
          `${what === 'gap' ? 'between events' : 'to the first event'}, ${share}`,
          paced[what].direct[share].toFixed(2),
          paced[what].floor[share].toFixed(2),
          paced[what].gateway[share].toFixed(2),
        ]),
      ),
    ),
    table(
      ['picking a key', 'all awake', 'every fifth rests for the model'],
      selection.map(({ keys, nanoseconds, nanosecondsWithRests }) => [
        `of ${keys.toLocaleString('en')}`,
        `${showSpread(nanoseconds, 0)} ns`,
        `${showSpread(nanosecondsWithRests, 0)} ns`,
      ]),
    ),
    table(
      ['start', 'to the first answer', 'peak memory'],
      startUp.map(({ keys, firstAnswerMs, peakMB }) => [
        `${keys.toLocaleString('en')} keys`,
        `${showSpread(firstAnswerMs, 0)} ms`,
        showMB(peakMB),
      ]),
    ),
    ...busyNote(throughput),
    `Peak memory under load: bare proxy ${showMB(throughput.peakMB.floor)}, gateway ${showMB(throughput.peakMB.gateway)}.`,
    table(
      ['bar', 'limit', 'measured', ''],
      bars.map(({ what, limit, measured, verdict }) => [what, limit, measured, verdict]),
    ),
  ].join('\n\n')
}

/** How much of its core the measured system got: every answer per second below that is not its own doing. */
function busyNote({ cases }: ThroughputReport): string[] {
  const saturated = cases.reduce((most, each) => (each.connections > most.connections ? each : most))
  if (saturated.cpu === null) return []
  const share = (saturated.perSecond.gateway.median * saturated.cpu.gateway.median) / 10
  return [`With ${saturated.connections} connections the gateway had ${share.toFixed(0)} % of a core.`]
}

function showSpread({ median, low, high }: Spread, digits: number): string {
  return `${median.toFixed(digits)} (${low.toFixed(digits)} to ${high.toFixed(digits)})`
}

function showMB(megabytes: number | null): string {
  return megabytes === null ? 'unknown' : `${megabytes.toFixed(0)} MB`
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, column) =>
    Math.max(3, title.length, ...rows.map((row) => row[column]?.length ?? 0)),
  )
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`
  return [line(head), `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`, ...rows.map(line)].join(
    '\n',
  )
}
