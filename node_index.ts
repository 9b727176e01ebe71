import { runLocalMachine } from './src/adapters/local-machine.ts'
import { startNodeServer } from './src/adapters/node.ts'

await runLocalMachine(startNodeServer)
