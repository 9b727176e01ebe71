import { Redis, type RedisConfigNodejs } from '@upstash/redis'
import { type Millis, SECOND } from '../lib/time.ts'
import { type KV, type KVTypeError, KVUnavailableError } from './kv.ts'
import { createRedisKV, explainReply, type RedisCommands } from './redis-kv.ts'

export interface UpstashRedisKVOptions {
  /** Of the REST endpoint, http or https. */
  readonly url: string
  /** A secret. It needs the right to write. */
  readonly token: string
  /** How long a call may take. */
  readonly timeoutMs?: Millis
}

/** `@upstash/redis`'s own, or another package's client that is built on it. */
type ConnectUpstash = (config: RedisConfigNodejs) => Redis

const TIMEOUT: Millis = 3 * SECOND

/**
 * A store in Upstash Redis over its REST protocol, for hosts without sockets; see `createRedisKV`. One call is one
 * HTTP request and one billed command.
 *
 * @param connect - makes the client. It opens no connection yet.
 */
export function openUpstashRedisKV(
  { url, token, timeoutMs = TIMEOUT }: UpstashRedisKVOptions,
  connect: ConnectUpstash = (config) => new Redis(config),
): KV {
  const client = connect({
    url,
    token,
    signal: () => AbortSignal.timeout(timeoutMs),
    // The client would read "1" as the number 1.
    automaticDeserialization: false,
    // A script is a round trip of its own: there is nothing to gather.
    enableAutoPipelining: false,
    // A request that was sent twice would count twice; whoever calls the store tries again.
    retry: { retries: 0 },
    // For `fetch` it does not mean the connection, but an end to all bodies above 64 KiB.
    keepAlive: false,
    enableTelemetry: false,
  })
  return createRedisKV(toCommands(client))
}

function toCommands(client: Redis): RedisCommands {
  return {
    get: (key) => explained(client.get<string>(key)),
    eval: (script, keys, args) => explained(client.eval(script, [...keys], [...args])),
    close: async () => {},
  }
}

async function explained<Reply>(answer: Promise<Reply>): Promise<Reply> {
  try {
    return await answer
  } catch (error) {
    throw explain(error)
  }
}

/**
 * By the error's name: the client may be another package's copy. Errors with an answer carry the command and its
 * values, or the answer's text: neither is kept.
 *
 * @source @upstash/redis, pkg/error.ts
 */
function explain(error: unknown): KVTypeError | KVUnavailableError {
  const { name, message } = error instanceof Error ? error : new Error(String(error))
  switch (name) {
    case 'UpstashError':
      return explainReply(message)
    case 'UpstashJSONParseError':
      return new KVUnavailableError("Redis's REST endpoint answered something else than JSON")
    case 'TimeoutError':
      return new KVUnavailableError("Redis's REST endpoint did not answer in time", { cause: error })
    default:
      return new KVUnavailableError(`Redis's REST endpoint cannot be reached: ${message}`, { cause: error })
  }
}
