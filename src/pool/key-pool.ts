import { cooldownFor } from '../balancer/cooldown.ts'
import { KeyBalancer, NO_MODEL } from '../balancer/key-balancer.ts'
import { describeFailure, type Exhausted, type Failure, isCallersOwn } from '../errors.ts'
import type { KeyId } from '../keys/api-key.ts'
import { nameKey, type PoolKey } from '../keys/pool-key.ts'
import type { Millis } from '../lib/time.ts'
import type { Log } from '../telemetry/log.ts'
import type { HealthNews } from './health-journal.ts'
import type { CallResult } from './usage-counter.ts'

/** One key's turn for one request. Report it with `succeeded` or `failed`. */
export interface Turn {
  readonly index: number
  readonly key: PoolKey
}

/** A rest of one key, as other isolates and the next start should know it. */
export interface Rest {
  readonly keyId: KeyId
  /** null: for every model. */
  readonly model: string | null
  /** Unix time in ms; null: until a person or a probe clears it. */
  readonly until: Millis | null
  readonly reason: Failure['kind']
  readonly streak: number
  readonly since: Millis
}

export interface KeyPoolOptions {
  readonly now: () => Millis
  readonly random: () => number
  /** `MAX_FAILURES`. */
  readonly maxFailures: number
  readonly log: Log
  /** Whose keys these are: a caller is told Google's own words about its own keys. */
  readonly owner: 'operator' | 'caller'
  /** Told of every new rest, at once; must not block. */
  readonly onRest?: (rest: Rest) => void
  /** Told when a key that rested for every model works again. */
  readonly onRevival?: (keyId: KeyId) => void
  /** Told of every call to Google that was answered, or failed for a reason that is not the caller's. */
  readonly onCall?: (keyId: KeyId, model: string, result: CallResult) => void
}

const MAX_STREAKS = 20_000

interface Streak {
  readonly length: number
  /** `#successes` when its last failure counted. */
  readonly successes: number
}

interface Reason {
  /** Unix time in ms; null: until somebody clears it. */
  readonly until: Millis | null
  /** Unix time in ms: a revival ends only what began before it. */
  readonly since: Millis
  readonly kind: Failure['kind']
  readonly message: string | null
}

/**
 * The keys a request may use, with what this isolate knows of their health.
 *
 * Everything is decided from memory; nothing here awaits. Two requests that fail on one key at the same time
 * both report it: the later end of the two rests counts.
 */
export class KeyPool {
  readonly keys: readonly PoolKey[]
  readonly owner: KeyPoolOptions['owner']
  #balancer: KeyBalancer
  readonly #options: KeyPoolOptions
  #turnsTaken = 0
  readonly #indexById: ReadonlyMap<KeyId, number>
  readonly #projects: ReadonlyMap<string, readonly number[]>
  /** Unexplained failures in a row, by key and model. */
  readonly #streaks = new Map<string, Streak>()
  /** Calls that worked, with any key. */
  #successes = 0
  /** When somebody last saw a key work that had rested: what began before is over, however late it is heard. */
  readonly #revivals = new Map<number, Millis>()
  /** Why a key rests, for the answer when nobody is left. */
  readonly #reasons = new Map<string, Reason>()

  constructor(keys: readonly PoolKey[], options: KeyPoolOptions) {
    this.keys = keys
    this.owner = options.owner
    this.#options = options
    this.#balancer = new KeyBalancer(keys, Math.floor(options.random() * keys.length))
    this.#indexById = new Map(keys.map((key, index) => [key.id, index]))
    this.#projects = groupByProject(keys)
  }

  /**
   * The next key in turn that does not rest for the model and was not tried yet; null when there is none.
   *
   * @param model - `NO_MODEL` for calls that concern none.
   */
  take(model: string, tried: ReadonlySet<number>): Turn | null {
    const index = this.#balancer.next(model, tried, this.#options.now())
    this.#turnsTaken++
    const key = index === null ? undefined : this.keys[index]
    return index === null || !key ? null : { index, key }
  }

  /** How many turns were given out. */
  get turnsTaken(): number {
    return this.#turnsTaken
  }

