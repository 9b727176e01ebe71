import type { AnswerFormat } from './answer-format.ts'

/** One request to Google, ready to be sent with any key of the pool. */
export interface UpstreamCall {
  readonly method: string
  /** Path and query below the base URL: `/v1beta/models/gemini-3.8-flash:generateContent?alt=sse`. */
  readonly target: string
  /** Without any credential: `attempt.ts` adds the one that goes upstream. */
  readonly headers: Readonly<Record<string, string>>
  /** Kept whole so that it can be sent again; null: no body. */
  readonly body: Uint8Array | null
  /** The model whose quota the call spends; `NO_MODEL` when it concerns none. */
  readonly model: string
  /** Where the key goes. Google's OpenAI layer knows only `bearer`. */
  readonly credential: 'x-goog-api-key' | 'bearer'
  readonly answer: AnswerFormat
}
