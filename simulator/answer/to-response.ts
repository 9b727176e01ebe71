import { asString, type Json, type JsonObject } from '../json.ts'
import type { Model } from '../models.ts'
import { type TokenCount, tokenDetails } from '../tokens.ts'
import type { Answer, AnswerChunk } from './answer.ts'

const INDEXED_GENERATION = 2.5

/** What every response of one request carries, besides its candidates. */
export interface ResponseFrame {
  readonly model: Model
  readonly prompt: TokenCount
  readonly cachedTokens: number
  readonly responseId: string
  readonly candidateCount: number
}

/** The answer as one GenerateContentResponse per event: parts are deltas, usage is cumulative. */
export function toEvents(answer: Answer, frame: ResponseFrame): JsonObject[] {
  const chunks = answer.chunks.length > 0 ? answer.chunks : [{ parts: null, tokens: 0 }]
  let tokens = 0
  return chunks.map((chunk, index) => {
    tokens += chunk.tokens
    return response(chunk, tokens, answer, frame, index === chunks.length - 1, answer.chunks.length > 0)
  })
}

/** The answer as one GenerateContentResponse: neighbouring texts joined, empty ones dropped but for their signature. */
export function toUnary(answer: Answer, frame: ResponseFrame): JsonObject {
  const parts = joinTexts(answer.chunks.flatMap((chunk) => chunk.parts ?? []))
  const tokens = answer.chunks.reduce((sum, chunk) => sum + chunk.tokens, 0)
  const chunk = { parts: parts.length > 0 ? parts : null, tokens }
  return response(chunk, tokens, answer, frame, true, answer.chunks.length > 0)
}

/** The reply to a blocked prompt: no candidates. */
export function toBlocked(reason: string, frame: ResponseFrame): JsonObject {
  const safetyRatings = [
    { category: 'HARM_CATEGORY_SEXUALLY_EXPLICIT', probability: 'NEGLIGIBLE' },
    { category: 'HARM_CATEGORY_HATE_SPEECH', probability: 'HIGH' },
    { category: 'HARM_CATEGORY_HARASSMENT', probability: 'NEGLIGIBLE' },
    { category: 'HARM_CATEGORY_DANGEROUS_CONTENT', probability: 'NEGLIGIBLE' },
  ]
  return {
    promptFeedback: { blockReason: reason, ...(reason === 'SAFETY' && { safetyRatings }) },
    usageMetadata: usage(frame, 0, 0, undefined),
    modelVersion: frame.model.id,
    responseId: frame.responseId,
  }
}

function response(
  chunk: AnswerChunk,
  tokens: number,
  answer: Answer,
  frame: ResponseFrame,
  isLast: boolean,
  hasContent: boolean,
): JsonObject {
  const candidates = Array.from({ length: frame.candidateCount }, (_, index) =>
    candidate(index, chunk, answer, frame.model, isLast, hasContent),
  )
  const details = answer.modality && [{ modality: answer.modality, tokenCount: tokens }]
  return {
    candidates,
    usageMetadata: usage(frame, tokens * frame.candidateCount, answer.thoughtsTokens, details),
    modelVersion: frame.model.id,
    responseId: frame.responseId,
  }
}

/** Fields are set one by one, in Google's order: this runs for every event of every benchmark. */
function candidate(
  index: number,
  chunk: AnswerChunk,
  answer: Answer,
  model: Model,
  isLast: boolean,
  hasContent: boolean,
): JsonObject {
  const fields: Record<string, Json> = {}
  if (hasContent) fields.content = chunk.parts ? { parts: chunk.parts, role: 'model' } : { role: 'model' }
  if (isLast) fields.finishReason = answer.finishReason
  if (model.generation >= INDEXED_GENERATION || index > 0) fields.index = index
  if (isLast && answer.finishMessage) fields.finishMessage = answer.finishMessage
  return isLast && answer.metadata ? { ...fields, ...answer.metadata } : fields
}

/** Google's order of fields; those that are zero are left out. */
function usage(
  { prompt, cachedTokens }: ResponseFrame,
  candidates: number,
  thoughts: number,
  details: readonly JsonObject[] | undefined,
): JsonObject {
  const fields: Record<string, Json> = { promptTokenCount: prompt.total }
  if (candidates > 0) fields.candidatesTokenCount = candidates
  fields.totalTokenCount = prompt.total + candidates + thoughts
  if (cachedTokens > 0) fields.cachedContentTokenCount = cachedTokens
  if (prompt.total > 0) fields.promptTokensDetails = tokenDetails(prompt)
  if (cachedTokens > 0) fields.cacheTokensDetails = [{ modality: 'TEXT', tokenCount: cachedTokens }]
  if (details && candidates > 0) fields.candidatesTokensDetails = details
  if (thoughts > 0) fields.thoughtsTokenCount = thoughts
  return fields
}

function isPlainText(part: JsonObject): boolean {
  return typeof part.text === 'string' && part.thought === undefined && part.thoughtSignature === undefined
}

function joinTexts(parts: readonly JsonObject[]): JsonObject[] {
  const joined: JsonObject[] = []
  for (const part of parts) {
    const last = joined.at(-1)
    if (part.text === '' && part.thoughtSignature === undefined) continue
    if (last && isPlainText(last) && typeof part.text === 'string' && part.thought === undefined) {
      joined[joined.length - 1] = { ...part, text: asString(last.text) + part.text }
    } else {
      joined.push(part)
    }
  }
  return joined
}
