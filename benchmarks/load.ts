import { Agent, request } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'

export interface Load {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  /** Requests that are always under way, each on a connection of its own. */
  readonly connections: number
  readonly durationMs: number
  /** Every answer must have as many; another length is an error. */
  readonly answerBytes: number
  /** The first requests start evenly over this time, so that paced streams do not tick in step. */
  readonly rampMs?: number
}

/** What one load has found; all times in ms. */
export interface LoadResult {
  readonly answers: number
  readonly errors: number
  readonly perSecond: number
  /** To the end of each answer. */
  readonly latencies: readonly number[]
  /** To the first piece of each body. */
  readonly firstPieces: readonly number[]
  /** Between pieces of one body. */
  readonly gaps: readonly number[]
}

interface Tally {
  errors: number
  readonly latencies: number[]
  readonly firstPieces: number[]
  readonly gaps: number[]
}

/**
 * Keeps a fixed number of requests under way for a while, then waits for the last answers.
 *
 * Written here because the usual load tools see a stream's end but not its first event.
 */
export async function runLoad(load: Load): Promise<LoadResult> {
  const agent = new Agent({ keepAlive: true, maxSockets: load.connections })
  const tally: Tally = { errors: 0, latencies: [], firstPieces: [], gaps: [] }
  const startedAt = performance.now()
  const deadline = startedAt + load.durationMs
  const lane = async (_: unknown, index: number): Promise<void> => {
    if (load.rampMs) await sleep((load.rampMs * index) / load.connections)
    do await callOnce(load, agent, tally)
    while (performance.now() < deadline)
  }
  await Promise.all(Array.from({ length: load.connections }, lane))
  const seconds = (performance.now() - startedAt) / 1000
  agent.destroy()
  const answers = tally.latencies.length
  return { ...tally, answers, perSecond: answers / seconds }
}

/** One request to its end; never rejects. */
function callOnce({ url, headers, body, answerBytes }: Load, agent: Agent, tally: Tally): Promise<void> {
  return new Promise((resolve) => {
    const startedAt = performance.now()
    const fail = (): void => {
      tally.errors++
      resolve()
    }
    const call = request(url, {
      agent,
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) },
    })
    call.on('error', fail)
    call.on('response', (answer) => {
      let size = 0
      let lastPieceAt = 0
      answer.on('data', (piece: Buffer) => {
        const now = performance.now()
        if (size === 0) tally.firstPieces.push(now - startedAt)
        else tally.gaps.push(now - lastPieceAt)
        lastPieceAt = now
        size += piece.length
      })
      answer.on('error', fail)
      answer.on('end', () => {
        if (answer.statusCode !== 200 || size !== answerBytes) return fail()
        tally.latencies.push(performance.now() - startedAt)
        resolve()
      })
    })
    call.end(body)
  })
}
