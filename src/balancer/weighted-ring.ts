/**
 * Smooth weighted round robin in O(log n) per pick: earliest eligible virtual deadline first.
 *
 * A member of weight w has one turn in every 1/w of virtual time: released at r, due at r + 1/w, and then the next.
 * Of the released turns the one due first is picked. Virtual time is the weighted mean of all releases: it moves by
 * 1/(sum of active weights) per pick, and at least one turn is always released.
 *
 * While no member comes or goes and nobody is excluded, the picks of every member stay within one (strictly) of
 * its weight share, counted from the start; so within two between any two moments, and exact over every whole
 * round (sum of weights picks). A member that leaves hands what it was owed, or had taken early, to the others by
 * weight: each such change may add its share of one pick.
 *
 * Not thread-safe, and needs not be: no method awaits.
 *
 * @source Tijdeman 1980, The chairman assignment problem (the bound); Stoica and Abdel-Wahab 1995, Earliest Eligible
 *   Virtual Deadline First (the clock under change)
 */
export class WeightedRing {
  readonly #weights: Float64Array
  /** Turns that each member has had since its origin: kept apart, so that rounding never adds up. */
  readonly #turns: Float64Array
  readonly #origins: Float64Array
  /** Of the next turn: origin + turns / weight, and one turn later. */
  readonly #releases: Float64Array
  readonly #dues: Float64Array
  /** Not released yet, soonest release first. */
  readonly #pending: IndexHeap
  /** Released, soonest due first. A turn stays released even where `remove` sets the clock back a little. */
  readonly #released: IndexHeap
  /** Over the active members. */
  #weightSum = 0
  /** Sum of weight x release over the active members. */
  #releaseSum = 0
  /** Virtual time when the last member left: where an empty ring resumes. */
  #stoppedAt = 0

