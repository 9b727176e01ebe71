import { loadConfig } from './config/load-config.ts'
import { createDialects, type Dialects } from './dialects/dialects.ts'
import { createServe, type Serve } from './dialects/serve.ts'
import { SECOND } from './lib/time.ts'
import { VERSION } from './lib/version.ts'
import type { Platform } from './platform.ts'
import { HealthJournal } from './pool/health-journal.ts'
import { KeyPool, type KeyPoolOptions } from './pool/key-pool.ts'
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

  const journal = new HealthJournal({ openKV: platform.openKV, now, log })
  const poolOptions = { now, random, maxFailures: config.MAX_FAILURES, log } satisfies Partial<KeyPoolOptions>
  const operatorPool = new KeyPool(config.GEMINI_API_KEY, {
    ...poolOptions,
    owner: 'operator',
    onRest: (rest) => journal.record(rest),
    onRevival: (keyId) => journal.forget(keyId),
  })

  const warmUp = () => journal.load((rest) => operatorPool.adopt(rest))
  const flush = () => journal.flush()

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
    health: () => ({ status: journal.isDegraded ? 'degraded' : 'ok', version: VERSION }),
  }
}
