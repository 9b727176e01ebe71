import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { CHINESE, ENGLISH, fillMarkers, renderEnvExample, renderTables } from './settings-docs.ts'

/** A file that comes from the schema, whole or in part. */
interface Target {
  readonly path: string
  /** The file as it should be, or null when it has no place for what is generated. */
  readonly render: (current: string) => string | null
}

const TARGETS: readonly Target[] = [
  { path: '.env.example', render: renderEnvExample },
  { path: 'README.md', render: (readme) => fillMarkers(readme, renderTables(ENGLISH)) },
  { path: 'README.zh-CN.md', render: (readme) => fillMarkers(readme, renderTables(CHINESE)) },
]

/**
 * Writes what is generated from the settings' schema under `root`, or only compares it.
 *
 * @returns one line for each file that is stale or cannot hold its part; empty when all is well.
 */
export async function generate(root: string, mode: 'write' | 'check'): Promise<readonly string[]> {
  const complaints = await Promise.all(TARGETS.map((target) => generateFile(root, target, mode)))
  return complaints.filter((complaint) => complaint !== null)
}

async function generateFile(root: string, { path, render }: Target, mode: 'write' | 'check') {
  const file = join(root, path)
  const current = await readIfThere(file)
  const wanted = render(current ?? '')
  if (wanted === null) {
    return current === null
      ? `${path} is missing: create it with the markers <!-- settings:begin --> and <!-- settings:end -->, then run: npm run generate`
      : `${path} needs one line <!-- settings:begin --> and, after it, one line <!-- settings:end -->; then run: npm run generate`
  }
  if (wanted === current) return null
  if (mode === 'check') return `${path} is stale; run: npm run generate`
  await writeFile(file, wanted)
  return null
}

async function readIfThere(file: string): Promise<string | null> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
    throw error
  }
}

if (process.argv[1] === import.meta.filename) {
  const complaints = await generate(process.cwd(), process.argv.includes('--check') ? 'check' : 'write')
  for (const complaint of complaints) console.error(complaint)
  process.exitCode = complaints.length > 0 ? 1 : 0
}
