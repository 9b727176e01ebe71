import type { Toolchain } from './toolchain.ts'

/** One vitest project. */
export interface Suite {
  readonly name: string
  /** Every `*.test.ts` below these folders, or these files themselves. */
  readonly paths: readonly string[]
  /** Installed by `npm test` before the suite runs. */
  readonly toolchains: readonly Toolchain[]
  /** For one test or hook; vitest's own 5 s where there is none. */
  readonly timeoutMs?: number
}

/** A runtime is a child process, and a cold machine needs its time to start one. */
const PROCESS_TIMEOUT_MS = 60_000
/** The hosts' command lines check and bundle the whole project. */
const HOST_CLI_TIMEOUT_MS = 180_000

/** Everything that `npm test` runs, the cheapest first. `vitest.config.ts` and `scripts/test.ts` both read it. */
export const SUITES: readonly Suite[] = [
  {
    name: 'unit',
    paths: [
      'src',
      'simulator',
      'scripts',
      'benchmarks',
      'tests/conformance',
      'tests/gateway',
      'tests/architecture.test.ts',
    ],
    toolchains: [],
  },
  { name: 'faults', paths: ['tests/faults'], toolchains: [], timeoutMs: PROCESS_TIMEOUT_MS },
  { name: 'runtime', paths: ['tests/runtime'], toolchains: ['runtimes'], timeoutMs: PROCESS_TIMEOUT_MS },
  { name: 'clients', paths: ['tests/clients'], toolchains: ['clients'], timeoutMs: PROCESS_TIMEOUT_MS },
  {
    name: 'hosts',
    paths: ['tests/hosts'],
    toolchains: ['runtimes', 'hosts'],
    timeoutMs: HOST_CLI_TIMEOUT_MS,
  },
]
