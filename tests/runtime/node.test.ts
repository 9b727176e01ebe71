import { resolve } from 'node:path'
import { bundleNode } from '../../scripts/lib/bundle.ts'
import { startProcess } from './process-host.ts'
import { describeHost } from './suite.ts'

await bundleNode('dist')

describeHost('Node', ({ env }) =>
  startProcess({ command: process.execPath, args: [resolve('dist/node.js')], env: { PORT: '0', ...env } }),
)
