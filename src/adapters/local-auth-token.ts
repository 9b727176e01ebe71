import { randomBytes } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

export interface LocalAuthToken {
  readonly token: string
  readonly path: string
  /** Made just now: the one time to show it. */
  readonly isNew: boolean
}

/** 128 bits, as 32 hexadecimal digits: never taken for a virtual key (`gbe_...`) or a Gemini key. */
const TOKEN_BYTES = 16

/**
 * The operator's token of this machine: read from `<dataDir>/auth-token`, made there at the first start. Only the
 * user who starts the gateway may read the file. Of two first starts at the same moment one makes it, both use it.
 *
 * @throws what the file system says when `dataDir` cannot be written.
 */
export function localAuthToken(dataDir: string): LocalAuthToken {
  const path = join(dataDir, 'auth-token')
  const token = randomBytes(TOKEN_BYTES).toString('hex')
  mkdirSync(dataDir, { recursive: true })
  try {
    writeFileSync(path, `${token}\n`, { flag: 'wx', mode: 0o600 })
    return { token, path, isNew: true }
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
    return { token: readFileSync(path, 'utf8').trim(), path, isNew: false }
  }
}
