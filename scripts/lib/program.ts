import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

/** Commands that tests start and no lock file can bring, and how people get them. */
export const PROGRAMS = {
  'redis-server': 'install redis-server (Debian: apt-get install redis-server; macOS: brew install redis)',
} as const satisfies Readonly<Record<string, string>>

export type Program = keyof typeof PROGRAMS

/** @param path - folders to look in, as in the variable `PATH`. */
export function isInstalled(program: Program, path = process.env.PATH ?? ''): boolean {
  return path.split(delimiter).some((folder) => folder !== '' && canRun(join(folder, program)))
}

function canRun(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false // absent or not ours to run: all the same here
  }
}
