import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { RunningHost } from './host.ts'

export interface HostProcess {
  readonly command: string
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
  /** Where it runs; an empty folder of its own, removed at the end, when none is given. */
  readonly folder?: string
}

export interface RunningProcess extends RunningHost {
  /** All that it has printed. */
  readonly output: () => string
  /** Sends a signal and waits for the end. @returns the exit code. */
  end(signal: NodeJS.Signals): Promise<number | null>
}

/** "listens on" is ours, "Listening on" is Deno's; Deno also prints the URLs of packages that it fetches. */
const PRINTED_URL = /listen\w* on (https?:\/\/[^\s/]+)/i

/**
 * A host that is a process of its own, with `env` and a PATH for its whole environment.
 *
 * @throws Error with the exit code and the output, when it ends before it has printed a URL.
 */
export async function startProcess({ command, args, env, folder }: HostProcess): Promise<RunningProcess> {
  const ownFolder = folder === undefined ? await mkdtemp(join(tmpdir(), 'gateway-host-')) : null
  const cwd = folder ?? ownFolder ?? '.'
  const child = spawn(command, args, {
    cwd,
    env: { PATH: process.env.PATH, HOME: cwd, NO_COLOR: '1', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  const end = (signal: NodeJS.Signals) => endProcess(child, signal)
  const stop = async (): Promise<void> => {
    await end('SIGKILL')
    if (ownFolder !== null) await rm(ownFolder, { recursive: true, force: true })
  }
  const url = new Promise<string>((resolve, reject) => {
    const read = (chunk: Buffer): void => {
      output += chunk.toString()
      const printed = PRINTED_URL.exec(output)?.[1]
      if (printed !== undefined) resolve(printed)
    }
    child.stdout.on('data', read)
    child.stderr.on('data', read)
    child.on('error', reject)
    child.on('close', (code) => reject(new Error(`exit code ${code}: ${output}`)))
  })
  try {
    return { url: await url, output: () => output, end, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

async function endProcess(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return child.exitCode
  const closed = once(child, 'close')
  child.kill(signal)
  await closed
  return child.exitCode
}
