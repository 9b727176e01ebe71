/** A binary heap: the item with the least `order` first. Items of equal order come out in no certain sequence. */
export class MinHeap<T> {
  readonly #orders: number[] = []
  readonly #items: T[] = []

  get size(): number {
    return this.#items.length
  }

  /** The least order, or Infinity when empty. */
  get leastOrder(): number {
    return this.#orders[0] ?? Number.POSITIVE_INFINITY
  }

  push(order: number, item: T): void {
    const orders = this.#orders
    const items = this.#items
    let at = orders.push(order) - 1
    items.push(item)
    while (at > 0) {
      const parent = (at - 1) >> 1
      if ((orders[parent] as number) <= order) break
      orders[at] = orders[parent] as number
      items[at] = items[parent] as T
      at = parent
    }
    orders[at] = order
    items[at] = item
  }

  pop(): T | undefined {
    const top = this.#items[0]
    const order = this.#orders.pop()
    const item = this.#items.pop()
    if (order === undefined || item === undefined || this.#items.length === 0) return top
    const orders = this.#orders
    const items = this.#items
    let at = 0
    for (;;) {
      let child = 2 * at + 1
      if (child >= orders.length) break
      if (child + 1 < orders.length && (orders[child + 1] as number) < (orders[child] as number)) child++
      if ((orders[child] as number) >= order) break
      orders[at] = orders[child] as number
      items[at] = items[child] as T
      at = child
    }
    orders[at] = order
    items[at] = item
    return top
  }
}
