import type { Program } from './program.ts'
import type { Toolchain } from './toolchain.ts'

/** One vitest project. */
export interface Suite {
  readonly name: string
  /** Every `*.test.ts` below these folders, or these files themselves. */
  readonly paths: readonly string[]
  /** Installed by `npm test` before the suite runs. */
  readonly toolchains: readonly Toolchain[]
  /** Commands that the machine itself must have. */
  readonly programs?: readonly Program[]
  /** For one test or hook; vitest's own 5 s where there is none. */
  readonly timeoutMs?: number
}

/** Thousands of commands, to a server that is started and restarted. */
const REDIS_TIMEOUT_MS = 30_000
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
      'tests/conformance/memory.test.ts',
      'tests/conformance/sqlite.test.ts',
      'tests/gateway',
      'tests/architecture.test.ts',
    ],
    toolchains: [],
  },
  {
    name: 'redis',
    paths: [
      'tests/conformance/redis.test.ts',
      'tests/conformance/upstash.test.ts',
      'tests/conformance/vercel-kv.test.ts',
    ],
    toolchains: [],
    programs: ['redis-server'],
    timeoutMs: REDIS_TIMEOUT_MS,
  },
  {
    name: 'isolates',
    paths: ['tests/isolates'],
    toolchains: [],
    programs: ['redis-server'],
    timeoutMs: PROCESS_TIMEOUT_MS,
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
