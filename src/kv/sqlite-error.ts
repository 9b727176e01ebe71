/** What an operator can do about an error, by the start of its code. */
const REMEDIES: readonly (readonly [code: RegExp, remedy: (path: string) => string])[] = [
  [
    /^SQLITE_(BUSY|LOCKED)/,
    (path) => `${path} is locked: another program keeps it open for writing. End that program.`,
  ],
  [
    /^SQLITE_(NOTADB|CORRUPT)/,
    (path) => `${path} is damaged. Move it away with its -wal and -shm files: a new one is made.`,
  ],
  [/^(SQLITE_FULL|ENOSPC)/, (path) => `The disk of ${path} is full. Make room on it.`],
  [
    /^(SQLITE_(CANTOPEN|READONLY|PERM)|E[A-Z]+$)/,
    (path) =>
      `${path} cannot be written. Make its folder writable for this process, or choose another DATA_DIR.`,
  ],
]

/** One sentence for the log: what is wrong with the file at `path`, and what mends it. No stored value is in it. */
export function explainSqliteError(error: unknown, path: string): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  const remedy = REMEDIES.find(([pattern]) => pattern.test(code))?.[1]
  return remedy?.(path) ?? `${path} cannot be used: ${error instanceof Error ? error.message : String(error)}`
}
