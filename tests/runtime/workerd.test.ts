import { bundleWorker } from '../../scripts/lib/bundle.ts'
import { importTool } from '../../scripts/lib/toolchain.ts'
import type { StartHost } from './host.ts'
import { describeHost } from './suite.ts'

interface MiniflareModule {
  readonly Miniflare: new (options: {
    readonly host: string
    readonly port: number
    readonly cf: boolean
    readonly modules: boolean
    readonly scriptPath: string
    readonly compatibilityDate: string
    readonly compatibilityFlags: readonly string[]
    readonly bindings: Readonly<Record<string, string>>
  }) => { readonly ready: Promise<URL>; dispose(): Promise<void> }
}

const { Miniflare } = await importTool<MiniflareModule>('runtimes', 'miniflare')
const { compatibilityDate, compatibilityFlags } = await bundleWorker('dist/worker.js')

/** Cloudflare's network tells a worker at once; workerd by itself finds out when it writes to the connection. */
const NOT_NOTICED = 'workerd notices that a caller has left only when it has something to send'

const startWorker: StartHost = async ({ env }) => {
  const miniflare = new Miniflare({
    host: '127.0.0.1',
    port: 0,
    cf: false,
    modules: true,
    scriptPath: 'dist/worker.js',
    compatibilityDate,
    compatibilityFlags,
    bindings: env,
  })
  const { origin } = await miniflare.ready
  return { url: origin, stop: () => miniflare.dispose() }
}

describeHost('Cloudflare: workerd', startWorker, [
  ['a caller who leaves a silent stream cancels the call upstream', NOT_NOTICED],
  ['a caller who leaves before the answer has begun cancels the call upstream', NOT_NOTICED],
])
