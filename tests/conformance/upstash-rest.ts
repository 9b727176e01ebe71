import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Redis } from 'ioredis'

/** How the endpoint misbehaves. It takes a request, then `silent`: never answers; `reset`: hangs up; `cut`: mid-answer. */
export type RestFault =
  | { readonly kind: 'status'; readonly status: number; readonly body: string }
  | { readonly kind: 'delay'; readonly ms: number }
  | { readonly kind: 'silent' }
  | { readonly kind: 'reset' }
  | { readonly kind: 'cut' }

/** Upstash's REST protocol in front of a real Redis. */
export interface UpstashRest extends AsyncDisposable {
  readonly url: string
  /** Each request that came, as path and command, in order. */
  readonly requests: { readonly path: string; readonly body: unknown }[]
  /** From now on; null: as it should be. */
  fault: RestFault | null
  /** When every request that has come is dealt with, those too whose client has gone. */
  idle(): Promise<unknown>
}

export const REST_TOKEN = 'rest-token-of-the-tests'

/** A reply as Redis gives it: bulk strings and statuses are bytes. */
type Reply = Buffer | number | null | readonly Reply[]
type Answer = { readonly result: unknown } | { readonly error: string }

/**
 * Serves single commands at `/`, lists of them at `/pipeline` and transactions at `/multi-exec`, all by POST with
 * `Authorization: Bearer`. With `Upstash-Encoding: base64` strings come in base64, but for OK.
 *
 * @param port - where to listen; a free port by default.
 * @source upstash.com/docs/redis/features/restapi
 */
export async function startUpstashRest(redis: Redis, port = 0): Promise<UpstashRest> {
  const inHand = new Set<Promise<void>>()
  const server = createServer((request, response) => {
    const work = handle(request, response)
      .catch(() => void response.destroy())
      .finally(() => inHand.delete(work))
    inHand.add(work)
  })
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const rest: UpstashRest = {
    url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`,
    requests: [],
    fault: null,
    idle: () => Promise.all(inHand),
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url ?? '/'
    const body: unknown = JSON.parse(await text(request))
    rest.requests.push({ path, body })
    const { fault } = rest
    if (fault?.kind === 'silent') return
    if (fault?.kind === 'reset') {
      response.destroy()
      return
    }
    if (fault?.kind === 'cut') {
      response.writeHead(200, { 'content-type': 'application/json' }).write('{"resu')
      await sleep(1)
      response.destroy()
      return
    }
    if (fault?.kind === 'delay') await sleep(fault.ms)
    if (fault?.kind === 'status') {
      response.writeHead(fault.status).end(fault.body)
      return
    }
    const [status, answer] =
      request.headers.authorization === `Bearer ${REST_TOKEN}`
        ? await answerTo(redis, path, body, request.headers['upstash-encoding'] === 'base64')
        : [401, { error: 'Unauthorized' }]
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer))
  }
  return rest
}

async function answerTo(
  redis: Redis,
  path: string,
  body: unknown,
  isBase64: boolean,
): Promise<[status: number, Answer | readonly Answer[]]> {
  const encode = (reply: Reply): unknown => encodeReply(reply, isBase64)
  switch (path) {
    case '/': {
      const answer = await run(redis, toCommand(body), encode)
      return ['error' in answer ? 400 : 200, answer]
    }
    case '/pipeline':
      return [200, await Promise.all(toCommands(body).map((command) => run(redis, command, encode)))]
    case '/multi-exec': {
      const transaction = redis.multi(toCommands(body).map((command) => ['callBuffer', ...command]))
      try {
        const results = (await transaction.exec()) ?? []
        return [200, results.map(([error, reply]) => toAnswer(error, reply, encode))]
      } catch (error) {
        return [400, { error: messageOf(error) }]
      }
    }
    default:
      return [404, { error: `ERR no such path: ${path}` }]
  }
}

async function run(redis: Redis, command: readonly string[], encode: (reply: Reply) => unknown) {
  const [name = '', ...args] = command
  try {
    return toAnswer(null, await redis.callBuffer(name, ...args), encode)
  } catch (error) {
    return toAnswer(error, null, encode)
  }
}

function toAnswer(error: unknown, reply: unknown, encode: (reply: Reply) => unknown): Answer {
  return error === null ? { result: encode(reply as Reply) } : { error: messageOf(error) }
}

function encodeReply(reply: Reply, isBase64: boolean): unknown {
  if (Buffer.isBuffer(reply)) {
    const asText = reply.toString()
    return isBase64 && asText !== 'OK' ? reply.toString('base64') : asText
  }
  return Array.isArray(reply) ? reply.map((each) => encodeReply(each, isBase64)) : reply
}

function toCommands(body: unknown): string[][] {
  if (!Array.isArray(body)) throw new TypeError('no list of commands')
  return body.map(toCommand)
}

function toCommand(body: unknown): string[] {
  if (!Array.isArray(body)) throw new TypeError('no command')
  return body.map(String)
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
