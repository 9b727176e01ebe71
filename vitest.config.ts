import { defineConfig } from 'vitest/config'
import { SUITES, type Suite } from './scripts/lib/suites.ts'

export default defineConfig({ test: { projects: SUITES.map(projectOf) } })

function projectOf({ name, paths, timeoutMs }: Suite) {
  const include = paths.map((path) => (path.endsWith('.ts') ? path : `${path}/**/*.test.ts`))
  const timeouts = timeoutMs === undefined ? {} : { testTimeout: timeoutMs, hookTimeout: timeoutMs }
  return { test: { name, include, restoreMocks: true, ...timeouts } }
}
