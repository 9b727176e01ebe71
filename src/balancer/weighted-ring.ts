import { at, TurnHeap } from './turn-heap.ts'

/**
 * Smooth weighted round robin in O(log n) per pick: earliest eligible virtual deadline first.
 *
 * A member of weight w has one turn in every 1/w of virtual time: released at r, due at r + 1/w, and then the next.
 * Of the released turns the one due first is picked; of several due at once the lightest member's, then the lowest
 * index. Virtual time is the weighted mean of all releases: it moves by 1/(sum of active weights) per pick, and at
 * least one turn is always released.
 *
 * While no member comes or goes and nobody is excluded, the picks of every member stay within one (strictly) of
 * its weight share, counted from the start; so within two between any two moments, and exact over every whole
 * round (sum of weights picks). A member that leaves hands what it was owed, or had taken early, to the others by
 * weight: each such change may add its share of one pick.
 *
 * @source Tijdeman 1980, The chairman assignment problem (the bound); Stoica and Abdel-Wahab 1995, Earliest Eligible
 *   Virtual Deadline First (the clock under change)
 */
export class WeightedRing {
  /**
   * Members are numbered anew inside, by weight and then by index: of two turns due at once the lower number goes
   * first. That is the lighter member, whose turn was released earlier and has waited longer.
   */
  readonly #numberOf: Int32Array
  readonly #indexOf: Int32Array
  readonly #weights: Float64Array
  /** Turns that each member has had since its origin: kept apart, so that rounding never adds up. */
  readonly #turns: Float64Array
  readonly #origins: Float64Array
  readonly #isActive: Uint8Array
  /**
   * Whether a heap holds the member. One that rests is let go when it comes to the top; one that is back before
   * then may sit there under its former time, never a later one, and is put right at the top too.
   */
  readonly #isQueued: Uint8Array
  /** Turns not released yet, by release. */
  readonly #pending: TurnHeap
  /** Released turns, by due time. `remove` can set the clock back: those are pending again, found at the top. */
  readonly #released: TurnHeap
  #size = 0
  /** Over the active members. */
  #weightSum = 0
  /** Sum of weight x release over the active members. */
  #releaseSum = 0
  /** Virtual time when the last member left: where an empty ring resumes. */
  #stoppedAt = 0

