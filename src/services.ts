import { changedSettings } from './config/changed-settings.ts'
import { loadConfig, loadConfigWithOverrides } from './config/load-config.ts'
import type { Config } from './config/schema.ts'
import { createSealer } from './config/sealed-text.ts'
import { readStoredSettings } from './config/stored-settings.ts'
import { createDialects, type Dialects } from './dialects/dialects.ts'
import { createServe, type Serve } from './dialects/serve.ts'
import type { KV } from './kv/kv.ts'
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

/** What the routes need that follows from the settings: built anew when these change. */
interface ConfiguredServices {
  readonly log: Log
  readonly serve: Serve
  readonly dialects: Dialects
  readonly verify: VerifyRouteOptions
}

export interface Services {
  /** null once the stored state and settings are known; else a bounded wait for them, before anything is decided. */
  readonly warmUp: () => Promise<void> | null
  /** As the settings are now: ask for it in every request. */
  readonly current: () => ConfiguredServices
  readonly health: () => HealthReport
  /** See `Gateway`. */
  readonly close: () => Promise<void>
}

interface HealthReport {
  /** `degraded`: requests are served from memory, while the store cannot be reached. */
  readonly status: 'ok' | 'degraded'
  readonly version: string
}

/**
 * The composition root: nothing else constructs.
 *
 * When stored settings change, everything that follows from settings is built anew and put in place at once;
 * requests that are under way end with what they began with. What is known of the keys' health is carried over.
 *
 * @throws ConfigError for what is wrong in the environment. A stored setting that is wrong is logged and left out.
 */
export function createServices(platform: Platform): Services {
  const { env, now, random } = platform
  let config = loadConfig(env)
  let revision = 0
  const log = createLog(platform.log, config.LOG_LEVEL, now)
  const sealer = createSealer(config.ENCRYPTION_KEY)
  const link = new StoreLink({ openKV: platform.openKV, now, log })
  const sync = new PoolSync({ link, now, random, onRead: takeStoredSettings })
  let pool = createPool(config)
  let current = configure(config, pool)

  return {
    warmUp: () => sync.warmUp(),
    current: () => current,
    close: () => sync.close(),
    health: () => ({ status: link.isDegraded ? 'degraded' : 'ok', version: VERSION }),
  }

  async function takeStoredSettings(kv: KV): Promise<void> {
    const stored = await readStoredSettings(kv, sealer, revision)
    if (stored === null || stored instanceof Error) return
    revision = stored.revision
    const loaded = loadConfigWithOverrides(env, stored.texts)
    for (const { variable, expected } of [...stored.rejected, ...loaded.rejected]) {
      log.warn('stored setting left out', { variable, expected })
    }
    const changed = changedSettings(config, loaded.config)
    if (changed.length === 0) return
    log.info('settings changed', { revision, changed: changed.join(',') })
    config = loaded.config
    const successor = createPool(config)
    successor.inherit(pool)
    pool = successor
    current = configure(config, pool)
  }

  function createPool({ GEMINI_API_KEY, MAX_FAILURES }: Config): KeyPool {
    const created = new KeyPool(GEMINI_API_KEY, {
      now,
      random,
      maxFailures: MAX_FAILURES,
      log,
      owner: 'operator',
      onRest: (rest) => sync.noteRest(rest),
      onRevival: (keyId) => sync.noteRevival(keyId),
      onCall: (keyId, model, result) => sync.noteCall(keyId, model, result),
    })
    sync.attach(created)
    return created
  }

  function configure(settings: Config, operatorPool: KeyPool): ConfiguredServices {
    const { fetchOptions = {} } = platform
    const settledLog = createLog(platform.log, settings.LOG_LEVEL, now)
    const access = {
      authToken: settings.AUTH_TOKEN,
      allowedTokens: settings.ALLOWED_TOKENS,
      allowClientKeys: settings.ALLOW_CLIENT_KEYS,
    }
    const failover: FailoverOptions = {
      baseUrl: settings.GEMINI_BASE_URL,
      fetchOptions,
      maxRetries: settings.MAX_RETRIES,
      budgetMs: settings.RETRY_BUDGET * SECOND,
      timeoutMs: settings.TIME_OUT * SECOND,
      firstEventMs: settings.FIRST_EVENT_TIMEOUT * SECOND,
      now,
      random,
      log: settledLog,
    }
    const callers: KeyPoolOptions = {
      now,
      random,
      maxFailures: settings.MAX_FAILURES,
      log: settledLog,
      owner: 'caller',
    }
    const flush = () => sync.tick()

    return {
      log: settledLog,
      serve: createServe({
        access,
        operatorPool,
        callersPool: (keys) => new KeyPool(keys, callers),
        forward: (request) => forward(request, failover),
        flush,
        maxBodyMB: settings.MAX_BODY_MB,
        filteredModels: new Set(settings.FILTERED_MODELS),
      }),
      dialects: createDialects(settings.CUSTOM_HEADERS),
      verify: {
        access,
        now,
        probe: (key, model, signal) =>
          probeKey(key, {
            baseUrl: settings.GEMINI_BASE_URL,
            fetchOptions,
            apiVersion: settings.GEMINI_API_VERSION,
            model,
            timeoutMs: settings.FIRST_EVENT_TIMEOUT * SECOND,
            signal,
          }),
        onWorkingKey: (id) => operatorPool.revive(id),
        flush,
      },
    }
  }
}
