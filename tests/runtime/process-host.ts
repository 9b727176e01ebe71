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
}

/** "listens on" is ours, "Listening on" is Deno's; Deno also prints the URLs of packages that it fetches. */
const PRINTED_URL = /listen\w* on (https?:\/\/[^\s/]+)/i

/**
 * A host that is a process of its own, in an empty folder, with `env` and a PATH for its whole environment.
 *
 * @throws Error with the exit code and the output, when it ends before it has printed a URL.
 */
export async function startProcess({ command, args, env }: HostProcess): Promise<RunningHost> {
  const folder = await mkdtemp(join(tmpdir(), 'gateway-host-'))
  const child = spawn(command, args, {
    cwd: folder,
    env: { PATH: process.env.PATH, HOME: folder, NO_COLOR: '1', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const cleanUp = async (): Promise<void> => {
    await end(child)
    await rm(folder, { recursive: true, force: true })
  }
  try {
    return { url: await printedUrl(child), stop: cleanUp }
  } catch (error) {
    await cleanUp()
    throw error
  }
}

function printedUrl(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let output = ''
    const read = (chunk: Buffer): void => {
      output += chunk.toString()
      const url = PRINTED_URL.exec(output)?.[1]
      if (url !== undefined) resolve(url)
    }
    child.stdout?.on('data', read)
    child.stderr?.on('data', read)
    child.on('error', reject)
    child.on('close', (code) => reject(new Error(`exit code ${code}: ${output}`)))
  })
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return
  const closed = once(child, 'close')
  child.kill('SIGKILL')
  await closed
}
