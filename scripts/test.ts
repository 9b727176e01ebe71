/**
 * `npm test`: every test that this machine can run. `npm test -- runtime hosts` runs the suites of these names,
 * `npm test -- deno` the test files whose path contains the word. With CI=true no suite may be left out.
 */
import { chooseSuites } from './lib/choose-suites.ts'
import { isInstalled, PROGRAMS } from './lib/program.ts'
import { SUITES, type Suite } from './lib/suites.ts'
import { installToolchain } from './lib/toolchain.ts'
import { runVitest } from './lib/vitest-run.ts'

const isCI = process.env.CI === 'true'
const { suites, filters } = chooseSuites(SUITES, process.argv.slice(2))

if (suites.length === 0) {
  console.error(`No test matches: ${filters.join(' ')}`)
  process.exit(1)
}

const wanted = [...new Set(suites.flatMap((suite) => suite.toolchains))]
const installations = await Promise.all(
  wanted.map(async (toolchain) => ({
    toolchain,
    problem: await installToolchain(toolchain, console.log).then(
      () => null,
      (error: unknown) => (error instanceof Error ? error.message : String(error)),
    ),
  })),
)
const broken = installations.filter(({ problem }) => problem !== null)
const leftOut = suites.filter((suite) => whatIsMissing(suite).length > 0)
const runnable = suites.filter((suite) => !leftOut.includes(suite))

const counts = await runVitest(
  runnable.map((suite) => suite.name),
  filters,
)

for (const { toolchain, problem } of broken) console.log(`tests/toolchains/${toolchain}: ${problem}`)
for (const suite of leftOut) {
  console.log(`Left out: ${suite.name}. To run it, ${whatIsMissing(suite).join(' and ')}.`)
}

const failed = counts.failed + (isCI ? leftOut.length : 0)
process.exitCode = failed > 0 ? 1 : 0
const skipped = counts.skipped > 0 ? `, ${counts.skipped} skipped` : ''
console.log(`${counts.passed} passed, ${failed} failed${skipped}`)

/** What somebody has to do before the suite can run. */
function whatIsMissing({ toolchains, programs = [] }: Suite): readonly string[] {
  return [
    ...broken
      .filter(({ toolchain }) => toolchains.includes(toolchain))
      .map(
        ({ toolchain }) => `let npm install tests/toolchains/${toolchain} (what stopped it is said above)`,
      ),
    ...programs.filter((program) => !isInstalled(program)).map((program) => PROGRAMS[program]),
  ]
}
