import { type KV, KVUnavailableError } from '../kv/kv.ts'
import { type Millis, SECOND } from '../lib/time.ts'
import type { Log } from '../telemetry/log.ts'

export interface StoreLinkOptions {
  readonly openKV: () => Promise<KV>
  readonly now: () => Millis
  readonly log: Log
}

/** No driver may take longer over a handful of commands; whatever comes later is not waited for. */
const DEADLINE: Millis = 5 * SECOND
/** After a failure the store is left alone for so long. */
const RETRY_AFTER: Millis = 5 * SECOND

/**
 * The one way to the store: opens it at the first use, and again after it could not be opened; knows whether the
 * last use failed, and says so once in the log, not once for each request.
 */
export class StoreLink {
  readonly #options: StoreLinkOptions
  #kv: KV | null = null
  #failedAt: Millis | null = null

  constructor(options: StoreLinkOptions) {
    this.#options = options
  }

  /** The last use failed: requests are served from memory. */
  get isDegraded(): boolean {
    return this.#failedAt !== null
  }

  /** Whether the last use failed just now, so that the next is better left for later. */
  get isAvoided(): boolean {
    return this.#failedAt !== null && this.#options.now() - this.#failedAt < RETRY_AFTER
  }

  /** null until the store was reached once. */
  get consistency(): KV['traits']['consistency'] | null {
    return this.#kv?.traits.consistency ?? null
  }

  /** Runs one piece of work on the store. Never rejects. @returns whether it was done. */
  async use(work: (kv: KV) => Promise<void>): Promise<boolean> {
    const { openKV, now, log } = this.#options
    try {
      await within(DEADLINE, async () => {
        this.#kv ??= await openKV()
        await work(this.#kv)
      })
    } catch (error) {
      if (this.#failedAt === null) {
        log.warn('store failed, going on from memory', {
          cause: error instanceof Error ? error.message : String(error),
        })
      }
      this.#failedAt = now()
      return false
    }
    if (this.#failedAt !== null) log.info('store is back')
    this.#failedAt = null
    return true
  }
}

async function within(ms: Millis, work: () => Promise<void>): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new KVUnavailableError(`The store did not answer within ${ms / SECOND} s.`)),
      ms,
    )
  })
  try {
    await Promise.race([work(), late])
  } finally {
    clearTimeout(timer)
  }
}
