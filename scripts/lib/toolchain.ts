import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { delimiter, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'

/** A folder of `tests/toolchains`: tools that only tests need, with a lock file of their own. */
export type Toolchain = 'runtimes' | 'hosts' | 'clients'

const ROOT = resolve(import.meta.dirname, '../../tests/toolchains')

/** Installs what the lock file says, unless that is there already. @throws Error with npm's own words. */
export async function installToolchain(toolchain: Toolchain, say: (line: string) => void): Promise<void> {
  const folder = join(ROOT, toolchain)
  const stampPath = join(folder, 'node_modules', '.installed-lock')
  const stamp = stampOf(folder)
  if (existsSync(stampPath) && readFileSync(stampPath, 'utf8') === stamp) return

  say(`installing tests/toolchains/${toolchain} ...`)
  const startedAt = performance.now()
  await npmCi(folder)
  writeFileSync(stampPath, stamp)
  say(`installed tests/toolchains/${toolchain} in ${Math.round((performance.now() - startedAt) / 1000)} s`)
}

/** Tells two installations apart: by what was asked for and by the machine, whose binaries they hold. */
function stampOf(folder: string): string {
  const hash = createHash('sha256')
  for (const file of ['package.json', 'package-lock.json']) hash.update(readFileSync(join(folder, file)))
  return `${hash.digest('hex')} ${process.platform} ${process.arch}\n`
}

/** Some tools want a newer Node than the one that installs them: npm's warning about that is left out. */
function npmCi(folder: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const npm = spawn('npm', ['ci', '--loglevel=error', '--no-audit', '--no-fund'], {
      cwd: folder,
      stdio: ['ignore', 'ignore', 'pipe'],
      shell: process.platform === 'win32',
    })
    let complaint = ''
    npm.stderr.on('data', (chunk) => {
      complaint += chunk
    })
    npm.on('error', reject)
    npm.on('close', (code) =>
      code === 0 ? resolve() : reject(new Error(`npm ci failed (${code}): ${complaint.trim()}`)),
    )
  })
}

/** Path of a command that a toolchain brings. */
export function toolPath(toolchain: Toolchain, command: string): string {
  return join(ROOT, toolchain, 'node_modules', '.bin', command)
}

/** `PATH` with the commands of these toolchains before all others. */
export function toolPathVariable(...toolchains: readonly Toolchain[]): string {
  const folders = toolchains.map((toolchain) => join(ROOT, toolchain, 'node_modules', '.bin'))
  return [...folders, process.env.PATH].join(delimiter)
}

/**
 * Imports a package that only a toolchain has. Its types are not installed where `npm run check` runs, so the caller
 * says which part of it is used.
 */
export async function importTool<Module>(toolchain: Toolchain, name: string): Promise<Module> {
  const { resolve: locate } = createRequire(join(ROOT, toolchain, 'package.json'))
  return (await import(pathToFileURL(locate(name)).href)) as Module
}
