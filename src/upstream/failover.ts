import { describeFailure, type Exhausted, type Failure, isCallersOwn } from '../errors.ts'
import type { Millis } from '../lib/time.ts'
import type { KeyPool } from '../pool/key-pool.ts'
import type { Log } from '../telemetry/log.ts'
import { attempt, type Outcome, type UpstreamAnswer } from './attempt.ts'
import type { UpstreamCall } from './call.ts'
import { backoffFor, isKeyRefusal, sleep } from './retry-timing.ts'

export interface FailoverOptions {
  readonly baseUrl: string
  /** See `Platform`. */
  readonly fetchOptions: RequestInit
  /** `MAX_RETRIES`: further attempts after trouble at Google. A refusal that rests its key is not counted. */
  readonly maxRetries: number
  /** `RETRY_BUDGET`: after this no attempt begins, except the first retry. */
  readonly budgetMs: Millis
  /** `TIME_OUT`: an answer in one piece may take this long, and a stream may be silent this long. */
  readonly timeoutMs: Millis
  /** `FIRST_EVENT_TIMEOUT`: the first content of a stream. */
  readonly firstEventMs: Millis
  readonly now: () => Millis
  readonly random: () => number
  readonly log: Log
}

export interface ForwardRequest {
  readonly call: UpstreamCall
  readonly pool: KeyPool
  /** Whether the call may be made again when nobody knows if it was carried out: not one that makes a stored thing. */
  readonly isRepeatable: boolean
  /** The caller's: aborted when it leaves. */
  readonly signal: AbortSignal
  /** `x-request-id`, for the log. */
  readonly requestId: string
  /** Called when a key was put to rest: others should know at once, and this request may go on for minutes. */
  readonly onNews: () => void
}

/** How a request ended. */
export type Forwarded = {
  /** Calls made to Google for it. */
  readonly attempts: number
} & (
  | { readonly kind: 'answer'; readonly answer: UpstreamAnswer }
  /** Google refused, and its own words are the caller's answer. */
  | { readonly kind: 'refusal'; readonly answer: UpstreamAnswer; readonly retryAfterMs: Millis | null }
  | { readonly kind: 'exhausted'; readonly exhausted: Exhausted }
  | { readonly kind: 'cancelled' }
)

/** An empty answer has cost quota already: two more may follow it, whatever `MAX_RETRIES` allows. */
const MAX_EMPTY_RETRIES = 2
/** What a caller is asked to wait when nothing rests, and Google has named no time. */
const SHORT_WAIT: Millis = 5_000

/**
 * The one loop for all dialects: takes keys in turn until one gives an answer worth handing on.
 *
 * It commits to the first answer that carries content and never switches afterwards; no key is tried twice. An
 * attempt in flight is not counted against the budget, and the first retry is always allowed: a first attempt
 * that used up the budget waiting must not be the last.
 */
