import { loadConfig } from './config/load-config.ts'
import { createDialects, type Dialects } from './dialects/dialects.ts'
import { createServe, type Serve } from './dialects/serve.ts'
import { SECOND } from './lib/time.ts'
import { VERSION } from './lib/version.ts'
import type { Platform } from './platform.ts'
import { KeyPool, type KeyPoolOptions } from './pool/key-pool.ts'
import { PoolSync } from './pool/pool-sync.ts'
import { StoreLink } from './pool/store-link.ts'
import { createLog, type Log } from './telemetry/log.ts'
import { type FailoverOptions, forward } from './upstream/failover.ts'
import { probeKey } from './upstream/probe.ts'
import type { VerifyRouteOptions } from './verify/route.ts'

/** Everything the routes need, built once. */
export interface Services {
  readonly log: Log
  readonly serve: Serve
  readonly dialects: Dialects
  readonly verify: VerifyRouteOptions
  readonly health: () => HealthReport
  /** See `Gateway`. */
  readonly close: () => Promise<void>
}

interface HealthReport {
  /** `degraded`: requests are served from memory, while the store cannot be reached. */
  readonly status: 'ok' | 'degraded'
  readonly version: string
}

/** The composition root: nothing else constructs. @throws ConfigError */
export function createServices(platform: Platform): Services {
  const { now, random, fetchOptions = {} } = platform
  const config = loadConfig(platform.env)
  const log = createLog(platform.log, config.LOG_LEVEL, now)
  const access = {
    authToken: config.AUTH_TOKEN,
    allowedTokens: config.ALLOWED_TOKENS,
    allowClientKeys: config.ALLOW_CLIENT_KEYS,
  }

  const link = new StoreLink({ openKV: platform.openKV, now, log })
  const sync = new PoolSync({ link, now, random })
  const poolOptions = { now, random, maxFailures: config.MAX_FAILURES, log } satisfies Partial<KeyPoolOptions>
  const operatorPool = new KeyPool(config.GEMINI_API_KEY, {
    ...poolOptions,
    owner: 'operator',
    onRest: (rest) => sync.noteRest(rest),
    onRevival: (keyId) => sync.noteRevival(keyId),
    onCall: (keyId, model, result) => sync.noteCall(keyId, model, result),
  })
  sync.attach(operatorPool)

  const warmUp = () => sync.warmUp()
  const flush = () => sync.tick()

  const failover: FailoverOptions = {
    baseUrl: config.GEMINI_BASE_URL,
    fetchOptions,
    maxRetries: config.MAX_RETRIES,
    budgetMs: config.RETRY_BUDGET * SECOND,
    timeoutMs: config.TIME_OUT * SECOND,
    firstEventMs: config.FIRST_EVENT_TIMEOUT * SECOND,
    now,
    random,
    log,
  }

  return {
    log,
    serve: createServe({
      access,
      operatorPool,
      callersPool: (keys) => new KeyPool(keys, { ...poolOptions, owner: 'caller' }),
      warmUp,
      forward: (request) => forward(request, failover),
      flush,
      maxBodyMB: config.MAX_BODY_MB,
      filteredModels: new Set(config.FILTERED_MODELS),
    }),
    dialects: createDialects(config.CUSTOM_HEADERS),
    verify: {
      access,
      now,
      probe: (key, model, signal) =>
        probeKey(key, {
          baseUrl: config.GEMINI_BASE_URL,
          fetchOptions,
          apiVersion: config.GEMINI_API_VERSION,
          model,
          timeoutMs: config.FIRST_EVENT_TIMEOUT * SECOND,
          signal,
        }),
      warmUp,
      onWorkingKey: (id) => operatorPool.revive(id),
      flush,
    },
    close: () => sync.close(),
    health: () => ({ status: link.isDegraded ? 'degraded' : 'ok', version: VERSION }),
  }
}
