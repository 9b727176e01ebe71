import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { resolve } from 'node:path'
import { build } from 'esbuild'
import { bundleNode } from '../scripts/lib/bundle.ts'

const ROOT = resolve(import.meta.dirname, '..')
/** Of util-linux: binds a process to processor cores. */
const TASKSET = 'taskset'
const SYSTEM_CORE = '0'
const LOAD_CORE = '1'
const START_DEADLINE_MS = 15_000
const CLOCK_TICK_MS = 10

/** A server under measurement, in a process of its own. */
export interface Server {
  /** Without a slash at the end. */
  readonly url: string
  /** From the start of the process to its address, in ms. */
  readonly startMs: number
  /** The most memory it has held so far; null where `/proc` does not tell. */
  peakMB(): number | null
  /** Processor time of all its threads so far, in steps of 10 ms; null where `/proc` does not tell. */
  cpuMs(): number | null
  stop(): Promise<void>
}

interface Launch {
  readonly env: Readonly<Record<string, string>>
  /** The gateway reads `.env` here and keeps its state here. */
  readonly folder: string
}

/** How the processes of one benchmark are made and kept apart. */
export interface Launcher {
  /** Load and upstreams on one core, the measured system on another. */
  readonly isPinned: boolean
  gateway(launch: Launch): Promise<Server>
  bareProxy(launch: Launch): Promise<Server>
  replayUpstream(launch: Launch): Promise<Server>
  simulator(launch: Launch): Promise<Server>
}

const BARE_PROXY = `
  import { startBareProxy } from './bare-proxy.ts'
  const { BASE_URL, KEYS } = process.env
  console.log((await startBareProxy({ baseUrl: BASE_URL, keys: KEYS.split(',') })).url)`

const REPLAY_UPSTREAM = `
  import { startReplayUpstream } from './replay-upstream.ts'
  import { REPLAYED_CASES } from './traffic-cases.ts'
  console.log((await startReplayUpstream({ cases: REPLAYED_CASES, keyPrefix: process.env.KEY_PREFIX })).url)`

const SIMULATOR = `
  import { createSimulator } from '../simulator/simulator.ts'
  const settings = { acceptAnyKey: true, gzip: false, recordCalls: false }
  console.log((await createSimulator({ settings }).listen()).url)`

/**
 * Builds what runs on its own, and binds this process, which makes the load, to a core of its own where `taskset`
 * is there and the machine has two.
 */
export async function createLauncher(): Promise<Launcher> {
  const [gateway, bareProxy, replayUpstream, simulator] = await Promise.all([
    bundleGateway(),
    bundleScript('bare-proxy', BARE_PROXY),
    bundleScript('replay-upstream', REPLAY_UPSTREAM),
    bundleScript('simulator', SIMULATOR),
  ])
  const isPinned = pinThisProcess()
  const measuredOn = isPinned ? SYSTEM_CORE : null
  return {
    isPinned,
    gateway: (launch) => startServer(gateway, launch, measuredOn),
    bareProxy: (launch) => startServer(bareProxy, launch, measuredOn),
    replayUpstream: (launch) => startServer(replayUpstream, launch, null),
    simulator: (launch) => startServer(simulator, launch, null),
  }
}

async function bundleGateway(): Promise<string> {
  const folder = resolve(ROOT, 'dist')
  await bundleNode(folder)
  return resolve(folder, 'node.js')
}

/** As plain JavaScript, like the gateway: a loader would count against its memory and its start. */
async function bundleScript(name: string, contents: string): Promise<string> {
  const outfile = resolve(ROOT, `dist/bench/${name}.js`)
  await build({
    stdin: { contents, resolveDir: import.meta.dirname, loader: 'ts' },
    outfile,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    sourcemap: true,
    logLevel: 'warning',
  })
  return outfile
}

function pinThisProcess(): boolean {
  if (availableParallelism() < 2) return false
  return spawnSync(TASKSET, ['-a', '-c', '-p', LOAD_CORE, String(process.pid)]).status === 0
}

/** @param core - null: where this process runs. */
async function startServer(script: string, { env, folder }: Launch, core: string | null): Promise<Server> {
  const [program, parameters] =
    core === null ? [process.execPath, [script]] : [TASKSET, ['-c', core, process.execPath, script]]
  const startedAt = performance.now()
  const child = spawn(program, parameters, {
    cwd: folder,
    env: { PATH: process.env.PATH, NODE_ENV: 'production', ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const url = await announcedUrl(child)
  return {
    url,
    startMs: performance.now() - startedAt,
    peakMB: () => peakMB(child.pid),
    cpuMs: () => cpuMs(child.pid),
    stop: () => stop(child),
  }
}

/** The first address the process prints; what it prints later is dropped. */
function announcedUrl(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    const deadline = setTimeout(() => {
      child.kill('SIGKILL')
      reject(new Error('The server did not start in time'))
    }, START_DEADLINE_MS)
    let printed = ''
    child.stdout?.on('data', (piece: Buffer) => {
      printed += piece
      const port = /http:\/\/[^\s:]+:(\d+)/.exec(printed)?.[1]
      if (port === undefined) return
      clearTimeout(deadline)
      child.stdout?.removeAllListeners('data').resume()
      resolve(`http://127.0.0.1:${port}`)
    })
    child.once('error', reject)
    child.once('exit', (code) => reject(new Error(`The server ended with code ${code}: ${printed}`)))
  })
}

function peakMB(pid: number | undefined): number | null {
  const kilobytes = /VmHWM:\s+(\d+) kB/.exec(readProcess(pid, 'status') ?? '')?.[1]
  return kilobytes === undefined ? null : Number(kilobytes) / 1024
}

/** @source proc_pid_stat(5): utime and stime are fields 14 and 15; the name before them may hold spaces. */
function cpuMs(pid: number | undefined): number | null {
  const fields = readProcess(pid, 'stat')?.split(') ').at(-1)?.split(' ')
  return fields ? (Number(fields[11]) + Number(fields[12])) * CLOCK_TICK_MS : null
}

function readProcess(pid: number | undefined, file: 'stat' | 'status'): string | null {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8')
  } catch {
    return null
  }
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return
  const ended = once(child, 'exit')
  child.kill('SIGKILL')
  await ended
}