export async function forward(
  { call, pool, isRepeatable, signal, requestId, onNews }: ForwardRequest,
  options: FailoverOptions,
): Promise<Forwarded> {
  const startedAt = options.now()
  const tried = new Set<number>()
  const tally = { troubles: 0, empties: 0, overloads: 0 }
  let last: FailedAttempt | null = null
  /** The last failure that rested nobody: its key, or Google, may be well again in a moment. */
  let trouble: FailedAttempt | null = null

  for (;;) {
    const isFirstRetry = tried.size === 1
    const isLate = last !== null && !isFirstRetry && options.now() - startedAt >= options.budgetMs
    const turn = pool.take(call.model, tried)
    if (!turn || isLate) {
      return conclude({ last: trouble ?? last, isAnyLeft: turn !== null, attempts: tried.size, call, pool })
    }
    if (last) await backOff(last.failure, tally.overloads, signal, options)
    tried.add(turn.index)
    const outcome = await attempt(call, turn.key, {
      baseUrl: options.baseUrl,
      fetchOptions: options.fetchOptions,
      firstContentMs: call.answer.delivery === 'stream' ? options.firstEventMs : options.timeoutMs,
      silenceMs: options.timeoutMs,
      signal,
    })
    if (outcome.kind === 'answer') {
      pool.succeeded(turn, call.model)
      return { kind: 'answer', answer: outcome.answer, attempts: tried.size }
    }
    const { failure, message, answer } = outcome
    options.log.debug('attempt failed', {
      request: requestId,
      key: pool.owner === 'caller' ? 'own' : turn.key.id,
      model: call.model,
      failure: describeFailure(failure),
    })
    if (failure.kind === 'cancelled') return { kind: 'cancelled', attempts: tried.size }
    if (pool.failed(turn, call.model, failure, message)) onNews()
    if (isCallersOwn(failure) && answer) {
      return { kind: 'refusal', answer, retryAfterMs: null, attempts: tried.size }
    }
    last = outcome
    if (!isKeyRefusal(failure)) trouble = outcome
    const isInDoubt = !isRepeatable && (failure.kind === 'upstream-fault' || failure.kind === 'empty-answer')
    if (isInDoubt || !mayRetry(failure, tally, options.maxRetries)) {
      return conclude({ last, isAnyLeft: true, attempts: tried.size, call, pool })
    }
  }
}

type FailedAttempt = Extract<Outcome, { kind: 'failure' }>

interface Tally {
  troubles: number
  empties: number
  overloads: number
}

function mayRetry(failure: Failure, tally: Tally, maxRetries: number): boolean {
  if (isKeyRefusal(failure)) return true
  tally.troubles++
  if (failure.kind === 'overloaded') tally.overloads++
  if (failure.kind === 'empty-answer') tally.empties++
  return tally.troubles <= maxRetries && tally.empties <= MAX_EMPTY_RETRIES
}

async function backOff(
  failure: Failure,
  overloads: number,
  signal: AbortSignal,
  options: FailoverOptions,
): Promise<void> {
  const wait = backoffFor(failure, overloads, options.random())
  if (wait > 0) await sleep(wait, signal)
}

interface Ending {
  /** null: every key rested before the first attempt. */
  readonly last: FailedAttempt | null
  /** Keys were left, but no time or no retries. */
  readonly isAnyLeft: boolean
  readonly attempts: number
  readonly call: UpstreamCall
  readonly pool: KeyPool
}

/** What to say when no attempt has worked: Google's own answer where it is the caller's business, else why no key is left. */
function conclude({ last, isAnyLeft, attempts, call: { model }, pool }: Ending): Forwarded {
  if (!last || isKeyRefusal(last.failure)) {
    const resting = pool.exhausted(model)
    const exhausted: Exhausted = isAnyLeft
      ? { ...resting, cause: 'overload', retryAfterMs: SHORT_WAIT }
      : resting
    if (pool.owner === 'operator' || !last?.answer) return { kind: 'exhausted', exhausted, attempts }
    return { kind: 'refusal', answer: last.answer, retryAfterMs: exhausted.retryAfterMs, attempts }
  }
  const { failure, answer, message } = last
  if (failure.kind === 'empty-answer' && answer) return { kind: 'answer', answer, attempts }
  const retryAfterMs = (failure.kind === 'overloaded' ? failure.retryAfterMs : null) ?? SHORT_WAIT
  if (answer && answer.status >= 400) {
    // A refusal of another kind (a location, an unexplained 403) does not heal by waiting.
    const wait = answer.status >= 500 ? retryAfterMs : null
    return { kind: 'refusal', answer, retryAfterMs: wait, attempts }
  }
  const cause = failure.kind === 'upstream-fault' && failure.cause === 'timeout' ? 'timeout' : 'overload'
  const exhausted = { kind: 'exhausted', cause, retryAfterMs, upstreamMessage: message, model } as const
  return { kind: 'exhausted', exhausted, attempts }
}
