import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseEnv } from 'node:util'

/** Settings as a process has them. */
export type Settings = Readonly<Record<string, string | undefined>>

/**
 * The environment, and below it what `.env` in `folder` says: a variable that is really set wins. No `.env` is fine;
 * one that cannot be read is an error.
 */
export function readLocalSettings(env: Settings, folder: string): Settings {
  return { ...readDotEnv(join(folder, '.env')), ...env }
}

function readDotEnv(path: string): Settings {
  try {
    return parseEnv(readFileSync(path, 'utf8'))
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return {}
    throw error
  }
}
