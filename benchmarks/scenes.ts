import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SimulatorClient } from '../simulator/client.ts'
import { alternate } from './alternate.ts'
import type { Launcher, Server } from './processes.ts'
import { median, type Spread, spreadOf } from './statistics.ts'
import { type Effort, type Endpoint, measureTraffic, type Targets, type TrafficResult } from './traffic.ts'
import { PACED_STREAM, REPLAYED_CASES, STREAM, type TrafficCase, UNARY_10 } from './traffic-cases.ts'

const AUTH_TOKEN = 'token-of-the-benchmark'
const KEY_PREFIX = 'AIzaSyBenchmark'
const POOL_SIZE = 10
const LARGE_POOL_SIZE = 10_000
const POOL = makeKeys(POOL_SIZE)
const [POOL_KEY = ''] = POOL

const EVENT_GAP_MS = 20
const DEAD_KEYS = 5
const FAILOVER_CALLS = 200
const WARM_UP_LANES = 10

/** As long as Google's, all different. */
function makeKeys(count: number): string[] {
  return Array.from({ length: count }, (_, index) => KEY_PREFIX + String(index).padStart(24, '0'))
}

function gatewaySettings(baseUrl: string): Readonly<Record<string, string>> {
  return {
    PORT: '0',
    HOST: '127.0.0.1',
    LOG_LEVEL: 'info',
    AUTH_TOKEN,
    GEMINI_BASE_URL: baseUrl,
    DATA_DIR: './data',
  }
}

function writeKeys(folder: string, keys: readonly string[]): Promise<void> {
  // Not in the environment: Linux allows 128 KiB for one variable.
  return writeFile(join(folder, '.env'), `GEMINI_API_KEY=${keys.join(',')}\n`)
}

/** What a scene is played with: a folder of its own, and servers that end with it. */
interface Stage {
  readonly folder: string
  keep(starting: Promise<Server>): Promise<Server>
}

async function onStage<Result>(play: (stage: Stage) => Promise<Result>): Promise<Result> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-'))
  const servers: Server[] = []
  try {
    return await play({
      folder,
      keep: async (starting) => {
        const server = await starting
        servers.push(server)
        return server
      },
    })
  } finally {
    await Promise.all(servers.map((server) => server.stop()))
    await rm(folder, { recursive: true, force: true })
  }
}

interface Cast {
  readonly upstream: Server
  readonly floor: Server
  readonly gateway: Server
  readonly endpoints: Targets<Endpoint>
}

/** An upstream, and the bare proxy and the gateway before it, both with the same ten keys. */
async function startCast(
  launcher: Launcher,
  { folder, keep }: Stage,
  upstreamOf: 'replayUpstream' | 'simulator',
): Promise<Cast> {
  const keys = POOL.join(',')
  await writeKeys(folder, POOL)
  const upstream = await keep(launcher[upstreamOf]({ folder, env: { KEY_PREFIX } }))
  const floor = await keep(launcher.bareProxy({ folder, env: { BASE_URL: upstream.url, KEYS: keys } }))
  const gateway = await keep(launcher.gateway({ folder, env: gatewaySettings(upstream.url) }))
  return {
    upstream,
    floor,
    gateway,
    endpoints: {
      direct: { url: upstream.url, credential: POOL_KEY, cpuMs: upstream.cpuMs },
      floor: { url: floor.url, credential: AUTH_TOKEN, cpuMs: floor.cpuMs },
      gateway: { url: gateway.url, credential: AUTH_TOKEN, cpuMs: gateway.cpuMs },
    },
  }
}

export interface ThroughputReport {
  readonly cases: readonly TrafficResult[]
  /** Peak resident memory in MB; null where the machine does not tell. */
  readonly peakMB: { readonly floor: number | null; readonly gateway: number | null }
}

/** How fast each of the replayed cases goes. @param warmUpAnswers - of each proxy, unary and streamed. */
export function measureThroughput(
  launcher: Launcher,
  effort: Effort,
  warmUpAnswers: number,
): Promise<ThroughputReport> {
  return onStage(async (stage) => {
    const { floor, gateway, endpoints } = await startCast(launcher, stage, 'replayUpstream')
    const cases: TrafficResult[] = []
    for (const traffic of [UNARY_10, STREAM]) await warmUp(traffic, endpoints, warmUpAnswers)
    for (const traffic of REPLAYED_CASES) cases.push(await measureTraffic(traffic, endpoints, effort))
    return { cases, peakMB: { floor: floor.peakMB(), gateway: gateway.peakMB() } }
  })
}

