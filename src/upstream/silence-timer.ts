import type { Millis } from '../lib/time.ts'

/**
 * Rings when one read has waited for `ms`, at the latest after twice that. One timer serves many reads: setting
 * one for each would cost more than the read. The time a slow caller takes does not count.
 */
export class SilenceTimer {
  readonly #ms: Millis
  readonly #ring: () => void
  #timer: ReturnType<typeof setTimeout> | undefined
  #read = 0
  #isWaiting = false
  hasRung = false

  constructor(ms: Millis, ring: () => void) {
    this.#ms = ms
    this.#ring = ring
  }

  startRead(): void {
    this.#read++
    this.#isWaiting = true
    if (this.#timer === undefined) this.#arm()
  }

  endRead(): void {
    this.#isWaiting = false
  }

  stop(): void {
    clearTimeout(this.#timer)
    this.#isWaiting = false
  }

  #arm(): void {
    const armedFor = this.#read
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      if (!this.#isWaiting) return
      if (this.#read !== armedFor) return this.#arm()
      this.hasRung = true
      this.#ring()
    }, this.#ms)
  }
}
