import type { KeyId } from '../keys/api-key.ts'
import { POSITION_KEY } from '../kv/keyspace.ts'
import type { KV } from '../kv/kv.ts'
import { MINUTE, type Millis, SECOND } from '../lib/time.ts'
import { HealthJournal } from './health-journal.ts'
import type { KeyPool, Rest } from './key-pool.ts'
import type { StoreLink } from './store-link.ts'
import { type CallResult, UsageCounter } from './usage-counter.ts'

export interface PoolSyncOptions {
  readonly link: StoreLink
  readonly now: () => Millis
  /** In [0, 1). */
  readonly random: () => number
  /** What else is read from the store at the first request and at every look for news. */
  readonly onRead: (kv: KV) => Promise<void>
}

/** The first request of an isolate waits this long for what the store knows, then goes on without. */
const LOAD_DEADLINE: Millis = SECOND
/** How often an isolate with traffic looks at what others have found out, and writes what it has counted. */
const INTERVAL: Millis = 5 * SECOND
/** Where writes take a minute to be seen anyway, and lists are few and dear (Workers KV). */
const INTERVAL_EVENTUAL: Millis = MINUTE
/** Turns of the pool for one store command: isolates that live shorter than this many calls still begin apart. */
const LEASE = 100

/**
 * Keeps one isolate's pool in step with the store: reads once at the first request, publishes health at once,
 * looks for news and writes counters now and then. No request waits for any of it after the first.
 *
 * Accepted: two isolates may both try a key that the other has just found resting, once each, within an interval.
 */
export class PoolSync {
  readonly #options: PoolSyncOptions
  readonly #journal = new HealthJournal()
  readonly #counter = new UsageCounter()
  #pool: KeyPool | null = null
  #isLoaded = false
  #loading: Promise<void> | null = null
  #isBusy = false
  #nextRefresh = 0
  #nextFlush = 0
  #leasedUntil = LEASE

  constructor(options: PoolSyncOptions) {
    this.#options = options
  }

  /** The pool to keep; before anything else, and whenever a new one replaces it. */
  attach(pool: KeyPool): void {
    this.#leasedUntil -= this.#pool?.turnsTaken ?? 0
    this.#pool = pool
  }

  /**
   * Reads what the store knows, once.
   *
   * @returns null when that is done (or was given up); else a wait that ends after `LOAD_DEADLINE` at the latest.
   *   A slower answer is still taken over when it comes.
   */
  warmUp(): Promise<void> | null {
    if (this.#isLoaded) return null
    this.#loading ??= this.#load()
    return withDeadline(this.#loading, LOAD_DEADLINE).then(() => {
      this.#isLoaded = true
    })
  }

  noteRest(rest: Rest): void {
    this.#journal.rest(rest)
  }

  noteRevival(keyId: KeyId): void {
    this.#journal.revival(keyId, this.#options.now())
  }

  noteCall(keyId: KeyId, model: string, result: CallResult): void {
    this.#counter.count(keyId, model, result, this.#options.now())
  }

  /** What is due now, to be run behind an answer; null when nothing is. The promise never rejects. */
  tick(): Promise<void> | null {
    if (this.#isBusy || this.#options.link.isAvoided) return null
    const now = this.#options.now()
    const isDue =
      this.#journal.isPending ||
      now >= this.#nextRefresh ||
      (now >= this.#nextFlush && !this.#counter.isEmpty) ||
      this.#needsLease
    return isDue ? this.#work() : null
  }

  /** Writes everything, before the end of the isolate. */
  async close(): Promise<void> {
    this.#nextFlush = 0
    await this.#work()
  }

  get #needsLease(): boolean {
    return (this.#pool?.turnsTaken ?? 0) >= this.#leasedUntil
  }

  async #load(): Promise<void> {
    await this.#options.link.use(async (kv) => {
      await this.#options.onRead(kv)
      const [news, leased] = await Promise.all([this.#journal.read(kv), leasePosition(kv)])
      if (leased !== null) this.#pool?.startAt(leased)
      for (const each of news) this.#pool?.hear(each)
    })
    this.#scheduleRefresh()
  }

  async #work(): Promise<void> {
    this.#isBusy = true
    let isDone = true
    do {
      isDone = await this.#options.link.use((kv) => this.#exchange(kv))
    } while (isDone && this.#journal.isPending) // Something was found out meanwhile, and no request may follow.
    this.#isBusy = false
  }

  /** Health first: it saves others a refused call. */
  async #exchange(kv: KV): Promise<void> {
    const now = this.#options.now()
    if (this.#journal.isPending) await this.#journal.write(kv, now)
    if (now >= this.#nextRefresh) {
      this.#scheduleRefresh()
      await this.#options.onRead(kv)
      for (const news of await this.#journal.read(kv)) this.#pool?.hear(news)
    }
    if (now >= this.#nextFlush && !this.#counter.isEmpty) {
      this.#nextFlush = now + this.#interval
      await this.#counter.write(kv)
    }
    if (this.#needsLease) {
      this.#leasedUntil += LEASE
      await leasePosition(kv)
    }
  }

  #scheduleRefresh(): void {
    const jitter = 0.8 + 0.4 * this.#options.random()
    this.#nextRefresh = this.#options.now() + this.#interval * jitter
  }

  get #interval(): Millis {
    return this.#options.link.consistency === 'eventual' ? INTERVAL_EVENTUAL : INTERVAL
  }
}

/**
 * Where this isolate should begin; null when it should begin anywhere.
 *
 * Whoever finds no counter is the first, or alone with a store of its own (memory): beginning at 0 would send
 * every such isolate to the first key. Eventual stores lose most of such counts, and bear few writes to one key.
 * A beginning is worth no failure: what was read of the keys' health must not be lost with it.
 */
async function leasePosition(kv: KV): Promise<number | null> {
  if (kv.traits.consistency === 'eventual') return null
  try {
    const { [POSITION_KEY]: leasedUntil = LEASE } = await kv.increment({ [POSITION_KEY]: LEASE })
    return leasedUntil === LEASE ? null : leasedUntil - LEASE
  } catch {
    return null
  }
}

function withDeadline(work: Promise<void>, ms: Millis): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms)
    void work.then(() => {
      clearTimeout(timer)
      resolve()
    })
  })
}
