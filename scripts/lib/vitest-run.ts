import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

/** How many tests ended how. A test that is expected to fail and does counts as passed. */
export interface Counts {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
}

/** The part of vitest's JSON report that is read here. */
export interface VitestReport {
  readonly numPassedTests: number
  readonly numFailedTests: number
  readonly numPendingTests: number
  readonly numTodoTests: number
  readonly testResults: readonly { readonly status: string; readonly assertionResults: readonly unknown[] }[]
}

const VITEST = resolve(import.meta.dirname, '../../node_modules/vitest/vitest.mjs')

/** Runs some projects of vitest.config.ts, showing vitest's own report on the way. */
export async function runVitest(projects: readonly string[], filters: readonly string[]): Promise<Counts> {
  // Without `--project` vitest would run them all.
  if (projects.length === 0) return { passed: 0, failed: 0, skipped: 0 }
  const folder = await mkdtemp(join(tmpdir(), 'gateway-tests-'))
  const outputFile = join(folder, 'report.json')
  try {
    const exitCode = await spawnVitest([
      'run',
      ...projects.flatMap((project) => ['--project', project]),
      '--passWithNoTests',
      '--reporter=default',
      '--reporter=json',
      `--outputFile.json=${outputFile}`,
      ...filters,
    ])
    const report = await readFile(outputFile, 'utf8').catch(() => null)
    // A report is written even when nothing ran; without one vitest itself broke.
    if (report === null) return { passed: 0, failed: 1, skipped: 0 }
    return countsOf(JSON.parse(report), exitCode)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

function spawnVitest(args: readonly string[]): Promise<number> {
  return new Promise((done, reject) => {
    const vitest = spawn(process.execPath, [VITEST, ...args], { stdio: ['ignore', 'inherit', 'inherit'] })
    vitest.on('error', reject)
    vitest.on('close', (code) => done(code ?? 1))
  })
}

/** A file that could not be loaded holds no failed test, and an unhandled rejection belongs to none: both count. */
export function countsOf(report: VitestReport, exitCode: number): Counts {
  const brokenFiles = report.testResults.filter(
    ({ status, assertionResults }) => status === 'failed' && assertionResults.length === 0,
  ).length
  const failed = report.numFailedTests + brokenFiles
  return {
    passed: report.numPassedTests,
    failed: failed === 0 && exitCode !== 0 ? 1 : failed,
    skipped: report.numPendingTests + report.numTodoTests,
  }
}
