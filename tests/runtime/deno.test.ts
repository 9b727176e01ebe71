import { startDeno } from './deno-process.ts'
import { DENO_UNSTEADY } from './deno-unsteady.ts'
import { describeHost } from './suite.ts'

describeHost('Deno', (options) => startDeno('deno_index.ts', options), [], DENO_UNSTEADY)
