import { type Millis, SECOND } from '../lib/time.ts'

export interface ReportStreamOptions {
  readonly callerSignal: AbortSignal
  /**
   * The work behind the stream; must not reject.
   *
   * @param signal - aborted when the caller leaves, in whichever of the two ways its host tells it.
   * @param report - sends one value; does nothing once the caller has left.
   */
  readonly run: (signal: AbortSignal, report: (value: object) => void) => Promise<void>
}

const HEARTBEAT: Millis = 5 * SECOND

/** The event stream of `/verify`: a comment at both ends, one event for each report, a heartbeat between. */
export function streamReports({ callerSignal, run }: ReportStreamOptions): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder()
  const left = new AbortController()
  let heartbeat: ReturnType<typeof setInterval> | undefined
  const leave = () => {
    clearInterval(heartbeat)
    callerSignal.removeEventListener('abort', leave)
    left.abort()
  }

  return new ReadableStream<Uint8Array>({
    async start(controller) {
      const write = (text: string) => {
        if (!left.signal.aborted) controller.enqueue(encoder.encode(`${text}\n\n`))
      }
      callerSignal.addEventListener('abort', leave)
      if (callerSignal.aborted) return leave()
      if (callerSignal.aborted) leave()
      heartbeat = setInterval(() => write(': heartbeat'), HEARTBEAT)
      write(': verify-start')
      await run(left.signal, (value) => write(`data: ${JSON.stringify(value)}`))
      write(': verify-end')
      if (!left.signal.aborted) controller.close()
      leave()
    },
    cancel: leave,
  })
}
