import type { Failure } from '../errors.ts'
import type { Millis } from '../lib/time.ts'

const FIRST_BACKOFF: Millis = 250
const LONGEST_BACKOFF: Millis = 4_000

/**
 * How long to wait before the next attempt: only Google's overload is helped by waiting, with full jitter so
 * that many callers do not return together. Everything else goes to another key at once.
 *
 * @param overloads - answers of that kind this request has had, 1-based.
 * @param random - in [0, 1).
 */
export function backoffFor(failure: Failure, overloads: number, random: number): Millis {
  if (failure.kind !== 'overloaded') return 0
  return Math.floor(random * Math.min(FIRST_BACKOFF * 2 ** (overloads - 1), LONGEST_BACKOFF))
}

/** Whether a failure took its key out of the pool, so that it cannot refuse this request's successors as well. */
export function isKeyRefusal(failure: Failure): boolean {
  switch (failure.kind) {
    case 'dead-key':
    case 'dead-project':
    case 'unfunded':
    case 'rate-limited':
    case 'model-unavailable':
      return true
    default:
      return false
  }
}

/** Waits, or ends early with the caller. */
export function sleep(ms: Millis, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve()
  if (signal.aborted) return Promise.resolve()
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, ms)
    signal.addEventListener('abort', done)
  })
}
