import { loadConfig } from '../config/load-config.ts'
import { createGateway } from '../gateway.ts'
import { createLocalPlatform } from './local-platform.ts'
import { type LocalServer, type LocalServerOptions, SHUTDOWN_GRACE_MS, urlOf } from './local-server.ts'

/** The part of Bun's `Server` that is used here. @source bun.com/docs/runtime/http/server */
interface BunServer {
  readonly port: number
  requestIP(request: Request): { readonly address: string } | null
  stop(closeActiveConnections: boolean): Promise<void>
}

declare const Bun: {
  serve(options: {
    readonly hostname: string
    readonly port: number
    readonly idleTimeout: number
    fetch(request: Request): Response | Promise<Response>
  }): BunServer
}

/** Bun hangs up on a connection that is silent for 10 s, which a thinking model often is. */
const NO_IDLE_TIMEOUT = 0

/** Serves on Bun. @throws ConfigError, or Bun's own error when it cannot listen. */
export async function startBunServer({ env, log = console.log }: LocalServerOptions): Promise<LocalServer> {
  const { HOST, PORT, DATA_DIR } = loadConfig(env)
  const local = createLocalPlatform({ host: 'bun', env, dataDir: DATA_DIR, log })
  const gateway = createGateway(local.platform)

  const server = Bun.serve({
    hostname: HOST,
    port: PORT,
    idleTimeout: NO_IDLE_TIMEOUT,
    fetch: (request) =>
      gateway.fetch(request, local.invocationFrom(server.requestIP(request)?.address ?? null)),
  })

  return {
    url: urlOf(HOST, server.port),
    close: async () => {
      const deadline = setTimeout(() => void server.stop(true), SHUTDOWN_GRACE_MS)
      await server.stop(false)
      clearTimeout(deadline)
      await gateway.close()
      await local.settle()
    },
  }
}
