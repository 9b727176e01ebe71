import { resolve } from 'node:path'
import { toolPath } from '../../scripts/lib/toolchain.ts'
import type { RunningHost } from './host.ts'
import { startProcess } from './process-host.ts'

/** Deno's own cache, kept where a fresh installation of the toolchain removes it. */
const DENO_DIR = resolve('tests/toolchains/runtimes/node_modules/.deno')

/**
 * deno.json lets Deno fetch packages itself, for hosts that only have the sources. Tests take those that `npm ci` has
 * brought, at the same versions, and need no network.
 */
const INSTALLED_PACKAGES = '--node-modules-dir=manual'

/** Runs a module of this repository in Deno, with the rights that deno.json's `start` has. */
export function startDeno(
  module: string,
  { env }: { readonly env: Readonly<Record<string, string>> },
): Promise<RunningHost> {
  return startProcess({
    command: toolPath('runtimes', 'deno'),
    args: [
      'run',
      '--allow-net',
      '--allow-env',
      INSTALLED_PACKAGES,
      '--config',
      resolve('deno.json'),
      resolve(module),
    ],
    env: { DENO_DIR, DENO_NO_UPDATE_CHECK: '1', DENO_SERVE_ADDRESS: 'tcp:127.0.0.1:0', ...env },
  })
}
