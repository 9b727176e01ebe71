import type { QuotaLimits, SimulatedQuota } from './control/schema.ts'
import type { KeyRing, RingKey } from './key-ring.ts'
import type { Model } from './models.ts'
import { pacificDay } from './pacific-day.ts'
import type { QuotaMetric } from './quota-errors.ts'

const WINDOW_MS = 60_000

interface Usage {
  /** Requests of the last minute, oldest first, with their input tokens. */
  recent: { readonly at: number; readonly tokens: number }[]
  day: string
  requestsOfDay: number
}

/** Why a request is over quota: a model without any, or the limits it violates and the ms until each lets it through. */
export type QuotaRefusal =
  | { readonly kind: 'limit-zero' }
  | {
      readonly kind: 'exceeded'
      readonly violated: readonly QuotaMetric[]
      readonly waitMs: { readonly [metric in QuotaMetric]?: number }
    }

/**
 * What each (project, model family) has spent.
 *
 * Minutes are a sliding window of 60 s (how Google cuts them is not known), days those of America/Los_Angeles.
 */
export class QuotaLedger {
  readonly #usage = new Map<string, Usage>()
  readonly #overrides = new Map<string, Map<string, QuotaLimits>>()

  setQuotas(quotas: readonly SimulatedQuota[]): void {
    for (const { project, model, ...limits } of quotas) {
      const ofProject = this.#overrides.get(project) ?? new Map<string, QuotaLimits>()
      ofProject.set(model, limits)
      this.#overrides.set(project, ofProject)
    }
  }

  clearUsage(): void {
    this.#usage.clear()
  }

  /** The limits that hold for a key and a model: the tier's, then those of the keys, then those set by hand. */
  limitsOf(key: RingKey, model: Model, ring: KeyRing): QuotaLimits | null {
    const ofKeys = ring.quotasOf(key.project)
    const byHand = this.#overrides.get(key.project)
    if (key.tier === 'paid' && !ofKeys && !byHand) return null
    const limits: QuotaLimits = key.tier === 'free' ? { ...model.freeTier } : {}
    for (const table of [ofKeys, byHand]) {
      for (const name of ['*', model.quotaFamily, model.id]) Object.assign(limits, table?.get(name))
    }
    return limits
  }

  /** Counts a request, or refuses it and counts nothing. */
  spend(key: RingKey, model: Model, limits: QuotaLimits, tokens: number, now: number): QuotaRefusal | null {
    if (limits.rpm === 0 || limits.rpd === 0 || limits.tpm === 0) return { kind: 'limit-zero' }
    const usage = this.#usageOf(`${key.project}\n${model.quotaFamily}`, now)
    const violated: QuotaMetric[] = []
    const waitMs: { [metric in QuotaMetric]?: number } = {}
    if (limits.rpd !== undefined && usage.requestsOfDay >= limits.rpd) violated.push('rpd')
    if (limits.rpm !== undefined && usage.recent.length >= limits.rpm) {
      violated.push('rpm')
      const blocking = usage.recent[usage.recent.length - limits.rpm]
      waitMs.rpm = blocking ? blocking.at + WINDOW_MS - now : 0
    }
    if (limits.tpm !== undefined) {
      const spent = usage.recent.reduce((sum, entry) => sum + entry.tokens, 0)
      if (spent + tokens > limits.tpm) {
        violated.push('tpm')
        waitMs.tpm = tokenWaitMs(usage, spent + tokens - limits.tpm, now)
      }
    }
    if (violated.length > 0) return { kind: 'exceeded', violated, waitMs }
    usage.recent.push({ at: now, tokens })
    usage.requestsOfDay++
    return null
  }

  #usageOf(name: string, now: number): Usage {
    const day = pacificDay(now)
    const usage = this.#usage.get(name) ?? { recent: [], day, requestsOfDay: 0 }
    this.#usage.set(name, usage)
    if (usage.day !== day) {
      usage.day = day
      usage.requestsOfDay = 0
    }
    usage.recent = usage.recent.filter((entry) => entry.at > now - WINDOW_MS)
    return usage
  }
}

/** ms until enough old tokens leave the window; a whole window when the request alone is too big. */
function tokenWaitMs(usage: Usage, excess: number, now: number): number {
  let freed = 0
  for (const entry of usage.recent) {
    freed += entry.tokens
    if (freed >= excess) return entry.at + WINDOW_MS - now
  }
  return WINDOW_MS
}
