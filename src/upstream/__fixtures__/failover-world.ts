import { vi } from 'vitest'
import { FREE_DAY_BODY } from '../../health/__fixtures__/error-bodies.ts'
import { poolKey } from '../../keys/__fixtures__/pool-key.ts'
import type { PoolKey } from '../../keys/pool-key.ts'
import { SECOND } from '../../lib/time.ts'
import { KeyPool, type KeyPoolOptions, type Rest } from '../../pool/key-pool.ts'
import { createLog } from '../../telemetry/log.ts'
import type { UpstreamCall } from '../call.ts'
import { type FailoverOptions, type Forwarded, forward } from '../failover.ts'
import { GENERATED } from '../gemini-answer.ts'
import { bytesOf, EMPTY_EVENTS, TEXT_EVENTS } from './streams.ts'

const START = Date.UTC(2026, 10, 21, 3)
export const MODEL = 'gemini-3.8-flash'

const call: UpstreamCall = {
  method: 'POST',
  target: `/v1beta/models/${MODEL}:generateContent`,
  headers: {},
  body: bytesOf('{}'),
  model: MODEL,
  credential: 'x-goog-api-key',
  answer: GENERATED,
}

/** What Google gives for one call. */
export type Answer = () => Response | Promise<Response>

export const ok: Answer = () => new Response(TEXT_EVENTS[0])
export const empty: Answer = () => new Response(EMPTY_EVENTS[0])
export const error =
  (status: number, message = 'words', headers = {}): Answer =>
  () =>
    Response.json({ error: { code: status, message } }, { status, headers })
export const location: Answer = () =>
  Response.json(
    {
      error: {
        code: 400,
        message: 'User location is not supported for the API use.',
        status: 'FAILED_PRECONDITION',
      },
    },
    { status: 400 },
  )
export const overloaded = error(503, 'The model is overloaded. Please try again later.')
export const invalidKey = error(400, 'API key not valid. Please pass a valid API key.')
export const callersFault = error(400, 'Request contains an invalid argument.')
export const dayQuota: Answer = () => new Response(FREE_DAY_BODY, { status: 429 })
export const minuteQuota =
  (seconds: number): Answer =>
  () =>
    Response.json(
      {
        error: {
          code: 429,
          message: `Slow down. Please retry in ${seconds}s.`,
          details: [{ violations: [{ quotaId: 'RequestsPerMinute' }] }, { retryDelay: `${seconds}s` }],
        },
      },
      { status: 429 },
    )
export const unreachable: Answer = () => Promise.reject(new TypeError('fetch failed'))

/** Google quotes keys, so a key must not be a part of other words. */
const KEY_PREFIX = 'test-key-'
export const namedKey = (name: string) => poolKey(KEY_PREFIX + name)

/**
 * A pool whose keys get these answers, by name; its clock stands still until a test moves it, and its dice show 0.
 * Replaces `fetch`: the test puts it back.
 */
export function createWorld(
  answers: Readonly<Record<string, Answer>>,
  options: Partial<FailoverOptions> &
    Partial<Pick<KeyPoolOptions, 'owner'>> & { keys?: readonly PoolKey[] } = {},
) {
  const keys = options.keys ?? Object.keys(answers).map(namedKey)
  const clock = { now: START }
  const calls: string[] = []
  const rests: Rest[] = []
  const log = createLog(
    () => {},
    'error',
    () => clock.now,
  )
  vi.stubGlobal('fetch', async (_url: string, { headers }: { readonly headers: Record<string, string> }) => {
    const key = (headers['x-goog-api-key'] ?? '').replace(KEY_PREFIX, '')
    calls.push(key)
    return (answers[key] ?? unreachable)()
  })
  const pool = new KeyPool(keys, {
    now: () => clock.now,
    random: () => 0,
    maxFailures: 3,
    log,
    owner: options.owner ?? 'operator',
    onRest: (rest) => rests.push(rest),
  })
  const send = (
    overrides: Partial<UpstreamCall> = {},
    signal = new AbortController().signal,
  ): Promise<Forwarded> =>
    forward(
      { call: { ...call, ...overrides }, pool, signal, isRepeatable: true,
        onNews: () => undefined, requestId: 'request-1' },
      {
        baseUrl: 'https://google.test',
        fetchOptions: {},
        maxRetries: 3,
        budgetMs: 30 * SECOND,
        timeoutMs: 300 * SECOND,
        firstEventMs: 60 * SECOND,
        now: () => clock.now,
        random: () => 0,
        log,
        ...options,
      },
    )
  return { send, calls, rests, clock, pool }
}

export async function bodyOf(forwarded: Forwarded): Promise<string> {
  if (!('answer' in forwarded)) throw new Error(`No answer: ${forwarded.kind}`)
  return new Response(forwarded.answer.body).text()
}
