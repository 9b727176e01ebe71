import { alternate } from './alternate.ts'
import { type Load, type LoadResult, runLoad } from './load.ts'
import { quantile, type Spread, spreadOf } from './statistics.ts'
import type { TrafficCase } from './traffic-cases.ts'

/** Who answers: the upstream itself, the bare proxy before it, or the gateway before it. */
export interface Targets<Value> {
  readonly direct: Value
  readonly floor: Value
  readonly gateway: Value
}

/** Where to send, and with which credential. */
export interface Endpoint {
  readonly url: string
  readonly credential: string
  /** Processor time the server has used so far; null where nobody tells. */
  readonly cpuMs: () => number | null
}

export interface Effort {
  readonly rounds: number
  /** Of one case, one target, one round. */
  readonly sliceMs: number
}

/** One case; times in ms. */
export interface TrafficResult {
  readonly name: string
  readonly connections: number
  readonly errors: number
  readonly perSecond: Targets<Spread>
  /** Processor time per answer; null where the machine does not tell. */
  readonly cpu: { readonly floor: Spread; readonly gateway: Spread } | null
  /** Median to the end of the answer. */
  readonly latency: Targets<Spread>
  /**
   * Throughput per core of the gateway over the floor's, round by round: answers per processor time, which stays
   * true while other work takes its share of the core; answers per second where that time is unknown.
   */
  readonly throughputRatio: Spread
  /** What the gateway adds to `direct`, over what the floor adds, round by round. */
  readonly addedLatencyRatio: Spread
  readonly firstEvent: Targets<{ readonly p50: number; readonly p95: number }>
  /** Between the events of a stream. */
  readonly gap: Targets<{ readonly p50: number; readonly p95: number }>
  /** Median time to the first event, round by round. */
  readonly firstEventP50: Targets<Spread>
}

interface Round extends LoadResult {
  /** Processor time per answer. */
  readonly cpuMs: number | null
}

const NAMES = ['direct', 'floor', 'gateway'] as const

/**
 * One case against all three, by turns.
 *
 * @throws Error when a proxy's answer is not the upstream's, byte for byte.
 */
export async function measureTraffic(
  traffic: TrafficCase,
  endpoints: Targets<Endpoint>,
  { rounds, sliceMs }: Effort,
  rampMs = 0,
): Promise<TrafficResult> {
  const answerBytes = await checkAnswers(traffic, endpoints)
  const loadOf = (name: keyof Targets<Endpoint>): Load => ({
    url: endpoints[name].url + traffic.target,
    headers: { 'x-goog-api-key': endpoints[name].credential },
    body: traffic.body,
    connections: traffic.connections,
    durationMs: sliceMs,
    answerBytes,
    rampMs,
  })
  const measured = await alternate(NAMES, rounds, (name) => runRound(loadOf(name), endpoints[name]))
  const of = (name: keyof Targets<Endpoint>): Round[] => measured.get(name) ?? []
  return summarize(traffic, { direct: of('direct'), floor: of('floor'), gateway: of('gateway') })
}

async function runRound(load: Load, { cpuMs }: Endpoint): Promise<Round> {
  const before = cpuMs()
  const result = await runLoad(load)
  const after = cpuMs()
  const isKnown = before !== null && after !== null && after > before
  return { ...result, cpuMs: isKnown ? (after - before) / result.answers : null }
}

function summarize({ name, connections }: TrafficCase, results: Targets<readonly Round[]>): TrafficResult {
  const latencies = mapTargets(results, (each) => each.map((result) => p50(result.latencies)))
  const firstEvents = mapTargets(results, (each) => each.map((result) => p50(result.firstPieces)))
  const perSecond = mapTargets(results, (each) => each.map((result) => result.perSecond))
  const added = (values: readonly number[], direct: readonly number[]) =>
    values.map((value, round) => value - (direct[round] ?? 0))
  const cpu = mapTargets(results, (each) => each.flatMap(({ cpuMs }) => cpuMs ?? []))
  const isCpuKnown =
    cpu.floor.length === results.floor.length && cpu.gateway.length === results.gateway.length
  const ratios = (above: readonly number[], below: readonly number[]) =>
    spreadOf(above.map((value, round) => value / (below[round] ?? 0)))
  return {
    name,
    connections,
    errors: Object.values(results)
      .flat()
      .reduce((sum, { errors }) => sum + errors, 0),
    perSecond: mapTargets(perSecond, spreadOf),
    latency: mapTargets(latencies, spreadOf),
    cpu: isCpuKnown ? { floor: spreadOf(cpu.floor), gateway: spreadOf(cpu.gateway) } : null,
    throughputRatio: isCpuKnown ? ratios(cpu.floor, cpu.gateway) : ratios(perSecond.gateway, perSecond.floor),
    addedLatencyRatio: ratios(
      added(latencies.gateway, latencies.direct),
      added(latencies.floor, latencies.direct),
    ),
    firstEvent: mapTargets(results, (each) => percentiles(each.flatMap((result) => result.firstPieces))),
    gap: mapTargets(results, (each) => percentiles(each.flatMap((result) => result.gaps))),
    firstEventP50: mapTargets(firstEvents, spreadOf),
  }
}

function mapTargets<From, To>(
  { direct, floor, gateway }: Targets<From>,
  map: (value: From) => To,
): Targets<To> {
  return { direct: map(direct), floor: map(floor), gateway: map(gateway) }
}

function p50(values: readonly number[]): number {
  return percentiles(values).p50
}

/** Zero where nothing was measured: a whole answer has no gaps. */
function percentiles(values: readonly number[]): { readonly p50: number; readonly p95: number } {
  if (values.length === 0) return { p50: 0, p95: 0 }
  const sorted = values.toSorted((a, b) => a - b)
  return { p50: quantile(sorted, 0.5), p95: quantile(sorted, 0.95) }
}

/** @returns how long the answer is. */
async function checkAnswers(traffic: TrafficCase, endpoints: Targets<Endpoint>): Promise<number> {
  const answers: string[] = []
  for (const name of NAMES) {
    const { url, credential } = endpoints[name]
    const answer = await fetch(url + traffic.target, {
      method: 'POST',
      headers: { 'x-goog-api-key': credential, 'content-type': 'application/json' },
      body: traffic.body,
    })
    const text = await answer.text()
    if (answer.status !== 200) throw new Error(`${traffic.name}, ${name}: ${answer.status} ${text}`)
    answers.push(text)
  }
  const [upstreams = ''] = answers
  if (answers.some((answer) => answer !== upstreams)) {
    throw new Error(`${traffic.name}: a proxy has changed the answer`)
  }
  return Buffer.byteLength(upstreams)
}
