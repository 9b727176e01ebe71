import type { JsonObject } from '../json.ts'
import type { Modality } from '../tokens.ts'

/** What one event adds: parts (null: a content without parts) and the output tokens they cost. */
export interface AnswerChunk {
  readonly parts: readonly JsonObject[] | null
  readonly tokens: number
}

/** What the model says, before it becomes events or one JSON reply. */
export interface Answer {
  readonly chunks: readonly AnswerChunk[]
  readonly finishReason: string
  readonly finishMessage?: string
  readonly thoughtsTokens: number
  /** Modality of the answer's tokens where Google details it. */
  readonly modality?: Modality
  /** `groundingMetadata`, `urlContextMetadata`: fields of the candidate. */
  readonly metadata?: JsonObject
}
