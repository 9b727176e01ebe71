import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Redis } from 'ioredis'

/** A redis-server of our own: on 127.0.0.1, in a temporary folder that outlives a restart. */
export interface RedisServer extends AsyncDisposable {
  readonly url: string
  /** For tests: as an operator with redis-cli. Connects again after a restart. */
  readonly operator: Redis
  start(): Promise<void>
  /** Ends the process as Debian does, after it has written everything to disk. */
  stop(): Promise<void>
  /** Stops the process where it stands: it keeps its connections and answers nobody. */
  freeze(): void
  thaw(): void
  /** Moves the end of every TTL to so much earlier: what Redis sees when time passes, without the wait. */
  passSeconds(seconds: number): Promise<void>
}

const START_DEADLINE_MS = 10_000
const START_POLL_MS = 10

const PASS_TIME = `
  for _, key in ipairs(redis.call('KEYS', '*')) do
    local left = redis.call('PTTL', key)
    if left >= 0 then redis.call('PEXPIRE', key, left - ARGV[1]) end
  end
`

/** @param port - where to listen; a free port by default. */
export async function startRedisServer(port?: number): Promise<RedisServer> {
  const chosen = port ?? (await findFreePort())
  const folder = await mkdtemp(join(tmpdir(), 'kv-redis-'))
  const operator = new Redis({ host: '127.0.0.1', port: chosen, lazyConnect: true, retryStrategy: () => 20 })
  operator.on('error', () => {}) // refused while the server is down: commands wait
  let child: ChildProcess | null = null

  const server: RedisServer = {
    url: `redis://127.0.0.1:${chosen}`,
    operator,
    start: async () => {
      child = spawnServer(folder, chosen)
      await untilAnswering(operator, child)
    },
    stop: async () => {
      if (child === null || child.exitCode !== null) return
      child.kill('SIGTERM')
      await once(child, 'exit')
    },
    freeze: () => child?.kill('SIGSTOP'),
    thaw: () => child?.kill('SIGCONT'),
    passSeconds: async (seconds) => {
      await operator.eval(PASS_TIME, 0, seconds * 1_000)
    },
    [Symbol.asyncDispose]: async () => {
      operator.disconnect()
      await server.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
  await server.start()
  return server
}

function spawnServer(folder: string, port: number): ChildProcess {
  const settings = ['--port', `${port}`, '--bind', '127.0.0.1', '--dir', folder, '--appendonly', 'yes']
  return spawn('redis-server', [...settings, '--save', ''], { stdio: 'ignore' })
}

async function untilAnswering(operator: Redis, child: ChildProcess): Promise<void> {
  const failed = once(child, 'exit').then(([code]) => {
    throw new Error(`redis-server ended with code ${code}`)
  })
  const tooLate = AbortSignal.timeout(START_DEADLINE_MS)
  const ping = async () => {
    while ((await operator.ping().catch(() => '')) !== 'PONG') {
      tooLate.throwIfAborted()
      await sleep(START_POLL_MS)
    }
  }
  failed.catch(() => {}) // the end of the process after it has answered is no failure
  await Promise.race([ping(), failed])
}

/** Free a moment ago: redis-server cannot be told to take one itself. */
export async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}
