import { readFile } from 'node:fs/promises'
import { type BuildOptions, build } from 'esbuild'

const COMMON = {
  bundle: true,
  write: true,
  charset: 'utf8',
  legalComments: 'none',
  logLevel: 'warning',
} satisfies BuildOptions

/**
 * What `npm start` and the container run: `node.js`, and what it loads later. libsql stays outside, as a native library,
 * and ioredis, as it asks for Node's modules in a way that no ES module can.
 */
export async function bundleNode(outdir: string): Promise<void> {
  await build({
    ...COMMON,
    entryPoints: { node: 'node_index.ts' },
    outdir,
    splitting: true,
    chunkNames: '[name]-[hash]',
    platform: 'node',
    target: 'node20',
    format: 'esm',
    external: ['libsql', 'ioredis'],
    sourcemap: true,
  })
}

/**
 * One module as wrangler makes it: `src/adapters/cloudflare.ts` for workerd.
 *
 * @returns what wrangler.toml says of how workerd runs it.
 */
export async function bundleWorker(outfile: string): Promise<{
  readonly compatibilityDate: string
  readonly compatibilityFlags: readonly string[]
}> {
  await build({
    ...COMMON,
    entryPoints: ['src/adapters/cloudflare.ts'],
    outfile,
    platform: 'browser',
    target: 'es2024',
    format: 'esm',
    conditions: ['workerd', 'worker', 'browser'],
    minify: true,
  })
  const settings = await readFile('wrangler.toml', 'utf8')
  const [, compatibilityDate = ''] = /^compatibility_date = "(.+)"$/m.exec(settings) ?? []
  const [, flags = ''] = /^compatibility_flags = \[(.*)\]$/m.exec(settings) ?? []
  return {
    compatibilityDate,
    compatibilityFlags: [...flags.matchAll(/"([^"]+)"/g)].map(([, flag = '']) => flag),
  }
}

/** One classic script that answers `fetch` events, as Vercel's edge-runtime takes it. */
export async function bundleEdgeFunction(outfile: string): Promise<void> {
  await build({
    ...COMMON,
    stdin: {
      contents: `
        import handle from './api/index.ts'
        addEventListener('fetch', (event) => event.respondWith(handle(event.request, event)))`,
      resolveDir: '.',
      loader: 'ts',
    },
    outfile,
    platform: 'browser',
    target: 'es2022',
    format: 'iife',
    conditions: ['edge-light', 'worker', 'browser'],
  })
}
