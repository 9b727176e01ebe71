import { assertNever } from '../../src/lib/assert-never.ts'
import type { HeaderList, Timer, WireStep } from '../wire.ts'

/** What a carrier can do to its client. */
export interface Carrier {
  head(status: number, headers: HeaderList): void
  write(bytes: Uint8Array): Promise<void> | void
  /** Hands over what was written; resolves when the next write will be a packet of its own. */
  flush(): Promise<void>
  destroy(): void
  end(): void
}

/** Takes the steps in order until they end, the client leaves, or a step stalls for ever. */
export async function carryOut(
  steps: readonly WireStep[],
  carrier: Carrier,
  timer: Timer,
  left: AbortSignal,
): Promise<void> {
  for (const step of steps) {
    if (left.aborted) return
    switch (step.do) {
      case 'head':
        carrier.head(step.status, step.headers)
        break
      case 'write':
        await carrier.write(step.bytes)
        break
      case 'flush':
        await carrier.flush()
        break
      case 'wait':
        await timer.sleep(step.ms, left)
        break
      case 'stall':
        return
      case 'destroy':
        carrier.destroy()
        return
      default:
        assertNever(step)
    }
  }
  if (!left.aborted) carrier.end()
}

/** Real time; a wait ends early when the client leaves. */
export const realTimer: Timer = {
  sleep: (ms, signal) =>
    new Promise((resolve) => {
      const done = () => {
        clearTimeout(timeout)
        signal.removeEventListener('abort', done)
        resolve()
      }
      const timeout = setTimeout(done, ms)
      signal.addEventListener('abort', done)
    }),
}
