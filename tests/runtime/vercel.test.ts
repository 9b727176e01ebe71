import { readFile } from 'node:fs/promises'
import { bundleEdgeFunction } from '../../scripts/lib/bundle.ts'
import { importTool } from '../../scripts/lib/toolchain.ts'
import { type EdgeFunction, serveEdgeFunction } from './edge-runtime-server.ts'
import { describeHost } from './suite.ts'

interface EdgeRuntimeModule {
  readonly EdgeRuntime: new (options: {
    readonly initialCode: string
    extend<Context extends object>(context: Context): Context
  }) => EdgeFunction
}

const { EdgeRuntime } = await importTool<EdgeRuntimeModule>('runtimes', 'edge-runtime')
await bundleEdgeFunction('dist/edge-function.js')
const initialCode = await readFile('dist/edge-function.js', 'utf8')

describeHost("Vercel's edge-runtime", ({ env }) => {
  const extend = <Context extends object>(context: Context) => Object.assign(context, { process: { env } })
  return serveEdgeFunction(new EdgeRuntime({ initialCode, extend }))
})
