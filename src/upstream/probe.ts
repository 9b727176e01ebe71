import { NO_MODEL } from '../balancer/key-balancer.ts'
import type { Failure } from '../errors.ts'
import { readGoogleError } from '../health/google-error.ts'
import type { PoolKey } from '../keys/pool-key.ts'
import type { Millis } from '../lib/time.ts'
import { attempt } from './attempt.ts'
import type { UpstreamCall } from './call.ts'
import { JSON_VALUE } from './gemini-answer.ts'

export interface ProbeOptions {
  readonly baseUrl: string
  /** See `Platform`. */
  readonly fetchOptions: RequestInit
  /** `GEMINI_API_VERSION`. */
  readonly apiVersion: string
  /** null: list models, which spends no tokens and no quota. A model: one real generation, the only way to see its quota. */
  readonly model: string | null
  readonly timeoutMs: Millis
  readonly signal: AbortSignal
}

export type ProbeResult =
  | { readonly kind: 'works' }
  | {
      readonly kind: 'failed'
      readonly failure: Failure
      /** Google's words, scrubbed. */
      readonly message: string | null
      /** `projects/123`, where Google tells it. */
      readonly project: string | null
    }

/** Asks Google whether a key works. Never rejects. */
export async function probeKey(key: PoolKey, options: ProbeOptions): Promise<ProbeResult> {
  const outcome = await attempt(probeCall(options), key, {
    baseUrl: options.baseUrl,
    fetchOptions: options.fetchOptions,
    firstContentMs: options.timeoutMs,
    silenceMs: options.timeoutMs,
    signal: options.signal,
  })
  if (outcome.kind === 'answer') return { kind: 'works' }
  const body = outcome.answer?.body
  const project = body instanceof Uint8Array ? readGoogleError(new TextDecoder().decode(body)).project : null
  return { kind: 'failed', failure: outcome.failure, message: outcome.message, project }
}

function probeCall({ apiVersion, model }: ProbeOptions): UpstreamCall {
  const common = {
    headers: { 'content-type': 'application/json' },
    credential: 'x-goog-api-key',
    answer: JSON_VALUE,
  } as const
  if (model === null) {
    return {
      ...common,
      method: 'GET',
      target: `/${apiVersion}/models?pageSize=1`,
      body: null,
      model: NO_MODEL,
    }
  }
  const body = JSON.stringify({ contents: [{ role: 'user', parts: [{ text: 'hi' }] }] })
  return {
    ...common,
    method: 'POST',
    target: `/${apiVersion}/models/${encodeURIComponent(model)}:generateContent`,
    body: new TextEncoder().encode(body),
    model,
  }
}