/** Streams at the pace of a model: what matters is when events come, not how many. */
export function measurePacedStream(
  launcher: Launcher,
  effort: Effort,
  warmUpAnswers: number,
): Promise<TrafficResult> {
  return onStage(async (stage) => {
    const { upstream, endpoints } = await startCast(launcher, stage, 'simulator')
    await warmUp(PACED_STREAM, endpoints, warmUpAnswers)
    await new SimulatorClient(upstream.url).setPacing({ gapMs: EVENT_GAP_MS })
    return measureTraffic(PACED_STREAM, endpoints, effort, effort.sliceMs / PACED_STREAM.connections)
  })
}

/** Lets both proxies compile their code, however small a share of its core each may get. */
async function warmUp(traffic: TrafficCase, endpoints: Targets<Endpoint>, answers: number): Promise<void> {
  for (const { url, credential } of [endpoints.floor, endpoints.gateway]) {
    const headers = { 'x-goog-api-key': credential }
    const lane = async (): Promise<void> => {
      for (let call = 0; call < answers / WARM_UP_LANES; call++)
        await post(url + traffic.target, headers, traffic.body)
    }
    await Promise.all(Array.from({ length: WARM_UP_LANES }, lane))
  }
}

export interface FailoverReport {
  readonly calls: number
  readonly deadKeys: number
  /** Answers other than 200. */
  readonly callerErrors: number
  /** Calls to a dead key. */
  readonly wastedCalls: number
}

/** Half of the pool has spent its quota of the day: what do callers notice? */
export function measureFailover(launcher: Launcher): Promise<FailoverReport> {
  return onStage(async (stage) => {
    const { upstream, endpoints } = await startCast(launcher, stage, 'simulator')
    const simulator = new SimulatorClient(upstream.url)
    await simulator.setSettings({ recordCalls: true })
    for (const key of POOL.slice(0, DEAD_KEYS)) {
      await simulator.addFault({ match: { key }, fault: { error: 'quota-day' } })
    }
    let callerErrors = 0
    for (let call = 0; call < FAILOVER_CALLS; call++) {
      if ((await callOnce(endpoints.gateway)) !== 200) callerErrors++
    }
    const calls = await simulator.calls()
    const wastedCalls = calls.filter(({ status }) => status !== 200).length
    return { calls: FAILOVER_CALLS, deadKeys: DEAD_KEYS, callerErrors, wastedCalls }
  })
}

function callOnce({ url, credential }: Pick<Endpoint, 'url' | 'credential'>): Promise<number> {
  return post(url + UNARY_10.target, { 'x-goog-api-key': credential }, UNARY_10.body)
}

/** @returns the status of the answer, once that is whole. */
async function post(url: string, headers: Readonly<Record<string, string>>, body: string): Promise<number> {
  const answer = await fetch(url, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json' },
    body,
  })
  await answer.arrayBuffer()
  return answer.status
}

export interface StartUpReport {
  readonly keys: number
  /** From the start of the process to its first answer through the pool. */
  readonly firstAnswerMs: Spread
  /** Peak until then; null where the machine does not tell. */
  readonly peakMB: number | null
}

/** How long a start takes, and what it holds, with few keys and with many. */
export function measureStartUp(launcher: Launcher, rounds: number): Promise<readonly StartUpReport[]> {
  return onStage(async (stage) => {
    const sizes = [POOL_SIZE, LARGE_POOL_SIZE]
    const keys = makeKeys(LARGE_POOL_SIZE)
    const upstream = await stage.keep(launcher.replayUpstream({ folder: stage.folder, env: { KEY_PREFIX } }))
    const measured = await alternate(sizes, rounds, (size) =>
      onStage(async ({ folder, keep }) => {
        await writeKeys(folder, keys.slice(0, size))
        const gateway = await keep(launcher.gateway({ folder, env: gatewaySettings(upstream.url) }))
        const startedAt = performance.now()
        const status = await callOnce({ url: gateway.url, credential: AUTH_TOKEN })
        if (status !== 200) throw new Error(`The first answer with ${size} keys is ${status}`)
        return { ms: gateway.startMs + performance.now() - startedAt, peakMB: gateway.peakMB() }
      }),
    )
    return sizes.map((size) => {
      const starts = measured.get(size) ?? []
      const peaks = starts.flatMap(({ peakMB }) => peakMB ?? [])
      return {
        keys: size,
        firstAnswerMs: spreadOf(starts.map(({ ms }) => ms)),
        peakMB: peaks.length === 0 ? null : median(peaks),
      }
    })
  })
}
