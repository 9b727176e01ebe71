import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { bundleNode } from '../../scripts/lib/bundle.ts'
import { createSimulator, type Simulator } from '../../simulator/simulator.ts'
import { type RunningProcess, startProcess } from '../runtime/process-host.ts'

const AUTH_TOKEN = 'operator-token-for-tests'
const MODEL = 'gemini-2.5-flash'

/** Says in the simulator's log which isolate a call came from. */
const ISOLATE_HEADER = 'x-isolate'
/** All that a test may call, so that none is dropped. */
const CALL_LOG_LIMIT = 50_000

/** A folder of its own: other suites build `dist` while this one runs. */
const BUNDLE = 'dist/isolates'
await bundleNode(BUNDLE)

export interface ClusterKey {
  readonly key: string
  readonly weight?: number
  /** Models it may serve; every one by default. */
  readonly models?: readonly string[]
}

/** One gateway process. */
export interface Isolate {
  readonly name: string
  /** Holds `gateway.db` when the cluster has no Redis. */
  readonly dataDir: string
  /** One `generateContent` as the operator. @returns the status, when the whole answer is there. */
  generate(model?: string): Promise<number>
  /** `/verify` for one key as the operator. @returns its events. */
  verify(key: string): Promise<string>
  /** What `/health` says. */
  health(): Promise<unknown>
  /** @returns the exit code; null after SIGKILL. */
  end(signal: NodeJS.Signals): Promise<number | null>
  /** Starts it again after its end, with the same settings and folder. */
  start(): Promise<void>
}

/** A generation as the simulator saw it. */
interface SeenCall {
  readonly isolate: string
  readonly key: string
  readonly status: number | null
  /** Unix time in ms. */
  readonly at: number
}

export interface Cluster {
  readonly simulator: Simulator
  readonly isolates: readonly Isolate[]
  /** All generations since the start, or since `simulator.clearCalls`; oldest first. */
  calls(): SeenCall[]
  stop(): Promise<void>
}

/** Gateway processes with the same keys over one store, in front of one simulator in this process. */
export async function startCluster(options: {
  readonly size: number
  readonly keys: readonly ClusterKey[]
  /** null: each isolate has a SQLite file of its own. */
  readonly redisUrl: string | null
}): Promise<Cluster> {
  const { size, keys, redisUrl } = options
  const simulator = createSimulator({
    keys: keys.map(({ key }) => ({ key })),
    settings: { gzip: false },
    callLogLimit: CALL_LOG_LIMIT,
  })
  const server = await simulator.listen()
  const folder = await mkdtemp(join(tmpdir(), 'isolates-'))
  const isolates = Array.from({ length: size }, (_, index) => {
    const name = `isolate-${index}`
    const dataDir = join(folder, name)
    const env = {
      PORT: '0',
      HOST: '127.0.0.1',
      AUTH_TOKEN,
      DATA_DIR: dataDir,
      GEMINI_BASE_URL: server.url,
      GEMINI_API_KEY: JSON.stringify(keys),
      CUSTOM_HEADERS: JSON.stringify({ [ISOLATE_HEADER]: name }),
      ...(redisUrl === null ? {} : { REDIS_URL: redisUrl }),
    }
    return new GatewayProcess(name, dataDir, env)
  })
  const stop = async () => {
    await Promise.all(isolates.map((isolate) => isolate.stop()))
    await server.close()
    await rm(folder, { recursive: true, force: true })
  }
  try {
    await Promise.all(isolates.map((isolate) => isolate.start()))
  } catch (error) {
    await stop()
    throw error
  }
  const calls = () =>
    simulator.calls({ method: 'generateContent' }).map(({ headers, key, status, at }) => {
      return { isolate: String(headers[ISOLATE_HEADER]), key: String(key), status, at }
    })
  return { simulator, isolates, calls, stop }
}

class GatewayProcess implements Isolate {
  readonly name: string
  readonly dataDir: string
  readonly #env: Readonly<Record<string, string>>
  #process: RunningProcess | null = null

  constructor(name: string, dataDir: string, env: Readonly<Record<string, string>>) {
    this.name = name
    this.dataDir = dataDir
    this.#env = env
  }

  async start(): Promise<void> {
    await this.stop()
    const args = [resolve(BUNDLE, 'node.js')]
    this.#process = await startProcess({ command: process.execPath, args, env: this.#env })
  }

  async stop(): Promise<void> {
    await this.#process?.stop()
    this.#process = null
  }

  end(signal: NodeJS.Signals): Promise<number | null> {
    return this.#running.end(signal)
  }

  async generate(model = MODEL): Promise<number> {
    const response = await fetch(`${this.#running.url}/v1beta/models/${model}:generateContent`, {
      method: 'POST',
      headers: { 'x-goog-api-key': AUTH_TOKEN, 'content-type': 'application/json' },
      body: JSON.stringify({ contents: [{ role: 'user', parts: [{ text: 'hello' }] }] }),
    })
    await response.text()
    return response.status
  }

  async verify(key: string): Promise<string> {
    const headers = { authorization: `Bearer ${AUTH_TOKEN}`, 'x-goog-api-key': key }
    const response = await fetch(`${this.#running.url}/verify`, { headers })
    return response.text()
  }

  async health(): Promise<unknown> {
    const response = await fetch(`${this.#running.url}/health`)
    return ((await response.json()) as { readonly status: unknown }).status
  }

  get #running(): RunningProcess {
    if (this.#process === null) throw new Error(`${this.name} was not started`)
    return this.#process
  }
}

/** Requests one after the other, until `isOver` says so before the next. @returns their statuses. */
export async function drive(
  isolate: Isolate,
  options: {
    readonly isOver: (done: number) => boolean
    readonly paceMs?: number
    readonly model?: string
  },
): Promise<number[]> {
  const { isOver, paceMs = 0, model = MODEL } = options
  const statuses: number[] = []
  while (!isOver(statuses.length)) {
    statuses.push(await isolate.generate(model))
    if (paceMs > 0) await sleep(paceMs)
  }
  return statuses
}
