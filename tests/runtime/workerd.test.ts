import { bundleWorker } from '../../scripts/lib/bundle.ts'
import { importTool } from '../../scripts/lib/toolchain.ts'
import { describeHost } from './suite.ts'

interface MiniflareModule {
  readonly Miniflare: new (options: {
    readonly host: string
    readonly port: number
    readonly cf: boolean
    readonly modules: boolean
    readonly scriptPath: string
    readonly compatibilityDate: string
    readonly bindings: Readonly<Record<string, string>>
  }) => { readonly ready: Promise<URL>; dispose(): Promise<void> }
}

const { Miniflare } = await importTool<MiniflareModule>('runtimes', 'miniflare')
const { compatibilityDate } = await bundleWorker('dist/worker.js')

describeHost('Cloudflare: workerd', async ({ env }) => {
  const miniflare = new Miniflare({
    host: '127.0.0.1',
    port: 0,
    cf: false,
    modules: true,
    scriptPath: 'dist/worker.js',
    compatibilityDate,
    bindings: env,
  })
  const { origin } = await miniflare.ready
  return { url: origin, stop: () => miniflare.dispose() }
})
