import { readFile } from 'node:fs/promises'
import { bundleEdgeFunction } from '../../scripts/lib/bundle.ts'
import { importTool } from '../../scripts/lib/toolchain.ts'
import { describeHost } from './suite.ts'

interface EdgeRuntimeModule {
  readonly EdgeRuntime: new (options: {
    readonly initialCode: string
    extend<Context extends object>(context: Context): Context
  }) => object
  runServer(options: {
    readonly runtime: object
    readonly host: string
    readonly port: number
  }): Promise<{ readonly url: string; close(): Promise<void> }>
}

const { EdgeRuntime, runServer } = await importTool<EdgeRuntimeModule>('runtimes', 'edge-runtime')
await bundleEdgeFunction('dist/edge-function.js')
const initialCode = await readFile('dist/edge-function.js', 'utf8')

describeHost("Vercel's edge-runtime", async ({ env }) => {
  const runtime = new EdgeRuntime({
    initialCode,
    extend: (context) => Object.assign(context, { process: { env } }),
  })
  const server = await runServer({ runtime, host: '127.0.0.1', port: 0 })
  return { url: new URL(server.url).origin, stop: () => server.close() }
})
