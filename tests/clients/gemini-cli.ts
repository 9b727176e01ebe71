import { spawn } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { toolPath } from '../../scripts/lib/toolchain.ts'
import { TOKEN } from './gateway-under-test.ts'

export interface CliRun {
  readonly exitCode: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Ends before the test's own time is up, so that none outlives it: the CLI retries for minutes. */
const RUN_TIMEOUT_MS = 45_000

/** Without it the CLI asks how to sign in. */
const SETTINGS = { security: { auth: { selectedType: 'gemini-api-key' } } }

/**
 * Runs Gemini CLI once, without a terminal, as somebody who has just installed it: an empty home, an empty folder
 * with these files, and of the environment no more than the gateway's address and key.
 */
export async function runGeminiCli(
  gatewayUrl: string,
  arguments_: readonly string[],
  files: Readonly<Record<string, string>> = {},
): Promise<CliRun> {
  const home = await mkdtemp(join(tmpdir(), 'gemini-cli-'))
  const folder = join(home, 'work')
  try {
    await mkdir(join(home, '.gemini'))
    await mkdir(folder)
    await writeFile(join(home, '.gemini', 'settings.json'), JSON.stringify(SETTINGS))
    for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text)
    return await run(toolPath('clients', 'gemini'), arguments_, folder, {
      PATH: process.env.PATH,
      HOME: home,
      TMPDIR: home, // it leaves reports of errors there
      GEMINI_API_KEY: TOKEN,
      GOOGLE_GEMINI_BASE_URL: gatewayUrl,
      GEMINI_CLI_TRUST_WORKSPACE: 'true',
      NO_COLOR: '1',
    })
  } finally {
    await rm(home, { recursive: true, force: true })
  }
}

function run(
  command: string,
  arguments_: readonly string[],
  cwd: string,
  env: NodeJS.ProcessEnv,
): Promise<CliRun> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, arguments_, {
      cwd,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: RUN_TIMEOUT_MS,
    })
    let stdout = ''
    let stderr = ''
    child.stdout.on('data', (chunk: Buffer) => {
      stdout += chunk.toString()
    })
    child.stderr.on('data', (chunk: Buffer) => {
      stderr += chunk.toString()
    })
    child.on('error', reject)
    child.on('close', (exitCode) => resolve({ exitCode, stdout, stderr }))
  })
}
