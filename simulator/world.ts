import type { Settings } from './control/schema.ts'
import type { GoogleError } from './google-error.ts'
import type { KeyRing, RingKey } from './key-ring.ts'
import type { Model, ModelTable } from './models.ts'
import type { ErrorContext } from './named-errors.ts'
import { nextPacificMidnight } from './pacific-day.ts'
import type { PromptCache } from './prompt-cache.ts'
import { limitZeroError, type QuotaContext, quotaError } from './quota-errors.ts'
import type { QuotaLedger } from './quota-ledger.ts'

/** The state that requests are answered from. */
export interface World {
  readonly keys: KeyRing
  readonly models: ModelTable
  readonly quotas: QuotaLedger
  readonly cache: PromptCache
  readonly settings: Settings
  readonly seed: string
  now(): number
}

function quotaContext(world: World, key: RingKey | undefined, model: Model | undefined): QuotaContext {
  const now = world.now()
  return {
    tier: key?.tier ?? 'free',
    quotaFamily: model?.quotaFamily ?? 'gemini-3.8-flash',
    quotaBodies: world.settings.quotaBodies,
    limits: (key && model && world.quotas.limitsOf(key, model, world.keys)) ?? {},
    waitMs: {},
    msToPacificMidnight: nextPacificMidnight(now) - now,
  }
}

/** Everything an error's text may quote; stand-ins for what the request did not say. */
export function errorContext(
  world: World,
  call: {
    readonly credential: string | null
    readonly key: RingKey | undefined
    readonly modelId: string | null
    readonly method: string
    readonly version: string
  },
): ErrorContext {
  const model = call.modelId === null ? undefined : world.models.get(call.modelId)
  return {
    ...quotaContext(world, call.key, model),
    key: call.credential ?? 'AIza...',
    project: call.key?.project ?? '12345678',
    modelId: call.modelId ?? 'gemini-3.8-flash',
    method: call.method,
    version: call.version,
  }
}

/** Counts a request against its project's quotas; null when it may pass. */
export function spendQuota(world: World, key: RingKey, model: Model, tokens: number): GoogleError | null {
  const limits = world.quotas.limitsOf(key, model, world.keys)
  if (limits === null) return null
  const refusal = world.quotas.spend(key, model, limits, tokens, world.now())
  if (refusal === null) return null
  const context = quotaContext(world, key, model)
  return refusal.kind === 'limit-zero'
    ? limitZeroError(context)
    : quotaError(refusal.violated, { ...context, waitMs: refusal.waitMs })
}
