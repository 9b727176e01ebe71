const CHILDREN_LOG2 = 2

/** Four to a node: half the depth of two, and four entries are one cache line. */
const CHILDREN = 1 << CHILDREN_LOG2

/**
 * A min-heap of members by time, then by number, up to a fixed capacity.
 *
 * Each member is in at most once: its user sees to that.
 */
export class TurnHeap {
  /** Slot i holds its time at 2i and its member at 2i + 1. */
  readonly #entries: Float64Array
  #size = 0

  /** @param entries - room for two numbers of every member there is. */
  constructor(entries: Float64Array) {
    this.#entries = entries
  }

  get size(): number {
    return this.#size
  }

  /** The time of the member that `pop` gives next. The heap must not be empty, here and there. */
  get soonest(): number {
    return at(this.#entries, 0)
  }

  push(time: number, member: number): void {
    this.#rise(this.#size++, time, member)
  }

  pop(): number {
    const entries = this.#entries
    const top = at(entries, 1)
    const last = 2 * --this.#size
    if (last > 0) this.#rise(this.#hollow(), at(entries, last), at(entries, last + 1))
    return top
  }

  clear(): void {
    this.#size = 0
  }

  clone(): TurnHeap {
    const copy = new TurnHeap(this.#entries.slice())
    copy.#size = this.#size
    return copy
  }

  /** Moves the gap at the top down to a leaf: what fills it was a leaf, and will hardly rise from there. */
  #hollow(): number {
    const entries = this.#entries
    const size = this.#size
    let slot = 0
    for (let child = 1; child < size; child = (slot << CHILDREN_LOG2) + 1) {
      const end = Math.min(child + CHILDREN, size)
      let least = child
      let leastTime = at(entries, 2 * child)
      for (let other = child + 1; other < end; other++) {
        const time = at(entries, 2 * other)
        if (time > leastTime) continue
        if (time === leastTime && at(entries, 2 * other + 1) > at(entries, 2 * least + 1)) continue
        least = other
        leastTime = time
      }
      entries[2 * slot] = leastTime
      entries[2 * slot + 1] = at(entries, 2 * least + 1)
      slot = least
    }
    return slot
  }

  #rise(from: number, time: number, member: number): void {
    const entries = this.#entries
    let slot = from
    while (slot > 0) {
      const parent = (slot - 1) >> CHILDREN_LOG2
      const parentTime = at(entries, 2 * parent)
      const parentMember = at(entries, 2 * parent + 1)
      if (time > parentTime || (time === parentTime && member > parentMember)) break
      entries[2 * slot] = parentTime
      entries[2 * slot + 1] = parentMember
      slot = parent
    }
    entries[2 * slot] = time
    entries[2 * slot + 1] = member
  }
}

/** Reads a slot that is known to be in range. */
export function at(array: Float64Array | Int32Array, index: number): number {
  return array[index] ?? 0
}
