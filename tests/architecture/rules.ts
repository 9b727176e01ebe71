import type { SourceFile } from './source-file.ts'

export interface Rule {
  readonly says: string
  /** What breaks the rule, in words that name the place. */
  violations(file: SourceFile): readonly string[]
}

/** A folder or file of `src` imports only those of a smaller rank, and itself. */
const RANKS: Readonly<Record<string, number>> = {
  lib: 0,
  errors: 1,
  kv: 1,
  // Below config: the list of keys is a setting.
  keys: 1,
  config: 2,
  platform: 2,
  callers: 2,
  telemetry: 2,
  health: 3,
  balancer: 4,
  pool: 5,
  upstream: 6,
  dialects: 7,
  verify: 7,
  admin: 7,
  services: 8,
  'front-page': 8,
  gateway: 9,
  adapters: 10,
}

const MAX_LINES = 400
const MAX_ADAPTER_LINES = 80
const MAX_DENO_ENTRY_LINES = 15

/** What Workers, Deno, Node and Vercel's edge-runtime do not all have. */
const HOST_GLOBALS =
  /(?<![.\w$])(?:process|Deno|Netlify|Bun|Buffer|navigator|caches|setImmediate|require)\b(?!\s*:)|AbortSignal\.any\b|Promise\.withResolvers\b|timingSafeEqual\b/g

/** May lean on a host: an adapter is written for one, and the SQLite driver for those with a disk. */
const isHostBound = ({ path }: SourceFile): boolean => /^src\/(?:adapters\/|kv\/sqlite)/.test(path)

const isEntry = ({ path }: SourceFile): boolean => !path.startsWith('src/')

const matches = (code: string, pattern: RegExp): string[] => [...code.matchAll(pattern)].map(([text]) => text)

/** `pool` for src/pool/key-pool.ts, `gateway` for src/gateway.ts, null outside of src. */
function unitOf(path: string): string | null {
  return /^src\/([^/.]+)/.exec(path)?.[1] ?? null
}

export const RULES: readonly Rule[] = [
  {
    says: 'a folder imports only folders of a smaller rank',
    violations: ({ path, imports }) => {
      const unit = unitOf(path)
      if (unit === null) return []
      const rank = RANKS[unit]
      if (rank === undefined) return [`src/${unit} has no rank`]
      return imports
        .map(({ module }) => unitOf(module))
        .filter((imported) => imported !== null && imported !== unit)
        .filter((imported) => (RANKS[imported ?? ''] ?? Number.POSITIVE_INFINITY) >= rank)
        .map((imported) => `imports ${imported}`)
    },
  },
  {
    says: 'src imports nothing of this repository from outside src',
    violations: (file) =>
      isEntry(file)
        ? []
        : file.imports
            .filter(({ module }) => module.includes('.ts') && !module.startsWith('src/'))
            .map(({ module }) => `imports ${module}`),
  },
  {
    says: 'an entry imports adapters only',
    violations: (file) =>
      isEntry(file)
        ? file.imports
            .filter(({ module }) => !module.startsWith('src/adapters/'))
            .map(({ module }) => `imports ${module}`)
        : [],
  },
  {
    says: 'what not every host has is used in adapters, entries and the SQLite driver only',
    violations: (file) =>
      isHostBound(file) || isEntry(file)
        ? []
        : [
            ...matches(file.code, HOST_GLOBALS),
            ...file.imports.map(({ module }) => module).filter((module) => module.startsWith('node:')),
          ],
  },
  {
    says: 'health and balancer own no clock and no dice',
    violations: ({ path, code }) =>
      ['health', 'balancer'].includes(unitOf(path) ?? '')
        ? matches(code, /\bDate\.now\b|\bnew Date\(\s*\)|\bMath\.random\b|\bperformance\.now\b/g)
        : [],
  },
  {
    says: 'only upstream and KV drivers call fetch',
    violations: ({ path, code }) =>
      ['upstream', 'kv'].includes(unitOf(path) ?? '')
        ? []
        : matches(code, /(?<![.\w$])fetch\((?![^()]*\)\s*\{)|\bglobalThis\.fetch\b/g),
  },
  {
    says: 'hono is imported by gateway, adapters and route files only',
    violations: ({ path, imports }) => {
      const mayRoute =
        /^src\/(?:gateway\.ts|adapters\/|(?:callers|dialects|verify|admin)\/(?:.*\/)?routes?\.ts)/
      if (mayRoute.test(path)) return []
      return imports.map(({ module }) => module).filter((module) => /^(?:@hono\/|hono(?:\/|$))/.test(module))
    },
  },
  {
    says: 'zod is imported as a namespace: the named import pulls every locale into the bundle',
    violations: ({ imports }) =>
      imports
        .filter(({ module, clause }) => /^zod(?:\/|$)/.test(module) && clause.includes('{'))
        .map(({ module, clause }) => `import ${clause} from ${module}`),
  },
  {
    says: 'telemetry knows no raw key',
    violations: ({ path, imports }) =>
      unitOf(path) === 'telemetry'
        ? imports
            .filter(({ clause }) => /\bApiKey\b/.test(clause))
            .map(({ module }) => `ApiKey from ${module}`)
        : [],
  },
  {
    says: 'files stay short',
    violations: ({ path, lineCount }) => {
      const limit = path.startsWith('src/adapters/')
        ? MAX_ADAPTER_LINES
        : path === 'deno_index.ts'
          ? MAX_DENO_ENTRY_LINES
          : MAX_LINES
      return lineCount > limit ? [`${lineCount} lines, at most ${limit}`] : []
    },
  },
]
