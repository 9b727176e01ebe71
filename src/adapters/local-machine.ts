import { ConfigError } from '../config/config-error.ts'
import { loadConfig } from '../config/load-config.ts'
import { localAuthToken } from './local-auth-token.ts'
import type { LocalServer, LocalServerOptions } from './local-server.ts'
import { readLocalSettings, type Settings } from './local-settings.ts'

const UNUSABLE_ADDRESS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'is in use. Stop what holds it, or set PORT to another one.',
  EACCES: 'may not be opened by this user. Set PORT to one above 1023.',
  EADDRNOTAVAIL: 'is not an address of this machine. Set HOST to one that is.',
}

/**
 * `npm start`: settings from the environment and `.env`, a token of our own when none is set, a server until SIGINT or
 * SIGTERM. What the operator must mend ends the process with code 1 and a message without a stack.
 */
export async function runLocalMachine(
  start: (options: LocalServerOptions) => Promise<LocalServer>,
): Promise<void> {
  let settings: Settings = process.env
  try {
    settings = readLocalSettings(settings, process.cwd())
    const config = loadConfig(settings)
    const server = await start({
      env: { ...settings, AUTH_TOKEN: config.AUTH_TOKEN ?? announcedToken(config.DATA_DIR) },
    })
    console.log(`gemini-balance-edge listens on ${server.url}`)
    if (config.GEMINI_API_KEY.length === 0) {
      console.log(
        'No keys yet: set GEMINI_API_KEY (key,key:weight,...) in the environment or .env, then restart.',
      )
    }
    stopOnSignal(server)
  } catch (error) {
    const message = operatorMessage(error, settings)
    if (message === null) throw error
    console.error(message)
    process.exitCode = 1
  }
}

function announcedToken(dataDir: string): string {
  const { token, path, isNew } = localAuthToken(dataDir)
  console.log(
    isNew
      ? `AUTH_TOKEN is not set, so one was made and kept in ${path}. It is shown only now: ${token}`
      : `AUTH_TOKEN is not set: the one in ${path} is used.`,
  )
  return token
}

/** The second signal ends the process at once. */
function stopOnSignal(server: LocalServer): void {
  const stop = (): void => {
    console.log('Stopping: open streams may finish.')
    server.close().then(
      () => process.exit(0),
      () => process.exit(1),
    )
  }
  process.once('SIGINT', stop)
  process.once('SIGTERM', stop)
}

/** null: a bug, which deserves its stack. */
function operatorMessage(error: unknown, settings: Settings): string | null {
  if (error instanceof ConfigError) return error.message
  if (!(error instanceof Error && 'code' in error && typeof error.code === 'string')) return null
  const { HOST, PORT, DATA_DIR } = loadConfig(settings)
  if ('syscall' in error && error.syscall === 'listen') {
    const reason = UNUSABLE_ADDRESS[error.code]
    return reason === undefined ? null : `Port ${PORT} on ${HOST} ${reason}`
  }
  return 'path' in error ? `DATA_DIR ${DATA_DIR} cannot be used: ${error.code}.` : null
}
