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
}

export interface Effort {
  readonly rounds: number
  /** Of one case, one target, one round. */
  readonly sliceMs: number
}

/** One case; times in ms. */
export interface TrafficResult {
  readonly name: string
  readonly errors: number
  readonly perSecond: Targets<Spread>
  /** Median to the end of the answer. */
  readonly latency: Targets<Spread>
  /** Throughput of the gateway over the floor's, round by round. */
  readonly throughputRatio: Spread
  /** What the gateway adds to `direct`, over what the floor adds, round by round. */
  readonly addedLatencyRatio: Spread
  readonly firstEvent: Targets<{ readonly p50: number; readonly p95: number }>
  /** Between the events of a stream. */
  readonly gap: Targets<{ readonly p50: number; readonly p95: number }>
  /** Median time to first event, less that of `direct`, round by round. */
  readonly addedFirstEvent: Targets<Spread>
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
  const measured = await alternate(NAMES, rounds, (name) => runLoad(loadOf(name)))
  const of = (name: keyof Targets<Endpoint>): LoadResult[] => measured.get(name) ?? []
  return summarize(traffic.name, { direct: of('direct'), floor: of('floor'), gateway: of('gateway') })
}

function summarize(name: string, results: Targets<readonly LoadResult[]>): TrafficResult {
  const latencies = mapTargets(results, (each) => each.map((result) => p50(result.latencies)))
  const firstEvents = mapTargets(results, (each) => each.map((result) => p50(result.firstPieces)))
  const perSecond = mapTargets(results, (each) => each.map((result) => result.perSecond))
  const added = (values: readonly number[], direct: readonly number[]) =>
    values.map((value, round) => value - (direct[round] ?? 0))
  const ratios = (above: readonly number[], below: readonly number[]) =>
    spreadOf(above.map((value, round) => value / (below[round] ?? 0)))
  return {
    name,
    errors: Object.values(results)
      .flat()
      .reduce((sum, { errors }) => sum + errors, 0),
    perSecond: mapTargets(perSecond, spreadOf),
    latency: mapTargets(latencies, spreadOf),
    throughputRatio: ratios(perSecond.gateway, perSecond.floor),
    addedLatencyRatio: ratios(
      added(latencies.gateway, latencies.direct),
      added(latencies.floor, latencies.direct),
    ),
    firstEvent: mapTargets(results, (each) => percentiles(each.flatMap((result) => result.firstPieces))),
    gap: mapTargets(results, (each) => percentiles(each.flatMap((result) => result.gaps))),
    addedFirstEvent: mapTargets(firstEvents, (each) => spreadOf(added(each, firstEvents.direct))),
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
