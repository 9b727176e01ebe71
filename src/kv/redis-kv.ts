import { type Json, type KV, type KVTraits, KVTypeError, KVUnavailableError } from './kv.ts'
import { requireDeltas, requireKey, requirePrefix, toPageSize, toStoredJson, toWholeTtl } from './kv-input.ts'
import { DELETE, INCREMENT, LIST, NO_INTEGER, SET } from './redis-scripts.ts'

/**
 * A connection to Redis, whatever its protocol: all that the store needs of it.
 *
 * Methods reject with `explainReply` of an error that Redis answers, and with `KVUnavailableError` when it does not
 * answer in time or cannot be reached; the next call then tries anew.
 */
export interface RedisCommands {
  get(key: string): Promise<string | null>
  eval(script: string, keys: readonly string[], args: readonly string[]): Promise<unknown>
  close(): Promise<void>
}

const TRAITS: KVTraits = {
  atomicIncrement: true,
  consistency: 'strong',
  minTtlSeconds: 1,
  /** Far below Upstash's 10 MB for a request, even with every quote escaped once more. */
  maxValueBytes: 1024 * 1024,
}

/** A page may have fewer entries than asked for, so that its values stay below this with one more. */
const MAX_PAGE_BYTES = 4 * 1024 * 1024

/** Keeps the gateway's keys apart from those of others. The braces put them all into one slot of a cluster. */
const INDEX = '{gemini-balance}'

/** Sorts after every character a key may have: where the keys of a prefix end. */
const AFTER_ALL_KEYS = '\x7f'

const NO_TTL = '0'

/**
 * The store in Redis 6 or later, over either protocol. Each value is JSON text under a key of its own, with Redis's
 * own TTL, so that an operator can read and remove it with redis-cli.
 *
 * SCAN knows no order and walks over everything that the database holds, so names stand in a sorted set too: a page
 * costs one command that grows with the page, and not 1 per 1000 keys of the database. In return each write costs a
 * script in place of a SET. A name whose value is gone is dropped when it is met.
 *
 * Scripts are sent whole (EVAL): they are below 1 kB, and a Redis that has restarted needs no second round trip.
 *
 * A database that evicts keys for want of memory may evict a record, or the index: then `list` misses the records
 * that have not been written since. `noeviction` or a `volatile-` policy keeps the index.
 */
export function createRedisKV(commands: RedisCommands): KV {
  return new RedisKV(commands)
}

class RedisKV implements KV {
  readonly traits = TRAITS
  readonly #commands: RedisCommands
  #isClosed = false

  constructor(commands: RedisCommands) {
    this.#commands = commands
  }

  async get(key: string): Promise<Json | null> {
    this.#requireOpen()
    requireKey(key)
    const text = await this.#commands.get(placeOf(key))
    if (text === null) return null
    const value = parseJson(text)
    if (value === undefined) throw new KVTypeError(`${key} holds no JSON`)
    return value
  }

  async set(
    key: string,
    value: Json,
    options: { readonly ttlSeconds?: number; readonly ifAbsent?: boolean } = {},
  ): Promise<boolean> {
    this.#requireOpen()
    requireKey(key)
    const text = toStoredJson(value, TRAITS.maxValueBytes)
    const ifAbsent = options.ifAbsent ? '1' : '0'
    const written = await this.#commands.eval(
      SET,
      [INDEX, placeOf(key)],
      [key, text, toTtlText(options.ttlSeconds), ifAbsent],
    )
    return written === 1
  }

  async delete(key: string): Promise<void> {
    this.#requireOpen()
    requireKey(key)
    await this.#commands.eval(DELETE, [INDEX, placeOf(key)], [key])
  }

  async list(prefix: string, options: { readonly after?: string; readonly limit?: number } = {}) {
    this.#requireOpen()
    const { after = '' } = options
    requirePrefix(prefix)
    requirePrefix(after)
    const from = after < prefix ? `[${prefix}` : `(${after}`
    const limits = [toPageSize(options.limit), MAX_PAGE_BYTES].map(String)
    const reply = await this.#commands.eval(LIST, [INDEX], [from, `(${prefix}${AFTER_ALL_KEYS}`, ...limits])
    const [hasMore, ...texts] = requireTexts(reply)
    return { entries: toEntries(texts), next: hasMore === '1' ? (texts.at(-2) ?? null) : null }
  }

  async increment(
    deltas: Readonly<Record<string, number>>,
    options: { readonly ttlSeconds?: number } = {},
  ): Promise<Readonly<Record<string, number>>> {
    this.#requireOpen()
    const ttl = toTtlText(options.ttlSeconds)
    const steps = requireDeltas(deltas)
    if (steps.length === 0) return {}
    const reply = await this.#commands.eval(
      INCREMENT,
      [INDEX, ...steps.map(([key]) => placeOf(key))],
      [ttl, ...steps.flatMap(([key, delta]) => [key, String(delta)])],
    )
    const sums = requireList(reply).map(Number)
    return Object.fromEntries(steps.map(([key], i) => [key, sums[i] ?? Number.NaN]))
  }

  async close(): Promise<void> {
    this.#isClosed = true
    await this.#commands.close()
  }

  #requireOpen(): void {
    if (this.#isClosed) throw new KVUnavailableError('The store is closed')
  }
}

/** Redis's own words for the log, without what was sent: a value may be a secret. */
const MAX_SHOWN = 200

/**
 * The error for an error reply of Redis.
 *
 * @param message - as the client gives it; some clients add the command with its arguments.
 * @returns KVTypeError where a key holds what the command cannot work on, else KVUnavailableError.
 */
export function explainReply(message: string): KVTypeError | KVUnavailableError {
  const [reason = ''] = message.split(/, (?:command was|with args)|\n/)
  const [, name] = new RegExp(`${NO_INTEGER} (\\S+)`).exec(reason) ?? []
  if (name !== undefined) return new KVTypeError(`${name} holds no integer`)
  if (reason.includes('WRONGTYPE'))
    return new KVTypeError('The key holds another type of Redis than a string')
  return new KVUnavailableError(`Redis answered: ${reason.slice(0, MAX_SHOWN)}`)
}

function placeOf(key: string): string {
  return `${INDEX}/${key}`
}

function toTtlText(ttlSeconds: number | undefined): string {
  return toWholeTtl(ttlSeconds, TRAITS.minTtlSeconds)?.toString() ?? NO_TTL
}

/** What others have put there and is no JSON is left out: it must not hide the records beside it. */
function toEntries(texts: readonly string[]): (readonly [key: string, value: Json])[] {
  const entries: (readonly [string, Json])[] = []
  for (let i = 0; i < texts.length; i += 2) {
    const [key = '', text = ''] = texts.slice(i, i + 2)
    const value = parseJson(text)
    if (value !== undefined && value !== null) entries.push([key, value])
  }
  return entries
}

function parseJson(text: string): Json | undefined {
  try {
    return JSON.parse(text)
  } catch {
    return undefined // the parser's own message quotes the text
  }
}

function requireTexts(reply: unknown): string[] {
  return requireList(reply).map(String)
}

function requireList(reply: unknown): unknown[] {
  if (!Array.isArray(reply)) throw new KVUnavailableError('Redis answered a script with another type')
  return reply
}
