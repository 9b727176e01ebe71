import { Redis } from 'ioredis'
import { type Millis, SECOND } from '../lib/time.ts'
import { type KV, KVUnavailableError } from './kv.ts'
import { createRedisKV, explainReply, type RedisCommands } from './redis-kv.ts'

export interface RedisKVOptions {
  /** `redis://user:password@host:6379/0`, or `rediss://` for TLS. A secret. */
  readonly url: string
  /** How long a call may take, connecting included. */
  readonly timeoutMs?: Millis
}

/** Redis answers in a millisecond: one that takes so long is stuck, and nobody waits for it. */
const TIMEOUT: Millis = 3 * SECOND

/**
 * A store in Redis over its own protocol, for Node and Bun; see `createRedisKV`.
 *
 * The first call connects. A connection that fails, closes or leaves a call without an answer is dropped, and the
 * next call makes a new one. A call that got no answer may have been carried out all the same.
 */
export function openRedisKV({ url, timeoutMs = TIMEOUT }: RedisKVOptions): KV {
  return createRedisKV(new RespCommands(url, timeoutMs))
}

/** A client that never connects again by itself. */
interface Connection {
  readonly client: Redis
  /** Rejects with the reason why there is no connection. */
  readonly ready: Promise<void>
}

class RespCommands implements RedisCommands {
  readonly #url: string
  readonly #timeoutMs: Millis
  #connection: Connection | null = null

  constructor(url: string, timeoutMs: Millis) {
    this.#url = url
    this.#timeoutMs = timeoutMs
  }

  get(key: string): Promise<string | null> {
    return this.#run((client) => client.get(key))
  }

  eval(script: string, keys: readonly string[], args: readonly string[]): Promise<unknown> {
    return this.#run((client) => client.eval(script, keys.length, ...keys, ...args))
  }

  async close(): Promise<void> {
    if (this.#connection !== null) this.#drop(this.#connection)
  }

  async #run<Reply>(command: (client: Redis) => Promise<Reply>): Promise<Reply> {
    this.#connection ??= this.#connect()
    const connection = this.#connection
    let isReady = false
    const answer = connection.ready.then(() => {
      isReady = true
      return command(connection.client)
    })
    try {
      return await withDeadline(answer, this.#timeoutMs)
    } catch (error) {
      if (isReady && isReplyError(error)) throw explainReply(error.message)
      this.#drop(connection)
      throw toUnavailable(error)
    }
  }

  #connect(): Connection {
    const client = new Redis(this.#url, {
      lazyConnect: true,
      connectTimeout: this.#timeoutMs,
      retryStrategy: () => null,
      enableOfflineQueue: false,
    })
    // Says more than the rejection of `connect`, which is often but "Connection is closed".
    let reason: Error | null = null
    client.on('error', (error: Error) => {
      reason ??= error
    })
    const connection: Connection = {
      client,
      ready: client.connect().catch((error: unknown) => {
        throw reason ?? error
      }),
    }
    client.on('end', () => this.#drop(connection))
    return connection
  }

  #drop(connection: Connection): void {
    if (this.#connection === connection) this.#connection = null
    connection.client.disconnect()
  }
}

/** An error that Redis itself has answered: the connection is fine. @source ioredis, built on redis-errors */
function isReplyError(error: unknown): error is Error {
  return error instanceof Error && error.name === 'ReplyError'
}

/** A reply's error carries the command with its values: it is told, but not kept as the cause. */
function toUnavailable(error: unknown): KVUnavailableError {
  if (error instanceof KVUnavailableError) return error
  if (isReplyError(error)) return new KVUnavailableError(explainReply(error.message).message)
  const reason = error instanceof Error ? error.message : String(error)
  return new KVUnavailableError(`Redis cannot be reached: ${reason}`, { cause: error })
}

async function withDeadline<T>(work: Promise<T>, ms: Millis): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const deadline = new Promise<never>((_, reject) => {
    const late = () => reject(new KVUnavailableError(`Redis did not answer within ${ms} ms`))
    timer = setTimeout(late, ms)
  })
  try {
    return await Promise.race([work, deadline])
  } finally {
    clearTimeout(timer)
  }
}
