import { MinHeap } from '../lib/min-heap.ts'
import type { Millis } from '../lib/time.ts'
import { WeightedRing } from './weighted-ring.ts'

/** What the balancer needs to know of a key; keys are named by their index in the pool. */
export interface Member {
  readonly weight: number
  /** Models it may serve; null: all. */
  readonly models: readonly string[] | null
}

/** Stands for the calls that concern no model, such as the list of models. */
export const NO_MODEL = '-'

/** A resting key, and when it will be back for a model. */
export interface Return {
  readonly index: number
  /** Unix time in ms; Infinity: not before somebody wakes it. */
  readonly until: Millis
  /** Which of its rests ends last: the one for this model, or the one for all. */
  readonly scope: 'model' | 'all'
}

/** Keys in turn, and who of them rests for the lane's model. */
interface Lane {
  readonly ring: WeightedRing
  /** Every key that belongs here, resting or not. */
  readonly members: ReadonlySet<number>
  /** index -> until, Infinity: until `wake`. */
  readonly rests: Map<number, Millis>
}

interface Alarm {
  readonly index: number
  readonly model: string | null
  readonly until: Millis
}

const MAX_REMEMBERED_RETURNS = 256

/**
 * Whose turn is it: smooth weighted round robin over the keys that do not rest.
 *
 * Models share a ring as long as the same keys may serve them. A model for which a key rests gets a ring of its
 * own, and loses it when its last key is back: so memory grows with what rests, never with the names that
 * callers send. Time is passed in and must not run backwards by much; nothing here awaits. A call costs
 * O(log keys), whatever rests.
 */
export class KeyBalancer {
  readonly #everyone: Lane
  /** Where keys have allow-lists: one lane for each model on a list, and one for all other models. */
  readonly #listed: ReadonlyMap<string, Lane>
  readonly #unlisted: Lane
  /** Models for which a key rests. */
  readonly #own = new Map<string, Lane>()
  readonly #alarms = new MinHeap<Alarm>()
  /** Changes with every rest and every return, so that `soonest` need not count twice. */
  #version = 0
  readonly #returns = new Map<string, { readonly version: number; readonly soonest: Return | null }>()

  /** @param position - how many turns are deemed taken already, so that isolates do not all begin at key 0. */
  constructor(members: readonly Member[], position = 0) {
    const weights = members.map(({ weight }) => weight)
    const laneOf = (mayServe: (member: Member) => boolean): Lane => {
      const ring = new WeightedRing(weights, position)
      const indexes = new Set<number>()
      members.forEach((member, index) => {
        if (mayServe(member)) indexes.add(index)
        else ring.remove(index)
      })
      return { ring, members: indexes, rests: new Map() }
    }
    this.#everyone = laneOf(() => true)
    const names = new Set(members.flatMap(({ models }) => models ?? []))
    const listed = [...names].map(
      (name) => [name, laneOf(({ models }) => models?.includes(name) ?? true)] as const,
    )
    this.#listed = new Map(listed)
    this.#unlisted = names.size === 0 ? this.#everyone : laneOf(({ models }) => models === null)
  }

  /**
   * The next key in turn for a model, or null when all rest, are excluded, or may not serve it.
   *
   * @param excluded - keys this request has tried; they keep their turn.
   */
  next(model: string, excluded: ReadonlySet<number>, now: Millis): number | null {
    this.#wakeDue(now)
    return (this.#own.get(model) ?? this.#baseOf(model)).ring.next(excluded)
  }

  /**
   * Rests a key. A rest is never shortened: the later end counts.
   *
   * @param model - null: for every model.
   * @param until - null: until `wake`.
   * @returns whether this changed anything.
   */
  rest(index: number, model: string | null, until: Millis | null): boolean {
    if (model !== null && !this.#baseOf(model).members.has(index)) return false
    const end = until ?? Number.POSITIVE_INFINITY
    const { rests } = model === null ? this.#everyone : this.#ownLane(model)
    if ((rests.get(index) ?? Number.NEGATIVE_INFINITY) >= end) return false
    rests.set(index, end)
    this.#version++
    if (model === null) for (const { ring } of this.#lanes()) ring.remove(index)
    else this.#own.get(model)?.ring.remove(index)
    if (until !== null) this.#alarms.push(until, { index, model, until })
    return true
  }

  /** Ends a rest now. @returns whether there was one. */
  wake(index: number, model: string | null): boolean {
    const lane = model === null ? this.#everyone : this.#own.get(model)
    if (!lane?.rests.delete(index)) return false
    this.#version++
    if (model === null) for (const each of this.#lanes()) this.#rejoin(index, each)
    else if (lane.rests.size === 0) this.#own.delete(model)
    else this.#rejoin(index, lane)
    return true
  }

  /** The resting key that will be back first for a model; null when none of its keys rests. */
  soonest(model: string, now: Millis): Return | null {
    this.#wakeDue(now)
    const known = this.#returns.get(model)
    if (known?.version === this.#version) return known.soonest
    if (this.#returns.size >= MAX_REMEMBERED_RETURNS) this.#returns.clear()
    const soonest = this.#findSoonest(model)
    this.#returns.set(model, { version: this.#version, soonest })
    return soonest
  }

  /** Whether any key could ever serve the model. */
  isServed(model: string): boolean {
    return this.#baseOf(model).members.size > 0
  }

  #findSoonest(model: string): Return | null {
    const { members } = this.#baseOf(model)
    const forModel = this.#own.get(model)?.rests ?? new Map<number, Millis>()
    const forAll = this.#everyone.rests
    let soonest: Return | null = null
    const consider = (index: number) => {
      const own = forModel.get(index) ?? Number.NEGATIVE_INFINITY
      const all = forAll.get(index) ?? Number.NEGATIVE_INFINITY
      const until = Math.max(own, all)
      if (soonest === null || until < soonest.until)
        soonest = { index, until, scope: all > own ? 'all' : 'model' }
    }
    for (const index of forModel.keys()) consider(index)
    for (const index of forAll.keys()) if (members.has(index)) consider(index)
    return soonest
  }

  #wakeDue(now: Millis): void {
    while (this.#alarms.leastOrder <= now) {
      const alarm = this.#alarms.pop()
      if (!alarm) return
      const lane = alarm.model === null ? this.#everyone : this.#own.get(alarm.model)
      // A rest that was prolonged meanwhile has an alarm of its own.
      if (lane?.rests.get(alarm.index) === alarm.until) this.wake(alarm.index, alarm.model)
    }
  }

  #baseOf(model: string): Lane {
    return model === NO_MODEL ? this.#everyone : (this.#listed.get(model) ?? this.#unlisted)
  }

  #ownLane(model: string): Lane {
    const known = this.#own.get(model)
    if (known) return known
    const { ring, members } = this.#baseOf(model)
    const lane: Lane = { ring: ring.clone(), members, rests: new Map() }
    this.#own.set(model, lane)
    return lane
  }

  #rejoin(index: number, { ring, members, rests }: Lane): void {
    if (members.has(index) && !rests.has(index) && !this.#everyone.rests.has(index)) ring.add(index)
  }

  *#lanes(): Iterable<Lane> {
    yield this.#everyone
    if (this.#unlisted !== this.#everyone) yield this.#unlisted
    yield* this.#listed.values()
    yield* this.#own.values()
  }
}