  /**
   * All members start active. O(n log n).
   *
   * @param weights - by index; positive integers.
   * @param position - how many picks are deemed already made, so that isolates and restarts do not all begin at
   *   member 0. Every member starts within one pick of its share at that position. With equal weights the picks are
   *   those that a ring at 0 makes from there; with unequal ones their order may differ within a few picks.
   * @throws RangeError on other weights or a position that is no integer >= 0.
   */
  constructor(weights: readonly number[], position = 0) {
    if (!weights.every((weight) => Number.isSafeInteger(weight) && weight > 0)) {
      throw new RangeError('Weights must be positive integers')
    }
    if (!Number.isSafeInteger(position) || position < 0) {
      throw new RangeError('Position must be an integer >= 0')
    }
    this.#weights = Float64Array.from(weights)
    this.#turns = new Float64Array(weights.length)
    this.#origins = new Float64Array(weights.length)
    this.#releases = new Float64Array(weights.length)
    this.#dues = new Float64Array(weights.length)
    this.#pending = new IndexHeap(this.#releases, this.#weights)
    this.#released = new IndexHeap(this.#dues, this.#weights)
    for (const weight of weights) this.#weightSum += weight
    const inRound = this.#weightSum === 0 ? 0 : position % this.#weightSum
    for (let index = 0; index < weights.length; index++) {
      const wholeTurns = Math.floor((inRound * at(this.#weights, index)) / this.#weightSum)
      this.#setTurns(index, wholeTurns)
      this.#releaseSum += wholeTurns
      this.#pending.push(index)
    }
    for (let left = inRound - this.#releaseSum; left > 0; left--) this.next()
  }

  /** Active members. */
  get size(): number {
    return this.#pending.size + this.#released.size
  }

  has(index: number): boolean {
    return this.#pending.has(index) || this.#released.has(index)
  }

  /**
   * Picks a member and charges it one turn. O((1 + members passed over) x log n), amortized.
   *
   * An excluded member whose turn it is keeps that turn and is not charged, so it comes first when it is next
   * admitted; what it misses beyond that one turn is forgotten, so that no burst follows. For one that rests
   * longer than a request, `remove` is cheaper.
   *
   * @returns null when every active member is excluded, or none is active: nothing has changed then.
   */
  next(excluded?: ReadonlySet<number>): number | null {
    const now = this.#now()
    this.#release(now)
    const passedOver: number[] = []
    // When all the released are excluded (or rounding hides the one that is released), the soonest goes early.
    const picked =
      takeFirst(this.#released, passedOver, excluded) ?? takeFirst(this.#pending, passedOver, excluded)
    for (const index of passedOver) {
      if (picked !== null) this.#forgetAllButOneTurn(index, now)
      this.#pending.push(index)
    }
    if (picked === null) return null
    this.#setTurns(picked, at(this.#turns, picked) + 1)
    this.#releaseSum += 1
    this.#pending.push(picked)
    if (now >= REBASE_AT) this.#rebase(Math.floor(now))
    return picked
  }

  /** Takes a member out while it rests. Nothing happens when it is out already. O(log n). */
  remove(index: number): void {
    const now = this.#now()
    if (!this.#pending.delete(index) && !this.#released.delete(index)) return
    const weight = at(this.#weights, index)
    this.#weightSum -= weight
    if (this.#weightSum === 0) {
      this.#releaseSum = 0
      this.#stoppedAt = now
    } else {
      this.#releaseSum -= weight * at(this.#releases, index)
    }
  }

  /**
   * Brings a member back, to share from now on: owed nothing for its rest, still charged for a turn that it took
   * just before leaving. Nothing happens when it is in already. O(log n).
   *
   * @throws RangeError when no member has this index.
   */
  add(index: number): void {
    const weight = this.#weights[index]
    if (weight === undefined) throw new RangeError(`No member ${index}`)
    if (this.has(index)) return
    const now = this.#now()
    if (at(this.#releases, index) < now) this.#restart(index, now)
    this.#weightSum += weight
    this.#releaseSum += weight * at(this.#releases, index)
    this.#pending.push(index)
  }

  /** An independent ring in the same state. O(n). */
  clone(): WeightedRing {
    const copy = new WeightedRing(Array.from(this.#weights))
    copy.#turns.set(this.#turns)
    copy.#origins.set(this.#origins)
    copy.#releases.set(this.#releases)
    copy.#dues.set(this.#dues)
    copy.#pending.copyFrom(this.#pending)
    copy.#released.copyFrom(this.#released)
    copy.#weightSum = this.#weightSum
    copy.#releaseSum = this.#releaseSum
    copy.#stoppedAt = this.#stoppedAt
    return copy
  }

  #now(): number {
    return this.#weightSum === 0 ? this.#stoppedAt : this.#releaseSum / this.#weightSum
  }

  #release(now: number): void {
    for (let index = this.#pending.peek(); index !== null; index = this.#pending.peek()) {
      if (at(this.#releases, index) > now) return
      this.#pending.delete(index)
      this.#released.push(index)
    }
  }

  #forgetAllButOneTurn(index: number, now: number): void {
    const weight = at(this.#weights, index)
    const forgotten = now - 1 / weight - at(this.#releases, index)
    if (forgotten <= 0) return
    this.#restart(index, now - 1 / weight)
    this.#releaseSum += weight * forgotten
  }

  #setTurns(index: number, turns: number): void {
    const origin = at(this.#origins, index)
    const weight = at(this.#weights, index)
    this.#turns[index] = turns
    this.#releases[index] = origin + turns / weight
    this.#dues[index] = origin + (turns + 1) / weight
  }

  #restart(index: number, release: number): void {
    this.#origins[index] = release
    this.#setTurns(index, 0)
  }

  /** Turns the clock back by whole units, in whole turns and so without rounding: numbers stay small for good. */
  #rebase(units: number): void {
    for (let index = 0; index < this.#weights.length; index++) {
      this.#setTurns(index, at(this.#turns, index) - units * at(this.#weights, index))
    }
    this.#pending.refreshKeys()
    this.#released.refreshKeys()
    this.#releaseSum -= units * this.#weightSum
  }
}

/** Takes the first index that is not excluded; those before it are taken too, into `passedOver`. */
function takeFirst(heap: IndexHeap, passedOver: number[], excluded?: ReadonlySet<number>): number | null {
  for (let index = heap.pop(); index !== null; index = heap.pop()) {
    if (!excluded?.has(index)) return index
    passedOver.push(index)
  }
  return null
}

/** Virtual time of the next rebase: 1024 rounds make its O(n) cost nothing per pick. */
const REBASE_AT = 1024

const ABSENT = -1

const CHILDREN_LOG2 = 2

const CHILDREN = 1 << CHILDREN_LOG2

/**
 * A min-heap of distinct indexes below a fixed capacity, ordered by `keys[index]`, then `weights[index]`, then
 * index: of turns due at once the lightest member's was released first, so it has waited longest. An index's key must
 * not change while it is in, but by `refreshKeys`. Four children to a node: half the depth of two.
 */
class IndexHeap {
  readonly #keys: Float64Array
  readonly #weights: Float64Array
  readonly #slots: Int32Array
  /** The key of each slot's index, copied so that siblings are read in one cache line. */
  readonly #slotKeys: Float64Array
  readonly #slotOf: Int32Array
  #size = 0

  constructor(keys: Float64Array, weights: Float64Array) {
    this.#keys = keys
    this.#weights = weights
    this.#slots = new Int32Array(keys.length)
    this.#slotKeys = new Float64Array(keys.length)
    this.#slotOf = new Int32Array(keys.length).fill(ABSENT)
  }

  get size(): number {
    return this.#size
  }

  has(index: number): boolean {
    const slot = this.#slotOf[index]
    return slot !== undefined && slot !== ABSENT
  }

  peek(): number | null {
    return this.#size === 0 ? null : at(this.#slots, 0)
  }

  pop(): number | null {
    const top = this.peek()
    if (top !== null) this.delete(top)
    return top
  }

  push(index: number): void {
    this.#rise(this.#size++, index)
  }

  /** @returns false when the index was not there. */
  delete(index: number): boolean {
    if (!this.has(index)) return false
    const slot = at(this.#slotOf, index)
    this.#slotOf[index] = ABSENT
    const last = at(this.#slots, --this.#size)
    if (last === index) return true
    this.#rise(this.#hollow(slot), last)
    return true
  }

  copyFrom(other: IndexHeap): void {
    this.#slots.set(other.#slots)
    this.#slotKeys.set(other.#slotKeys)
    this.#slotOf.set(other.#slotOf)
    this.#size = other.#size
  }

  /** Reads all keys again, after a change that kept their order. */
  refreshKeys(): void {
    for (let slot = 0; slot < this.#size; slot++) this.#slotKeys[slot] = at(this.#keys, at(this.#slots, slot))
  }

  /** Moves the gap at `from` down to a leaf: fewer comparisons than stopping early, as what fills it came from one. */
  #hollow(from: number): number {
    const slots = this.#slots
    const slotKeys = this.#slotKeys
    const size = this.#size
    let slot = from
    for (let child = (slot << CHILDREN_LOG2) + 1; child < size; child = (slot << CHILDREN_LOG2) + 1) {
      const end = Math.min(child + CHILDREN, size)
      let least = child
      let leastKey = at(slotKeys, child)
      for (let other = child + 1; other < end; other++) {
        const key = at(slotKeys, other)
        if (key < leastKey || (key === leastKey && this.#isTieBefore(at(slots, other), at(slots, least)))) {
          least = other
          leastKey = key
        }
      }
      this.#place(slot, at(slots, least), leastKey)
      slot = least
    }
    return slot
  }

  #rise(from: number, index: number): void {
    const key = at(this.#keys, index)
    let slot = from
    while (slot > 0) {
      const parentSlot = (slot - 1) >> CHILDREN_LOG2
      const parentKey = at(this.#slotKeys, parentSlot)
      const parent = at(this.#slots, parentSlot)
      if (key > parentKey || (key === parentKey && !this.#isTieBefore(index, parent))) break
      this.#place(slot, parent, parentKey)
      slot = parentSlot
    }
    this.#place(slot, index, key)
  }

  #isTieBefore(a: number, b: number): boolean {
    const tie = at(this.#weights, a) - at(this.#weights, b)
    return tie < 0 || (tie === 0 && a < b)
  }

  #place(slot: number, index: number, key: number): void {
    this.#slots[slot] = index
    this.#slotKeys[slot] = key
    this.#slotOf[index] = slot
  }
}

/** Reads a slot that is known to be in range. */
function at(array: Float64Array | Int32Array, index: number): number {
  return array[index] ?? 0
}
