import { MinHeap } from '../lib/min-heap.ts'
import type { Millis } from '../lib/time.ts'
import { WeightedRing } from './weighted-ring.ts'

/** What the balancer needs to know of a key; keys are named by their index in the pool. */
export interface Member {
  readonly weight: number
  /** Models it may serve; null: all. */
  readonly models: readonly string[] | null
}

interface Alarm {
  readonly index: number
  readonly model: string | null
  readonly until: Millis
}

/** The keys in turn for one model (or for all that have nothing of their own). */
interface Lane {
  readonly ring: WeightedRing
  /** index -> until, Infinity for "until somebody clears it"; only for this lane's model. */
  readonly rests: Map<number, Millis>
}

/** Stands for the calls that concern no model, such as the list of models. */
export const NO_MODEL = '-'

/** A key that will be back, and when (Unix time in ms). */
export interface Return {
  readonly index: number
  readonly until: Millis
}

/** Lanes that exist only because keys have allow-lists; the oldest without rests gives way. */
const MAX_LANES = 256

const NO_RESTS: ReadonlyMap<number, Millis> = new Map()

/**
 * Whose turn is it: smooth weighted round robin over the keys that do not rest.
 *
 * All models share one ring until a key rests for one of them; that model then gets a ring of its own, and
 * loses it when its last key is back. Time is passed in and must not run backwards by much; nothing here
 * awaits. A call costs O(log keys), whatever rests.
 */
export class KeyBalancer {
  readonly #members: readonly Member[]
  readonly #hasAllowLists: boolean
  readonly #shared: Lane
  readonly #lanes = new Map<string, Lane>()
  readonly #alarms = new MinHeap<Alarm>()
  /** Changes with every rest and every return, so that `soonest` need not count twice. */
  #version = 0
  readonly #soonest = new Map<string, { readonly version: number; readonly returning: Return | null }>()

  /** @param position - how many turns are deemed taken already, so that isolates do not all begin at key 0. */
  constructor(members: readonly Member[], position = 0) {
    this.#members = members
    this.#hasAllowLists = members.some(({ models }) => models !== null)
    this.#shared = {
      ring: new WeightedRing(
        members.map(({ weight }) => weight),
        position,
      ),
      rests: new Map(),
    }
  }

  /**
   * The next key in turn for a model, or null when all rest, are excluded, or may not serve it.
   *
   * @param excluded - keys this request has tried; they keep their turn.
   */
  next(model: string, excluded: ReadonlySet<number>, now: Millis): number | null {
    this.#wakeDue(now)
    return this.#laneFor(model).ring.next(excluded)
  }

  /**
   * Rests a key. A rest is never shortened: the later end counts.
   *
   * @param model - null: for every model.
   * @param until - null: until `wake`.
   * @returns whether this changed anything.
   */
  rest(index: number, model: string | null, until: Millis | null): boolean {
    const end = until ?? Number.POSITIVE_INFINITY
    const { rests } = model === null ? this.#shared : this.#ownLane(model)
    if ((rests.get(index) ?? Number.NEGATIVE_INFINITY) >= end) return false
    rests.set(index, end)
    this.#version++
    if (model === null) {
      this.#shared.ring.remove(index)
      for (const lane of this.#lanes.values()) lane.ring.remove(index)
    } else {
      this.#lanes.get(model)?.ring.remove(index)
    }
    if (until !== null) this.#alarms.push(until, { index, model, until })
    return true
  }

  /** Ends a rest now. @returns whether there was one. */
  wake(index: number, model: string | null): boolean {
    const lane = model === null ? this.#shared : this.#lanes.get(model)
    if (!lane?.rests.delete(index)) return false
    this.#version++
    if (model === null) this.#rejoinAll(index)
    else if (lane.rests.size === 0 && !this.#hasAllowLists) this.#lanes.delete(model)
    else if (!this.#shared.rests.has(index) && this.#mayServe(index, model)) lane.ring.add(index)
    return true
  }

  #rejoinAll(index: number): void {
    this.#shared.ring.add(index)
    for (const [model, lane] of this.#lanes) {
      if (!lane.rests.has(index) && this.#mayServe(index, model)) lane.ring.add(index)
    }
  }

  /** The resting key that will be back first for a model; null when no end is in sight. */
  soonest(model: string, now: Millis): Return | null {
    this.#wakeDue(now)
    const known = this.#soonest.get(model)
    if (known?.version === this.#version) return known.returning
    const own = this.#lanes.get(model)?.rests ?? NO_RESTS
    let first: Return = { index: -1, until: Number.POSITIVE_INFINITY }
    for (const [index, end] of own) {
      const until = Math.max(end, this.#shared.rests.get(index) ?? end)
      if (until < first.until && this.#mayServe(index, model)) first = { index, until }
    }
    for (const [index, until] of this.#shared.rests) {
      if (until < first.until && !own.has(index) && this.#mayServe(index, model)) first = { index, until }
    }
    const returning = first.index === -1 ? null : first
    if (this.#soonest.size > MAX_LANES) this.#soonest.clear()
    this.#soonest.set(model, { version: this.#version, returning })
    return returning
  }

  /** Whether any key could ever serve the model. */
  isServed(model: string): boolean {
    return !this.#hasAllowLists || this.#members.some((_, index) => this.#mayServe(index, model))
  }

  #wakeDue(now: Millis): void {
    while (this.#alarms.leastOrder <= now) {
      const alarm = this.#alarms.pop()
      if (!alarm) return
      const lane = alarm.model === null ? this.#shared : this.#lanes.get(alarm.model)
      // A rest that was prolonged meanwhile has an alarm of its own.
      if (lane?.rests.get(alarm.index) === alarm.until) this.wake(alarm.index, alarm.model)
    }
  }

  #laneFor(model: string): Lane {
    return this.#lanes.get(model) ?? (this.#hasAllowLists ? this.#ownLane(model) : this.#shared)
  }

  #ownLane(model: string): Lane {
    const known = this.#lanes.get(model)
    if (known) return known
    if (this.#lanes.size >= MAX_LANES) this.#dropIdleLane()
    const lane: Lane = { ring: this.#shared.ring.clone(), rests: new Map() }
    if (this.#hasAllowLists) {
      this.#members.forEach((_, index) => {
        if (!this.#mayServe(index, model)) lane.ring.remove(index)
      })
    }
    this.#lanes.set(model, lane)
    return lane
  }

  #dropIdleLane(): void {
    for (const [model, lane] of this.#lanes) {
      if (lane.rests.size === 0) {
        this.#lanes.delete(model)
        return
      }
    }
  }

  #mayServe(index: number, model: string): boolean {
    const models = this.#members[index]?.models
    return !models || model === NO_MODEL || models.includes(model)
  }
}