  /**
   * All members start active. O(n log n).
   *
   * @param weights - by index; positive integers. Or a ring to copy: see `clone`.
   * @param position - how many picks are deemed already made, so that isolates and restarts do not all begin at
   *   member 0. Every member starts within one pick of its share at that position. With equal weights the picks are
   *   those that a ring at 0 makes from there; with unequal ones their order may differ within a few picks.
   * @throws RangeError on other weights or a position that is no integer >= 0.
   */
  constructor(weights: readonly number[] | WeightedRing, position = 0) {
    if (weights instanceof WeightedRing) {
      this.#numberOf = weights.#numberOf
      this.#indexOf = weights.#indexOf
      this.#weights = weights.#weights
      this.#turns = weights.#turns.slice()
      this.#origins = weights.#origins.slice()
      this.#isActive = weights.#isActive.slice()
      this.#isQueued = weights.#isQueued.slice()
      this.#pending = weights.#pending.clone()
      this.#released = weights.#released.clone()
      this.#size = weights.#size
      this.#weightSum = weights.#weightSum
      this.#releaseSum = weights.#releaseSum
      this.#stoppedAt = weights.#stoppedAt
      return
    }
    if (!weights.every((weight) => Number.isSafeInteger(weight) && weight > 0)) {
      throw new RangeError('Weights must be positive integers')
    }
    if (!Number.isSafeInteger(position) || position < 0) {
      throw new RangeError('Position must be an integer >= 0')
    }
    const members = weights.length
    const byWeight = weights.map((weight, index) => ({ weight, index })).sort((a, b) => a.weight - b.weight)
    this.#weights = Float64Array.from(byWeight, ({ weight }) => weight)
    this.#indexOf = Int32Array.from(byWeight, ({ index }) => index)
    this.#numberOf = new Int32Array(members)
    this.#turns = new Float64Array(members)
    this.#origins = new Float64Array(members)
    this.#isActive = new Uint8Array(members).fill(1)
    this.#isQueued = new Uint8Array(members).fill(1)
    this.#pending = new TurnHeap(new Float64Array(2 * members))
    this.#released = new TurnHeap(new Float64Array(2 * members))
    this.#size = members
    for (const weight of weights) this.#weightSum += weight
    const inRound = members === 0 ? 0 : position % this.#weightSum
    for (let member = 0; member < members; member++) {
      this.#numberOf[at(this.#indexOf, member)] = member
      this.#turns[member] = Math.floor((inRound * at(this.#weights, member)) / this.#weightSum)
      this.#releaseSum += at(this.#turns, member)
      this.#pending.push(this.#releaseOf(member), member)
    }
    for (let left = inRound - this.#releaseSum; left > 0; left--) this.next()
  }

  /** Active members. */
  get size(): number {
    return this.#size
  }

  has(index: number): boolean {
    const member = this.#numberOf[index]
    return member !== undefined && this.#isActive[member] === 1
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
    const picked = this.#takeReleased(now, passedOver, excluded) ?? this.#takePending(passedOver, excluded)
    for (const member of passedOver) {
      if (picked !== null) this.#forgetAllButOneTurn(member, now)
      const release = this.#releaseOf(member)
      if (release <= now) this.#released.push(this.#dueOf(member), member)
      else this.#pending.push(release, member)
    }
    if (picked === null) return null
    this.#turns[picked] = at(this.#turns, picked) + 1
    this.#releaseSum += 1
    this.#pending.push(this.#releaseOf(picked), picked)
    if (now >= REBASE_AT) this.#rebase(Math.floor(now))
    return at(this.#indexOf, picked)
  }

  /** Takes a member out while it rests. Nothing happens when it is out already. O(1). */
  remove(index: number): void {
    if (!this.has(index)) return
    const now = this.#now()
    const member = at(this.#numberOf, index)
    const weight = at(this.#weights, member)
    this.#isActive[member] = 0
    this.#size -= 1
    this.#weightSum -= weight
    if (this.#size === 0) {
      this.#releaseSum = 0
      this.#stoppedAt = now
    } else {
      this.#releaseSum -= weight * this.#releaseOf(member)
    }
  }

  /**
   * Brings a member back, to share from now on: owed nothing for its rest, still charged for a turn that it took
   * just before leaving. Nothing happens when it is in already. O(log n).
   *
   * @throws RangeError when no member has this index.
   */
  add(index: number): void {
    const member = this.#numberOf[index]
    if (member === undefined) throw new RangeError(`No member ${index}`)
    if (this.#isActive[member] === 1) return
    const now = this.#now()
    if (this.#releaseOf(member) < now) this.#restart(member, now)
    this.#isActive[member] = 1
    this.#size += 1
    this.#weightSum += at(this.#weights, member)
    this.#releaseSum += at(this.#weights, member) * this.#releaseOf(member)
    if (this.#isQueued[member] === 1) return
    this.#isQueued[member] = 1
    this.#pending.push(this.#releaseOf(member), member)
  }

  /** An independent ring in the same state. O(n), and far cheaper than a new one. */
  clone(): WeightedRing {
    return new WeightedRing(this)
  }

  #now(): number {
    return this.#size === 0 ? this.#stoppedAt : this.#releaseSum / this.#weightSum
  }

  #releaseOf(member: number): number {
    return at(this.#origins, member) + at(this.#turns, member) / at(this.#weights, member)
  }

  #dueOf(member: number): number {
    return at(this.#origins, member) + (at(this.#turns, member) + 1) / at(this.#weights, member)
  }

  #release(now: number): void {
    while (this.#pending.size > 0 && this.#pending.soonest <= now) {
      const member = this.#pending.pop()
      if (!this.#letGo(member)) this.#released.push(this.#dueOf(member), member)
    }
  }

  #takeReleased(now: number, passedOver: number[], excluded?: ReadonlySet<number>): number | null {
    while (this.#released.size > 0) {
      const time = this.#released.soonest
      const member = this.#released.pop()
      if (this.#letGo(member)) continue
      const release = this.#releaseOf(member)
      const due = this.#dueOf(member)
      if (release > now) this.#pending.push(release, member)
      else if (due !== time) this.#released.push(due, member)
      else if (excluded?.has(at(this.#indexOf, member))) passedOver.push(member)
      else return member
    }
    return null
  }

  #takePending(passedOver: number[], excluded?: ReadonlySet<number>): number | null {
    while (this.#pending.size > 0) {
      const time = this.#pending.soonest
      const member = this.#pending.pop()
      if (this.#letGo(member)) continue
      const release = this.#releaseOf(member)
      if (release !== time) this.#pending.push(release, member)
      else if (excluded?.has(at(this.#indexOf, member))) passedOver.push(member)
      else return member
    }
    return null
  }

  /** Whether the member just popped rests, and so belongs in no heap. */
  #letGo(member: number): boolean {
    if (this.#isActive[member] === 1) return false
    this.#isQueued[member] = 0
    return true
  }

  #forgetAllButOneTurn(member: number, now: number): void {
    const weight = at(this.#weights, member)
    const forgotten = now - 1 / weight - this.#releaseOf(member)
    if (forgotten <= 0) return
    this.#restart(member, now - 1 / weight)
    this.#releaseSum += weight * forgotten
  }

  #restart(member: number, release: number): void {
    this.#origins[member] = release
    this.#turns[member] = 0
  }

  /** Turns the clock back by whole units, in whole turns and so without rounding: numbers stay small for good. */
  #rebase(units: number): void {
    this.#pending.clear()
    this.#released.clear()
    this.#releaseSum -= units * this.#weightSum
    for (let member = 0; member < this.#weights.length; member++) {
      this.#turns[member] = at(this.#turns, member) - units * at(this.#weights, member)
      if (this.#letGo(member)) continue
      this.#pending.push(this.#releaseOf(member), member)
    }
  }
}

/** Virtual time of the next rebase: 1024 rounds make its O(n log n) cost nothing per pick. */
const REBASE_AT = 1024
