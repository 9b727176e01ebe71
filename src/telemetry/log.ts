/** What may stand beside a message: never a key, a token, a body or a setting's value. */
type LogFields = Readonly<Record<string, string | number | boolean | null>>

/** Writes one line per event: `2026-11-21T03:00:00.000Z warn key rests key=0a1b2c model=gemini-3.8-flash`. */
export interface Log {
  debug(message: string, fields?: LogFields): void
  info(message: string, fields?: LogFields): void
  warn(message: string, fields?: LogFields): void
  error(message: string, fields?: LogFields): void
}

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const
export type LogLevel = (typeof LOG_LEVELS)[number]

/** @param write - takes a finished line; @param now - Unix time in ms. */
export function createLog(write: (line: string) => void, level: LogLevel, now: () => number): Log {
  const least = LOG_LEVELS.indexOf(level)
  const at =
    (each: LogLevel) =>
    (message: string, fields: LogFields = {}) => {
      if (LOG_LEVELS.indexOf(each) < least) return
      const pairs = Object.entries(fields).map(([name, value]) => ` ${name}=${quoteIfNeeded(String(value))}`)
      write(`${new Date(now()).toISOString()} ${each} ${message}${pairs.join('')}`)
    }
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }
}

/** Keeps one event on one line and one field in one word, whatever a caller put into a model name. */
function quoteIfNeeded(value: string): string {
  return /^[\w.:/+@-]{1,500}$/.test(value) ? value : JSON.stringify(value.slice(0, 500))
}
