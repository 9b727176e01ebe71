/**
 * `npm run demo`: the gateway in front of a simulated Gemini API whose keys run out, to be tried without a Google
 * key. `PORT` (default 8787, else any that is free) and `HOST` say where. Everything it keeps lies in a temporary
 * folder, and goes with Ctrl-C.
 */
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createSimulator, type SimulatedKey } from '../simulator/simulator.ts'
import type { LocalServer } from '../src/adapters/local-server.ts'
import { startNodeServer } from '../src/adapters/node.ts'
import { MODEL, renderKeys, renderSnippets, runTour } from './lib/demo-tour.ts'

const DEFAULT_PORT = '8787'

const KEYS: readonly (SimulatedKey & { readonly id: string; readonly story: string })[] = [
  { id: 'dead', key: 'demo-key-dead', story: 'Google refuses it', state: 'invalid' },
  { id: 'day', key: 'demo-key-day', story: '2 requests a day', quotas: { '*': { rpd: 2 } } },
  { id: 'minute', key: 'demo-key-minute', story: '2 requests a minute', quotas: { '*': { rpm: 2 } } },
  { id: 'good', key: 'demo-key-good', story: 'no limit' },
]

const simulator = createSimulator({ keys: KEYS.map(({ story: _, ...key }) => key) })
const upstream = await simulator.listen()
const dataDir = await mkdtemp(join(tmpdir(), 'gemini-balance-edge-demo-'))
const token = `demo-${randomBytes(6).toString('hex')}`
const log = { held: [] as string[], isLive: false }

const gateway = await startGateway().catch(async (error: unknown) => {
  await cleanUp()
  throw error
})
process.once('SIGINT', stop)
process.once('SIGTERM', stop)

console.log(`\nA simulated Gemini API with ${KEYS.length} keys:\n\n${renderKeys(KEYS)}\n`)
console.log(`12 calls for ${MODEL}, through the gateway:\n`)
await runTour({ gatewayUrl: gateway.url, token, simulator, say: console.log })
console.log(`\nWhat the gateway logged meanwhile:\n\n${log.held.join('\n')}`)
console.log(`\nThe gateway listens on ${gateway.url} with the token ${token}. Now you:\n`)
console.log(renderSnippets(gateway.url, token))
console.log('\nCtrl-C stops it and leaves nothing behind. Its log follows.\n')
log.isLive = true

/** Of settings only these: what is in the environment or .env stays out of the demo. */
async function startGateway(): Promise<LocalServer> {
  const env = {
    AUTH_TOKEN: token,
    GEMINI_API_KEY: KEYS.map(({ key }) => key).join(),
    GEMINI_BASE_URL: upstream.url,
    DATA_DIR: dataDir,
    HOST: process.env.HOST ?? '127.0.0.1',
  }
  const options = { log: (line: string) => (log.isLive ? console.log(line) : log.held.push(line)) }
  try {
    return await startNodeServer({ env: { ...env, PORT: process.env.PORT ?? DEFAULT_PORT }, ...options })
  } catch (error) {
    const isTaken = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE'
    if (!isTaken || process.env.PORT !== undefined) throw error
    return await startNodeServer({ env: { ...env, PORT: '0' }, ...options })
  }
}

async function cleanUp(): Promise<void> {
  await upstream.close()
  await rm(dataDir, { recursive: true, force: true })
}

function stop(): void {
  gateway
    .close()
    .then(cleanUp)
    .then(
      () => process.exit(0),
      () => process.exit(1),
    )
}
