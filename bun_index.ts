import { startBunServer } from './src/adapters/bun.ts'
import { runLocalMachine } from './src/adapters/local-machine.ts'

await runLocalMachine(startBunServer)
