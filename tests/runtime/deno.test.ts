import { startDeno } from './deno-process.ts'
import { describeHost } from './suite.ts'

describeHost('Deno', (options) => startDeno('deno_index.ts', options))
