import { defineConfig } from 'vitest/config'
import { SUITES, type Suite } from './scripts/lib/suites.ts'

/** Suites start runtimes and loads of their own: side by side on two cores they would judge the machine. */
const WORKERS_IN_CI = 1

export default defineConfig({
  test: { projects: SUITES.map(projectOf), ...(process.env.CI && { maxWorkers: WORKERS_IN_CI }) },
})

function projectOf({ name, paths, timeoutMs }: Suite) {
  const include = paths.map((path) => (path.endsWith('.ts') ? path : `${path}/**/*.test.ts`))
  const timeouts = timeoutMs === undefined ? {} : { testTimeout: timeoutMs, hookTimeout: timeoutMs }
  return { test: { name, include, restoreMocks: true, ...timeouts } }
}
