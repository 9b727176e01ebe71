import type { CallFilter } from './control/schema.ts'
import type { RequestHeaders } from './wire.ts'

/** One request that the simulator answered. */
export interface RecordedCall {
  readonly id: number
  /** Unix ms by the simulator's clock. */
  readonly at: number
  /** API method, e.g. generateContent; `unknown` for a path without one. */
  readonly method: string
  readonly httpMethod: string
  readonly path: string
  readonly query: string
  readonly headers: RequestHeaders
  /** The credential as sent; null when there was none. */
  readonly key: string | null
  readonly keyId: string | null
  readonly project: string | null
  /** As requested, without `models/`. */
  readonly model: string | null
  /** Text, or null when the bytes are not UTF-8. */
  readonly body: string | null
  readonly bodyBase64: string | null
  /** HTTP status; null when the socket was cut or stalled before the headers. */
  readonly status: number | null
  /** Id of the fault rule that struck. */
  readonly fault: string | null
  /** Unix ms at which the client left before the reply was complete. */
  readonly cancelledAt: number | null
}

export type CallFacts = Omit<RecordedCall, 'id' | 'body' | 'bodyBase64' | 'cancelledAt'> & {
  readonly bodyBytes: Uint8Array
}

interface Entry {
  readonly id: number
  readonly facts: CallFacts
  cancelledAt: number | null
}

const decoder = new TextDecoder('utf-8', { fatal: true })

/** The last calls, oldest dropped first. */
export class CallLog {
  #entries: Entry[] = []
  #nextId = 1
  readonly #limit: number

  constructor(limit: number) {
    this.#limit = limit
  }

  /** Returns what notes that the client left. */
  add(facts: CallFacts): (at: number) => void {
    const entry: Entry = { id: this.#nextId++, facts, cancelledAt: null }
    this.#entries.push(entry)
    if (this.#entries.length > 2 * this.#limit) this.#entries = this.#entries.slice(-this.#limit)
    return (at) => {
      entry.cancelledAt ??= at
    }
  }

  read({ method, key, model }: CallFilter = {}): RecordedCall[] {
    return this.#entries
      .slice(-this.#limit)
      .filter(
        ({ facts }) =>
          (method === undefined || facts.method === method) &&
          (key === undefined || facts.key === key) &&
          (model === undefined || facts.model === model),
      )
      .map(describe)
  }

  clear(): void {
    this.#entries = []
  }
}

function describe({ id, facts: { bodyBytes, ...facts }, cancelledAt }: Entry): RecordedCall {
  const body = decode(bodyBytes)
  const bodyBase64 = body === null ? Buffer.from(bodyBytes).toString('base64') : null
  return { id, ...facts, body, bodyBase64, cancelledAt }
}

function decode(bytes: Uint8Array): string | null {
  try {
    return decoder.decode(bytes)
  } catch {
    // Not text, which is an answer and not a failure: the caller shows base64.
    return null
  }
}
