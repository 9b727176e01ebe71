import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { cp, mkdtemp, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { toolPathVariable } from '../../scripts/lib/toolchain.ts'

const run = promisify(execFile)

/** What git knows and does not ignore, in a temporary folder: what a host would clone. */
export interface Checkout extends AsyncDisposable {
  readonly folder: string
  /**
   * Runs a host's command line here, without a terminal and without anybody's login.
   *
   * @returns what it wrote. @throws Error with its output, when it exits with another code than 0.
   */
  run(command: string, args: readonly string[]): Promise<string>
}

/** Keeps the tools from asking questions, calling home and reading a developer's own settings. */
const QUIET = {
  CI: 'true',
  NO_COLOR: '1',
  WRANGLER_SEND_METRICS: 'false',
  VERCEL_TELEMETRY_DISABLED: '1',
  VERCEL_CLI_USE_NATIVE_BINARY: '0',
  NETLIFY_TELEMETRY_DISABLED: '1',
  DENO_NO_UPDATE_CHECK: '1',
}

/** @param options.withPackages - links `node_modules`; false for a tool that installs them itself. */
export async function checkOut(options: { readonly withPackages: boolean }): Promise<Checkout> {
  const folder = await mkdtemp(join(tmpdir(), 'gateway-checkout-'))
  const { stdout } = await run('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'])
  // The index still lists a file that was deleted a moment ago.
  const files = stdout
    .split('\0')
    .filter((file) => !file.startsWith('tests/') && existsSync(file) && file !== '')
  for (const file of files) await cp(file, join(folder, file))
  if (options.withPackages) await symlink(resolve('node_modules'), join(folder, 'node_modules'))

  const env = {
    ...process.env,
    ...QUIET,
    PATH: toolPathVariable('hosts', 'runtimes'),
    XDG_CONFIG_HOME: join(folder, '.config'),
    DENO_DIR: join(folder, '.deno'),
  }
  return {
    folder,
    run: async (command, args) => {
      const child = run(command, args, { cwd: folder, env })
      child.child.stdin?.end()
      const { stdout, stderr } = await child
      return stdout + stderr
    },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  }
}
