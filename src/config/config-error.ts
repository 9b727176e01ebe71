/** One setting that cannot be used. Never holds its value. */
export interface ConfigProblem {
  /** The name that the operator really used, alias or not. */
  readonly variable: string
  /** Which entry of a list, 1-based. */
  readonly position?: number
  /** To be read after the word "expected". */
  readonly expected: string
}

/** Lines in the message; a list of a thousand bad keys needs no thousand lines to be understood. */
const MAX_LINES = 20

/** The settings cannot be used. The message names every variable and what was expected, never a value. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
  readonly problems: readonly ConfigProblem[]

  constructor(problems: readonly ConfigProblem[]) {
    const lines = problems.slice(0, MAX_LINES).map(describe)
    const more = problems.length - lines.length
    if (more > 0) lines.push(`and ${more} more`)
    super(`Invalid settings:\n${lines.map((line) => `- ${line}`).join('\n')}`)
    this.problems = problems
  }
}

function describe({ variable, position, expected }: ConfigProblem): string {
  const where = position === undefined ? variable : `${variable}, entry ${position}`
  return `${where}: expected ${expected}`
}
