import type { Failure } from '../errors.ts'
import { classifyFailure } from '../health/classify-failure.ts'
import { readGoogleError } from '../health/google-error.ts'
import type { PoolKey } from '../keys/pool-key.ts'
import { concatBytes } from '../lib/concat-bytes.ts'
import type { Millis } from '../lib/time.ts'
import { redact } from '../telemetry/redact.ts'
import type { AnswerFormat, Verdict } from './answer-format.ts'
import type { UpstreamCall } from './call.ts'
import { guardStream } from './guarded-stream.ts'

/** What Google answered, ready to be handed on. */
export interface UpstreamAnswer {
  readonly status: number
  readonly headers: Headers
  readonly body: Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array> | null
}

export type Outcome =
  /** The caller's answer from here on. */
  | { readonly kind: 'answer'; readonly answer: UpstreamAnswer }
  | {
      readonly kind: 'failure'
      readonly failure: Failure
      /** Google's words, scrubbed. */
      readonly message: string | null
      /** The whole answer, when one came. */
      readonly answer: UpstreamAnswer | null
    }

export interface AttemptOptions {
  readonly baseUrl: string
  /** See `Platform`. */
  readonly fetchOptions: RequestInit
  /** How long headers and the first content may take together. */
  readonly firstContentMs: Millis
  readonly silenceMs: Millis
  /** The caller's: aborted when it leaves. */
  readonly signal: AbortSignal
}

/** An answer that comes in one piece is kept until its end, so that a cut can be mended; a larger one is handed on. */
const HOLD_BYTES = 1024 * 1024
const ERROR_BODY_BYTES = 256 * 1024

/**
 * One call to Google with one key, up to the point where its answer is worth handing on.
 *
 * Never rejects. The only place where a key meets a wire: it goes into one header, and nothing else in the call
 * carries a credential.
 */
export async function attempt(call: UpstreamCall, key: PoolKey, options: AttemptOptions): Promise<Outcome> {
  const { signal } = options
  if (signal.aborted) return failed({ kind: 'cancelled' })
  const controller = new AbortController()
  const abort = () => controller.abort()
  const release = () => signal.removeEventListener('abort', abort)
  signal.addEventListener('abort', abort)
  let isLate = false
  const deadline = setTimeout(() => {
    isLate = true
    abort()
  }, options.firstContentMs)

  let outcome: Outcome
  try {
    const response = await fetch((key.baseUrl ?? options.baseUrl) + call.target, {
      method: call.method,
      headers: { ...call.headers, ...credentialHeader(call, key) },
      body: call.body as Uint8Array<ArrayBuffer> | null,
      redirect: 'manual',
      ...options.fetchOptions,
      signal: controller.signal,
    })
    outcome = response.ok
      ? await receive(response, call.answer, { silenceMs: options.silenceMs, abort, onEnd: release })
      : await refuse(response, key)
  } catch {
    outcome = failed(faultOf(signal, isLate))
    abort()
  }
  clearTimeout(deadline)
  if (outcome.kind === 'failure' || !(outcome.answer.body instanceof ReadableStream)) release()
  return outcome
}

function credentialHeader({ credential }: UpstreamCall, { key }: PoolKey): Record<string, string> {
  return credential === 'bearer' ? { authorization: `Bearer ${key}` } : { 'x-goog-api-key': key }
}

function faultOf(signal: AbortSignal, isLate: boolean): Failure {
  if (signal.aborted) return { kind: 'cancelled' }
  return { kind: 'upstream-fault', cause: isLate ? 'timeout' : 'network' }
}

async function refuse(response: Response, key: PoolKey): Promise<Outcome> {
  const body = await readErrorBody(response)
  const error = readGoogleError(body)
  const failure = classifyFailure(response.status, error, response.headers.get('retry-after'))
  // Google quotes the key in some refusals. A body without it goes on byte for byte.
  const scrubbed = body.includes(key.key) ? redact(body.replaceAll(key.key, '[key]')) : body
  return {
    kind: 'failure',
    failure,
    message: redact(error.message.replaceAll(key.key, '[key]')).slice(0, 500) || null,
    answer: { status: response.status, headers: response.headers, body: new TextEncoder().encode(scrubbed) },
  }
}

async function readErrorBody(response: Response): Promise<string> {
  if (!response.body) return ''
  const reader = response.body.getReader()
  const decoder = new TextDecoder()
  let text = ''
  let size = 0
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return text + decoder.decode()
    size += value.byteLength
    text += decoder.decode(value, { stream: true })
    if (size > ERROR_BODY_BYTES) {
      await reader.cancel()
      return text
    }
  }
}

interface Reception {
  readonly silenceMs: Millis
  readonly abort: () => void
  readonly onEnd: () => void
}

/** Reads a 2xx answer until it shows content (a stream) or is whole (everything else, up to `HOLD_BYTES`). */
async function receive(response: Response, format: AnswerFormat, reception: Reception): Promise<Outcome> {
  const { status, headers } = response
  if (!response.body) return settle(format.probe().end(), { status, headers, body: null })
  const reader = response.body.getReader()
  const probe = format.probe()
  const held: Uint8Array[] = []
  let size = 0
  let verdict: Verdict = { kind: 'undecided' }
  for (;;) {
    const { done, value } = await reader.read()
    if (done) {
      return settle(verdict.kind === 'undecided' ? probe.end() : verdict, {
        status,
        headers,
        body: concatBytes(held),
      })
    }
    held.push(value)
    size += value.byteLength
    if (verdict.kind === 'undecided') verdict = probe.push(value)
    if (verdict.kind === 'failure') {
      reception.abort()
      return settle(verdict, { status, headers, body: concatBytes(held) })
    }
    const isDue = verdict.kind === 'content' && format.delivery !== 'whole'
    if (isDue || size > HOLD_BYTES) {
      const body = guardStream(held, reader, { sse: format.sse, ...reception })
      return { kind: 'answer', answer: { status, headers, body } }
    }
  }
}

function settle(verdict: Exclude<Verdict, { kind: 'undecided' }>, answer: UpstreamAnswer | null): Outcome {
  if (verdict.kind === 'content' && answer) return { kind: 'answer', answer }
  if (verdict.kind === 'content') return failed({ kind: 'upstream-fault', cause: 'cut' })
  return { kind: 'failure', failure: verdict.failure, message: verdict.message, answer }
}

function failed(failure: Failure): Outcome {
  return { kind: 'failure', failure, message: null, answer: null }
}
