import { existsSync, readdirSync } from 'node:fs'
import type { Suite } from './suites.ts'

export interface Choice {
  readonly suites: readonly Suite[]
  /** For vitest: parts of the paths of test files. */
  readonly filters: readonly string[]
}

/**
 * What `npm test -- <words>` asks for. A word that names a suite chooses it; any other word chooses the test files
 * whose path contains it, in the chosen suites or in all of them. Suites without such a file need not be prepared.
 */
export function chooseSuites(
  suites: readonly Suite[],
  words: readonly string[],
  listTests: (suite: Suite) => readonly string[] = testFilesOf,
): Choice {
  const named = suites.filter((suite) => words.includes(suite.name))
  const filters = words.filter((word) => !suites.some((suite) => suite.name === word))
  const candidates = named.length > 0 ? named : suites
  const isWanted = (file: string): boolean =>
    filters.length === 0 || filters.some((filter) => file.includes(filter))
  return { suites: candidates.filter((suite) => listTests(suite).some(isWanted)), filters }
}

function testFilesOf(suite: Suite): string[] {
  return suite.paths.flatMap((path) => {
    if (!existsSync(path)) return []
    if (path.endsWith('.ts')) return [path]
    return readdirSync(path, { recursive: true, encoding: 'utf8' })
      .map((file) => `${path}/${file}`)
      .filter((file) => file.endsWith('.test.ts'))
  })
}
