import type { Answer } from '../answer/answer.ts'
import { type GoogleError, invalidArgument } from '../google-error.ts'
import { hash } from '../hash.ts'
import { asObject, asObjects, asString, type JsonObject } from '../json.ts'
import { jsonReply, type Reply, SSE_HEADERS, utf8 } from '../wire.ts'
import { findModel } from './find-model.ts'
import { type Generation, generate } from './generate.ts'
import { translateChat } from './openai-request.ts'
import type { Call, Route } from './route.ts'

const FILTERED_FINISHES = new Set([
  'SAFETY',
  'RECITATION',
  'BLOCKLIST',
  'PROHIBITED_CONTENT',
  'SPII',
  'IMAGE_SAFETY',
])

function serve({ world, key, version, message }: Call): Reply | GoogleError {
  const modelId = asString(message.model).replace(/^models\//, '')
  if (modelId === '') return invalidArgument('model is not specified')
  const found = findModel(world, modelId, version, 'generateContent')
  if (found.kind === 'error') return found.error
  const translated = translateChat(message, found.model.thinking.kind === 'level')
  if (translated.kind === 'error') return translated.error
  const generation = generate(world, key, found.model, translated.request)
  if ('code' in generation) return generation
  const frame = { created: Math.floor(world.now() / 1_000), id: generation.frame.responseId, model: modelId }
  return message.stream === true
    ? stream(generation, frame, asObject(message.stream_options).include_usage === true)
    : jsonReply({
        choices: choices(generation),
        ...frame,
        object: 'chat.completion',
        usage: usage(generation),
      })
}

function choices({ frame, outcome }: Generation): JsonObject[] {
  if (outcome.kind === 'blocked') {
    return [{ finish_reason: 'content_filter', index: 0, message: { role: 'assistant' } }]
  }
  const parts = outcome.answer.chunks.flatMap((chunk) => chunk.parts ?? [])
  const finish_reason = finishReason(outcome.answer)
  return Array.from({ length: frame.candidateCount }, (_, index) => ({
    finish_reason,
    index,
    message: { ...delta(parts), role: 'assistant' },
  }))
}

/** Chunks of deltas, LF framing and `[DONE]`: the layer's own framing, not that of the native stream. */
function stream({ frame, outcome }: Generation, common: JsonObject, includesUsage: boolean): Reply {
  const chunk = (fields: JsonObject) =>
    utf8(`data: ${JSON.stringify({ ...fields, ...common, object: 'chat.completion.chunk' })}\n\n`)
  const blocked = [{ delta: { role: 'assistant' }, finish_reason: 'content_filter', index: 0 }]
  const answered = (answer: Answer) =>
    answer.chunks.map((piece, index) => ({
      delta: { ...delta(piece.parts ?? []), role: 'assistant' },
      ...(index === answer.chunks.length - 1 && { finish_reason: finishReason(answer) }),
      index: 0,
    }))
  const pieces = outcome.kind === 'blocked' ? blocked : answered(outcome.answer)
  const events = pieces.map((choice) => chunk({ choices: [choice] }))
  if (includesUsage) events.push(chunk({ choices: [], usage: usage({ frame, outcome }) }))
  return {
    framing: 'stream',
    status: 200,
    headers: SSE_HEADERS,
    events: [...events, utf8('data: [DONE]\n\n')],
  }
}

/** Text, and tool calls whole; only the first of parallel calls carries the signature. */
function delta(parts: readonly JsonObject[]): JsonObject {
  const text = parts
    .filter((part) => part.thought !== true)
    .map((part) => asString(part.text))
    .join('')
  const thoughts = parts
    .filter((part) => part.thought === true)
    .map((part) => asString(part.text))
    .join('')
  const calls = asObjects(parts.filter((part) => part.functionCall !== undefined)).map(toolCall)
  const content = (thoughts && `<thought>${thoughts}</thought>`) + text
  return { ...(content && { content }), ...(calls.length > 0 && { tool_calls: calls }) }
}

function toolCall({ functionCall, thoughtSignature }: JsonObject, index: number): JsonObject {
  const { name, args } = asObject(functionCall)
  const text = JSON.stringify(args)
  return {
    ...(thoughtSignature !== undefined && {
      extra_content: { google: { thought_signature: thoughtSignature } },
    }),
    function: { arguments: text, name },
    id: `function-call-${hash(`${asString(name)}${text}${index}`)}`,
    type: 'function',
  }
}

function finishReason(answer: Answer): string {
  const hasCalls = answer.chunks.some((chunk) => chunk.parts?.some((part) => part.functionCall !== undefined))
  if (hasCalls) return 'tool_calls'
  if (answer.finishReason === 'MAX_TOKENS') return 'length'
  return FILTERED_FINISHES.has(answer.finishReason) ? 'content_filter' : 'stop'
}

/** Thinking tokens are in the total, not in the completion. */
function usage({ frame, outcome }: Generation): JsonObject {
  const answer = outcome.kind === 'answer' ? outcome.answer : null
  const completion = answer?.chunks.reduce((sum, chunk) => sum + chunk.tokens, 0) ?? 0
  return {
    completion_tokens: completion,
    prompt_tokens: frame.prompt.total,
    total_tokens: frame.prompt.total + completion + (answer?.thoughtsTokens ?? 0),
  }
}

export const openaiChat: Route = {
  method: 'openai.chat',
  httpMethod: 'POST',
  body: 'json',
  credential: 'bearer',
  isBilled: true,
  errorStyle: () => 'array',
  serve,
}
