import type { Answer } from '../answer/answer.ts'
import { readPrompt } from '../answer/prompt.ts'
import { type ResponseFrame, toBlocked, toEvents, toUnary } from '../answer/to-response.ts'
import { writeAnswer } from '../answer/write-answer.ts'
import { type GoogleError, invalidArgument, permissionDenied } from '../google-error.ts'
import { opaqueId } from '../hash.ts'
import { asObject, asObjects, type JsonObject, oneLineJson } from '../json.ts'
import type { RingKey } from '../key-ring.ts'
import type { Model } from '../models.ts'
import { checkConfig } from '../request/check-config.ts'
import { checkContents, joinTurns } from '../request/check-contents.ts'
import { generateContentRequest } from '../request/messages.ts'
import { checkSignatures } from '../thought-signature.ts'
import { promptTokens } from '../tokens.ts'
import { JSON_HEADERS, jsonReply, type Reply, SSE_HEADERS, utf8 } from '../wire.ts'
import { spendQuota, type World } from '../world.ts'
import { findModel } from './find-model.ts'
import type { Call, Route } from './route.ts'

const RESPONSE_ID_LENGTH = 23

/** An accepted generation: an answer with its frame, or the reason why the prompt was blocked. */
export interface Generation {
  readonly frame: ResponseFrame
  readonly outcome:
    | { readonly kind: 'answer'; readonly answer: Answer }
    | { readonly kind: 'blocked'; readonly reason: string }
}

/** Checks a decoded GenerateContentRequest, counts it against quota and writes its answer. */
export function generate(
  world: World,
  key: RingKey,
  model: Model,
  request: JsonObject,
): Generation | GoogleError {
  const contents = asObjects(request.contents)
  const refusal =
    checkContents(contents) ??
    checkConfig(request, model) ??
    checkSignatures(joinTurns(contents), model, key.project, world.settings.bindSignaturesToProject)
  if (refusal) return refusal
  if (request.cachedContent !== undefined) {
    return permissionDenied('CachedContent not found (or permission denied)')
  }
  const prompt = promptTokens(request)
  if (prompt.total > model.inputTokenLimit) {
    return invalidArgument(
      `The input token count (${prompt.total}) exceeds the maximum number of tokens allowed (${model.inputTokenLimit}).`,
    )
  }
  const overQuota = spendQuota(world, key, model, prompt.total)
  if (overQuota) return overQuota
  const asked = readPrompt(contents)
  const wholePrompt = () => JSON.stringify([request.systemInstruction, request.tools, request.contents])
  const { candidateCount } = asObject(request.generationConfig)
  const frame: ResponseFrame = {
    model,
    prompt,
    cachedTokens: world.cache.take(key.project, model, wholePrompt, prompt.total, world.now()),
    responseId: opaqueId(`${world.seed}\n${model.id}\n${prompt.total}\n${asked.text}`, RESPONSE_ID_LENGTH),
    candidateCount: typeof candidateCount === 'number' ? candidateCount : 1,
  }
  if (asked.block !== null) return { frame, outcome: { kind: 'blocked', reason: asked.block } }
  return { frame, outcome: { kind: 'answer', answer: writeAnswer(request, asked, model, key.project) } }
}

function prepare({ world, key, modelId, version, message }: Call, method: string): Generation | GoogleError {
  const found = findModel(world, modelId ?? '', version, method)
  return found.kind === 'error' ? found.error : generate(world, key, found.model, message)
}

function serveUnary(call: Call): Reply | GoogleError {
  const generation = prepare(call, 'generateContent')
  if ('code' in generation) return generation
  const { frame, outcome } = generation
  const body = outcome.kind === 'blocked' ? toBlocked(outcome.reason, frame) : toUnary(outcome.answer, frame)
  const reply = jsonReply(body)
  const headers = { ...reply.headers, 'x-gemini-service-tier': serviceTier(call.message) }
  return { ...reply, headers, generated: facts(frame, false) }
}

function serveStream(call: Call): Reply | GoogleError {
  const generation = prepare(call, 'streamGenerateContent')
  if ('code' in generation) return generation
  const { frame, outcome } = generation
  const events =
    outcome.kind === 'blocked' ? [toBlocked(outcome.reason, frame)] : toEvents(outcome.answer, frame)
  const isSse = call.query.get('alt') === 'sse'
  return {
    framing: 'stream',
    status: 200,
    headers: isSse ? SSE_HEADERS : JSON_HEADERS,
    events: isSse ? events.map(sseEvent) : arrayPieces(events),
    generated: facts(frame, isSse),
  }
}

function facts(frame: ResponseFrame, isSse: boolean) {
  return { model: frame.model.id, promptTokens: frame.prompt.total, isSse }
}

function serviceTier({ serviceTier }: JsonObject): string {
  return typeof serviceTier === 'string' ? serviceTier.toLowerCase() : 'standard'
}

/** One event: one line of JSON, CRLF CRLF. */
function sseEvent(event: JsonObject): Uint8Array {
  return utf8(`data: ${oneLineJson(event)}\r\n\r\n`)
}

/** The pieces of a JSON array that is streamed as it grows (its exact white space is not confirmed). */
function arrayPieces(events: readonly JsonObject[]): Uint8Array[] {
  return events.map((event, index) => {
    const opening = index === 0 ? '[' : ',\r\n'
    const ending = index === events.length - 1 ? '\n]\n' : ''
    return utf8(`${opening}${JSON.stringify(event, null, 2)}${ending}`)
  })
}

export const generateContent: Route = {
  method: 'generateContent',
  httpMethod: 'POST',
  body: generateContentRequest,
  credential: 'api-key',
  isBilled: true,
  errorStyle: () => 'plain',
  serve: serveUnary,
}

export const streamGenerateContent: Route = {
  ...generateContent,
  method: 'streamGenerateContent',
  errorStyle: (query) => (query.get('alt') === 'sse' ? 'sse' : 'array'),
  serve: serveStream,
}
