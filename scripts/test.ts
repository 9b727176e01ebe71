/**
 * `npm test`: every test that this machine can run. `npm test -- runtime hosts` runs the suites of these names,
 * `npm test -- deno` the test files whose path contains the word. With CI=true no suite may be left out.
 */
import { chooseSuites } from './lib/choose-suites.ts'
import { SUITES } from './lib/suites.ts'
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
const leftOut = suites.filter((suite) => broken.some(({ toolchain }) => suite.toolchains.includes(toolchain)))
const runnable = suites.filter((suite) => !leftOut.includes(suite))

const counts = await runVitest(
  runnable.map((suite) => suite.name),
  filters,
)

for (const { toolchain, problem } of broken) console.log(`tests/toolchains/${toolchain}: ${problem}`)
for (const suite of leftOut) {
  const needed = suite.toolchains.map((toolchain) => `tests/toolchains/${toolchain}`).join(' and ')
  console.log(
    `Left out: ${suite.name}. To run it, let npm install ${needed} (what stopped it is said above).`,
  )
}

const failed = counts.failed + (isCI ? leftOut.length : 0)
process.exitCode = failed > 0 ? 1 : 0
const skipped = counts.skipped > 0 ? `, ${counts.skipped} skipped` : ''
console.log(`${counts.passed} passed, ${failed} failed${skipped}`)