  /** Begins the round robin where all isolates together have come to; too late once a turn was given out. */
  startAt(position: number): void {
    if (this.#turnsTaken === 0) this.#balancer = new KeyBalancer(this.keys, position)
  }

  succeeded({ index, key }: Turn, model: string): void {
    this.#options.onCall?.(key.id, model, 'ok')
    this.#successes++
    if (this.#streaks.size > 0) this.#streaks.delete(slot(index, model))
  }

  /**
   * Rests whoever the failure is about, or nobody.
   *
   * @param message - Google's own words, scrubbed; kept for the answer when nobody is left.
   * @returns whether anybody rests now.
   */
  failed({ index, key }: Turn, model: string, failure: Failure, message: string | null): boolean {
    const { now: clock, random, maxFailures, log } = this.#options
    const now = clock()
    if (!isCallersOwn(failure)) this.#options.onCall?.(key.id, model, 'failed')
    const streak = this.#countStreak(index, model, failure)
    const cooldown = cooldownFor(failure, { streak, maxFailures, now, jitter: random() })
    if (!cooldown) return false
    const members =
      cooldown.scope === 'project' && key.project !== null ? this.#projects.get(key.project) : undefined
    const reason = { kind: failure.kind, message, since: now, until: cooldown.until }
    for (const restedModel of cooldown.model === 'all' ? [null] : modelsOf(model, failure)) {
      for (const member of members ?? [index]) {
        this.#rest(member, restedModel, cooldown.until, reason, streak, now)
      }
    }
    if (this.owner === 'caller') return true // Its keys are nobody's business but its own.
    log.warn('key rests', {
      key: key.id,
      name: nameKey(key),
      ...(key.project === null ? {} : { project: key.project }),
      model: cooldown.model === 'all' ? '*' : model,
      cause: describeFailure(failure),
      until: cooldown.until === null ? 'cleared-by-verify' : new Date(cooldown.until).toISOString(),
    })
    return true
  }

  /** Takes over what another isolate or an earlier start has recorded; of unknown keys it knows nothing. */
  hear(news: HealthNews): void {
    if (news.kind === 'revival') this.#wake(news.keyId, news.at)
    else this.#adopt(news.rest)
  }

  /** Takes over the rests of a pool that this one replaces, as far as they are of its own keys. */
  inherit(before: KeyPool): void {
    for (const [place, { kind, message, since, until }] of before.#reasons) {
      const [index, model = null] = splitSlot(place)
      const keyId = before.keys[index]?.id
      if (keyId === undefined) continue
      this.#adopt({ keyId, model, until, since, reason: kind, streak: 0 }, message)
    }
  }

  /** Ends a key's rest for every model: a probe or the operator has seen it work. */
  revive(keyId: KeyId): void {
    if (this.#wake(keyId, this.#options.now())) this.#options.onRevival?.(keyId)
  }

  /** What to tell a caller for whom no key is left. */
  exhausted(model: string): Exhausted {
    const now = this.#options.now()
    const soonest = this.#balancer.soonest(model, now)
    const reason = soonest && this.#reasons.get(slot(soonest.index, soonest.scope === 'all' ? null : model))
    return {
      kind: 'exhausted',
      cause: causeOf(reason?.kind),
      retryAfterMs: soonest !== null && Number.isFinite(soonest.until) ? soonest.until - now : null,
      upstreamMessage: reason?.message ?? null,
      model: model === NO_MODEL ? null : model,
    }
  }

  /** Keys without a known project count as one each: nothing says that two of them share one. */
  get projectCount(): number {
    return this.#projects.size + this.keys.filter(({ project }) => project === null).length
  }

  /** Whether any key's allow-list has the model. */
  isServed(model: string): boolean {
    return this.#balancer.isServed(model)
  }

  #adopt({ keyId, model, until, reason, since }: Rest, message: string | null = null): void {
    const index = this.#indexById.get(keyId)
    if (index === undefined || (until !== null && until <= this.#options.now())) return
    if (model === null && since <= (this.#revivals.get(index) ?? Number.NEGATIVE_INFINITY)) return
    if (!this.#balancer.rest(index, model, until)) return
    this.#reasons.set(slot(index, model), { kind: reason, message, since, until })
  }

  /** Ends the rest for every model, if it began before `at`. */
  #wake(keyId: KeyId, at: Millis): boolean {
    const index = this.#indexById.get(keyId)
    const key = index === undefined ? undefined : this.keys[index]
    if (index === undefined || !key) return false
    this.#revivals.set(index, Math.max(at, this.#revivals.get(index) ?? at))
    const since = this.#reasons.get(slot(index, null))?.since ?? Number.NEGATIVE_INFINITY
    if (since > at || !this.#balancer.wake(index, null)) return false
    this.#reasons.delete(slot(index, null))
    this.#options.log.info('key is back', { key: keyId, name: nameKey(key) })
    return true
  }

  /**
   * How many unexplained failures this key has had in a row. One counts only if another call has worked since the
   * one before: when nothing works at all it is no key's fault, and resting keys would prolong the outage.
   *
   * @returns 0 for a failure that does not count.
   */
  #countStreak(index: number, model: string, failure: Failure): number {
    if (failure.kind !== 'upstream-fault' && failure.kind !== 'empty-answer') return 0
    const before = this.#streaks.get(slot(index, model))
    if (before?.successes === this.#successes) return 0
    const length = (before?.length ?? 0) + 1
    // Callers choose model names: made-up ones must not fill the memory.
    if (this.#streaks.size >= MAX_STREAKS) this.#streaks.clear()
    this.#streaks.set(slot(index, model), { length, successes: this.#successes })
    return length
  }

  #rest(
    index: number,
    model: string | null,
    until: Millis | null,
    reason: Reason,
    streak: number,
    now: Millis,
  ): void {
    const key = this.keys[index]
    if (!key || !this.#balancer.rest(index, model, until)) return
    this.#reasons.set(slot(index, model), reason)
    this.#options.onRest?.({ keyId: key.id, model, until, reason: reason.kind, streak, since: now })
  }
}

function slot(index: number, model: string | null): string {
  return model === null ? String(index) : `${index} ${model}`
}

function splitSlot(place: string): [index: number, model?: string] {
  const [index, model] = place.split(/ (.*)/s)
  return model === undefined ? [Number(index)] : [Number(index), model]
}

function groupByProject(keys: readonly PoolKey[]): ReadonlyMap<string, readonly number[]> {
  const groups = new Map<string, number[]>()
  keys.forEach(({ project }, index) => {
    if (project === null) return
    const group = groups.get(project)
    if (group) group.push(index)
    else groups.set(project, [index])
  })
  return groups
}

/** A quota may name another model than the request did: preview and alias ids share their family's quota. */
function modelsOf(model: string, failure: Failure): string[] {
  const quotaModel = failure.kind === 'rate-limited' ? failure.quotaModel : null
  return quotaModel === null || quotaModel === model ? [model] : [model, quotaModel]
}

function causeOf(kind: Failure['kind'] | undefined): Exhausted['cause'] {
  switch (kind) {
    case 'rate-limited':
    case 'model-unavailable':
      return 'quota'
    case 'upstream-fault':
    case 'empty-answer':
    case 'overloaded':
      return 'overload'
    default:
      return 'keys-refused'
  }
}
