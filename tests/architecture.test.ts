import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { RULES } from './architecture/rules.ts'
import { parseSource } from './architecture/source-file.ts'

const ENTRIES = ['node_index.ts', 'bun_index.ts', 'deno_index.ts']

const files = [...ENTRIES, ...['src', 'api', 'netlify'].flatMap(modulesIn)].map((path) =>
  parseSource(path, readFileSync(path, 'utf8')),
)

/** Without tests and what only tests import: those may reach anywhere. */
function modulesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((path) => `${folder}/${path}`)
    .filter((path) => path.endsWith('.ts') && !path.endsWith('.test.ts') && !path.includes('__fixtures__'))
}

describe('every module of the gateway', () => {
  test.each(RULES)('$says', ({ violations }) => {
    const found = files.flatMap((file) => violations(file).map((violation) => `${file.path}: ${violation}`))
    expect(found).toEqual([])
  })
})

/** One source that breaks each rule, and one that is close to it but does not. */
const SAMPLES: Readonly<Record<string, readonly { path: string; bad: string; good: string }[]>> = {
  'a folder imports only folders of a smaller rank': [
    {
      path: 'src/pool/key-pool.ts',
      bad: `import { createGateway } from '../gateway.ts'`,
      good: `import type { Failure } from '../errors.ts'`,
    },
    {
      path: 'src/health/probe.ts',
      bad: `export type { KeyPool } from '../pool/key-pool.ts'`,
      good: `export * from './google-error.ts'`,
    },
    {
      path: 'src/keys/late.ts',
      bad: `const { selectKey } = await import('../balancer/select-key.ts')`,
      good: `const { unquote } = await import('../lib/unquote.ts')`,
    },
    {
      path: 'src/lib/clock.ts',
      bad: `import { x } from '../novelty/x.ts'`,
      good: `import * as z from 'zod'`,
    },
  ],
  'src imports nothing of this repository from outside src': [
    {
      path: 'src/pool/key-pool.ts',
      bad: `import { createSimulator } from '../../simulator/simulator.ts'`,
      good: `import { now } from '../lib/time.ts'`,
    },
  ],
  'an entry imports adapters only': [
    {
      path: 'api/index.ts',
      bad: `import { createGateway } from '../src/gateway.ts'`,
      good: `import { vercelFunction } from '../src/adapters/vercel.ts'`,
    },
  ],
  'what not every host has is used in adapters, entries and the SQLite driver only': [
    {
      path: 'src/config/load.ts',
      bad: `const port = process.env.PORT`,
      good: `/** process.env is the adapter's. */ const job = { process: 'Deno' }, { Deno: host } = answer`,
    },
    {
      path: 'src/lib/bytes.ts',
      bad: `import { Buffer } from 'node:buffer'`,
      good: `const a = new Uint8Array(1)`,
    },
    {
      path: 'src/upstream/call.ts',
      bad: `const s = AbortSignal.any([a, b])`,
      good: `const s = AbortSignal.timeout(1)`,
    },
  ],
  'health and balancer own no clock and no dice': [
    { path: 'src/health/rest.ts', bad: `const now = Date.now()`, good: `const at = new Date(now)` },
    { path: 'src/balancer/pick.ts', bad: `const at = new Date()`, good: `const dice = random()` },
    { path: 'src/balancer/pick.ts', bad: `const dice = Math.random()`, good: `const top = Math.max(1, 2)` },
  ],
  'only upstream and KV drivers call fetch': [
    { path: 'src/verify/check.ts', bad: `await fetch('https://x')`, good: `await gateway.fetch(request)` },
    {
      path: 'src/gateway.ts',
      bad: `const call = globalThis.fetch`,
      good: `const gateway = { fetch(request) { return answer } }`,
    },
  ],
  'hono is imported by gateway, adapters and route files only': [
    {
      path: 'src/dialects/gemini/decode.ts',
      bad: `import { Hono } from 'hono'`,
      good: `import { x } from './x.ts'`,
    },
    {
      path: 'src/pool/route.ts',
      bad: `import { cors } from 'hono/cors'`,
      good: `import { x } from './x.ts'`,
    },
  ],
  'zod is imported as a namespace: the named import pulls every locale into the bundle': [
    { path: 'src/config/schema.ts', bad: `import { z } from 'zod'`, good: `import * as z from 'zod/mini'` },
  ],
  'telemetry knows no raw key': [
    {
      path: 'src/telemetry/event.ts',
      bad: `import type { ApiKey, KeyId } from '../keys/api-key.ts'`,
      good: `import type { KeyId } from '../keys/api-key.ts'`,
    },
  ],
  'files stay short': [
    { path: 'src/adapters/vercel.ts', bad: ';\n'.repeat(81), good: ';\n'.repeat(80) },
    { path: 'deno_index.ts', bad: ';\n'.repeat(16), good: ';\n'.repeat(15) },
    { path: 'src/pool/key-pool.ts', bad: ';\n'.repeat(401), good: ';\n'.repeat(400) },
  ],
}

describe('the rule', () => {
  test.each(RULES)('"$says" is broken by each bad sample and by no good one', ({ says, violations }) => {
    const samples = SAMPLES[says] ?? []
    expect(samples).not.toEqual([])
    for (const { path, bad, good } of samples) {
      expect(violations(parseSource(path, bad)), bad).not.toEqual([])
      expect(violations(parseSource(path, good)), good).toEqual([])
    }
  })
})
