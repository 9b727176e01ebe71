import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { Socket } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import { loadConfig } from '../config/load-config.ts'
import { createGateway } from '../gateway.ts'
import { createLocalPlatform } from './local-platform.ts'
import { type LocalServer, type LocalServerOptions, SHUTDOWN_GRACE_MS, urlOf } from './local-server.ts'

const IDLE_SWEEP_MS = 100

/**
 * Serves on Node. Client disconnects abort `request.signal` and cancel the response stream.
 *
 * @throws ConfigError, or Node's own error when it cannot listen.
 */
export async function startNodeServer({ env, log = console.log }: LocalServerOptions): Promise<LocalServer> {
  const { HOST, PORT, DATA_DIR } = loadConfig(env)
  const local = createLocalPlatform({ host: 'node', env, dataDir: DATA_DIR, log })
  const gateway = createGateway(local.platform)

  const answer = (request: Request, { incoming }: { incoming: Pick<IncomingMessage, 'socket'> }) =>
    gateway.fetch(request, local.invocationFrom(incoming.socket.remoteAddress ?? null))
  const server = createServer(getRequestListener(answer))
  const sockets = new Set<Socket>()
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  server.listen(PORT, HOST)
  await once(server, 'listening')

  return {
    url: urlOf(HOST, portOf(server)),
    close: async () => {
      await drain(server, sockets)
      await gateway.close()
      await local.settle()
    },
  }
}

function portOf(server: Server): number {
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}

/**
 * A connection that is kept alive counts as open: it is swept away as soon as its last answer is out. So is one on
 * which nothing was ever sent, such as the spare ones of clients, which Node does not count as idle.
 */
async function drain(server: Server, sockets: ReadonlySet<Socket>): Promise<void> {
  const closed = once(server, 'close')
  server.close()
  const sweep = setInterval(() => {
    server.closeIdleConnections()
    for (const socket of sockets) if (socket.bytesRead === 0) socket.destroy()
  }, IDLE_SWEEP_MS)
  const deadline = setTimeout(() => server.closeAllConnections(), SHUTDOWN_GRACE_MS)
  await closed
  clearInterval(sweep)
  clearTimeout(deadline)
}
