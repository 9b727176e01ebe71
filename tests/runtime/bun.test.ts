import { resolve } from 'node:path'
import { toolPath } from '../../scripts/lib/toolchain.ts'
import { startProcess } from './process-host.ts'
import { describeHost } from './suite.ts'

describeHost('Bun', ({ env }) =>
  startProcess({
    command: toolPath('runtimes', 'bun'),
    args: ['run', resolve('bun_index.ts')],
    env: { PORT: '0', ...env },
  }),
)
