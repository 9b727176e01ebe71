import { startDeno } from './deno-process.ts'
import { DENO_UNSTEADY } from './deno-unsteady.ts'
import { describeHost } from './suite.ts'

describeHost(
  "Netlify's edge function in Deno, behind a stand-in for Netlify's bootstrap",
  (options) => startDeno('tests/runtime/netlify-stand-in.ts', options),
  [],
  DENO_UNSTEADY,
)
