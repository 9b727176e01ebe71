import { hash } from '../hash.ts'
import { asList, asObject, asObjects, asString, type Json, type JsonObject } from '../json.ts'
import type { Model } from '../models.ts'
import { signThought } from '../thought-signature.ts'
import { cutToTokens, textTokens } from '../tokens.ts'
import type { Answer, AnswerChunk } from './answer.ts'
import { groundingFor, urlContextFor } from './grounding.ts'
import { audioAnswer, imageAnswer } from './media.ts'
import { minimalInstance } from './minimal-instance.ts'
import { declaredFunctions, forcedFunction, type Prompt, type PromptedCall } from './prompt.ts'
import { thinkingTokens } from './thinking.ts'

const DEFAULT_CHUNKS = 3
const SIGNED_GENERATION = 3

/** Finish reasons that come with no content at all. */
const CONTENTLESS_FINISHES = new Set([
  'SAFETY',
  'PROHIBITED_CONTENT',
  'BLOCKLIST',
  'SPII',
  'OTHER',
  'MALFORMED_FUNCTION_CALL',
  'UNEXPECTED_TOOL_CALL',
  'TOO_MANY_TOOL_CALLS',
  'MISSING_THOUGHT_SIGNATURE',
  'MALFORMED_RESPONSE',
  'IMAGE_SAFETY',
  'IMAGE_PROHIBITED_CONTENT',
  'IMAGE_RECITATION',
  'IMAGE_OTHER',
  'NO_IMAGE',
])

const FINISH_MESSAGES: Readonly<Record<string, string>> = {
  OTHER: 'Model failed to generate content due to internal error.',
  MALFORMED_FUNCTION_CALL: 'Malformed function call: print(default_api.',
  NO_IMAGE: 'Unable to show the generated image.',
}

/** Decides what the model answers; the same request gets the same answer. */
export function writeAnswer(request: JsonObject, prompt: Prompt, model: Model, project: string): Answer {
  const { finish } = prompt
  const config = asObject(request.generationConfig)
  const thoughtsTokens = thinkingTokens(model, asObject(config.thinkingConfig), config.maxOutputTokens)
  if (finish !== null && CONTENTLESS_FINISHES.has(finish)) {
    const finishMessage = FINISH_MESSAGES[finish]
    return { chunks: [], finishReason: finish, thoughtsTokens, ...(finishMessage && { finishMessage }) }
  }
  if (model.answers === 'image') return imageAnswer(prompt.text, asList(config.responseModalities))
  if (model.answers === 'audio') return audioAnswer(prompt.text)
  const thoughts = thoughtChunks(prompt, config, thoughtsTokens)
  const calls = callsToMake(request, prompt)
  if (calls.length > 0) return callAnswer(calls, thoughts, thoughtsTokens, model, project)
  return textAnswer(request, prompt, thoughts, thoughtsTokens, model, project)
}

function thoughtChunks(prompt: Prompt, config: JsonObject, thoughtsTokens: number): AnswerChunk[] {
  if (thoughtsTokens === 0 || asObject(config.thinkingConfig).includeThoughts !== true) return []
  const text = `**Reading the request**\n\nI consider ${JSON.stringify(prompt.text.slice(0, 80))} and how to answer it.\n\n`
  return [{ parts: [{ text, thought: true }], tokens: 0 }]
}

function callsToMake(request: JsonObject, prompt: Prompt): readonly PromptedCall[] {
  const declared = declaredFunctions(request)
  if (declared.size === 0) return []
  const { mode } = asObject(asObject(request.toolConfig).functionCallingConfig)
  if (mode === 'NONE') return []
  const isKnown = (call: PromptedCall) => declared.has(call.name)
  if (prompt.stepsDone > 0)
    return prompt.laterCalls.slice(prompt.stepsDone - 1, prompt.stepsDone).filter(isKnown)
  const asked = prompt.calls.filter(isKnown)
  const forced = forcedFunction(request, declared)
  if (asked.length > 0 || forced === null) return asked
  const schema = declared.get(forced) ?? {}
  return [{ name: forced, args: asObject(minimalInstance({ type: 'object', ...schema })) }]
}

/** Gemini 3 and later sign the first call and end with an empty text; older models end with the call itself. */
function callAnswer(
  calls: readonly PromptedCall[],
  thoughts: readonly AnswerChunk[],
  thoughtsTokens: number,
  model: Model,
  project: string,
): Answer {
  const isSigned = model.generation >= SIGNED_GENERATION || thoughtsTokens > 0
  const parts = calls.map(({ name, args }, index): JsonObject => {
    const functionCall = { name, args }
    const isFirst = index === 0
    const salt = String(hash(JSON.stringify(functionCall)))
    return {
      functionCall,
      ...(isSigned && isFirst && { thoughtSignature: signThought(model, project, salt) }),
    }
  })
  const tokens = textTokens(JSON.stringify(calls))
  const ending = model.generation >= SIGNED_GENERATION ? [{ parts: [{ text: '' }], tokens: 0 }] : []
  return { chunks: [...thoughts, { parts, tokens }, ...ending], finishReason: 'STOP', thoughtsTokens }
}

function textAnswer(
  request: JsonObject,
  prompt: Prompt,
  thoughts: readonly AnswerChunk[],
  thoughtsTokens: number,
  model: Model,
  project: string,
): Answer {
  const config = asObject(request.generationConfig)
  const full = cutAtStop(answerText(prompt, config), asList(config.stopSequences))
  const { maxOutputTokens } = config
  const room =
    (typeof maxOutputTokens === 'number' ? maxOutputTokens : model.outputTokenLimit) - thoughtsTokens
  const isCut = textTokens(full) > room
  const text = isCut ? cutToTokens(full, Math.max(0, room)) : full
  const tools = asObjects(request.tools)
  const code = tools.some((tool) => tool.codeExecution !== undefined) ? codeChunks(prompt) : []
  const chunks = [...thoughts, ...code, ...textChunks(text, prompt.chunks ?? DEFAULT_CHUNKS)]
  if (model.generation >= SIGNED_GENERATION && thoughtsTokens > 0 && !isCut) {
    const thoughtSignature = signThought(model, project, String(hash(text)))
    chunks.push({ parts: [{ text: '', thoughtSignature }], tokens: 0 })
  }
  // Thinking ate the whole budget: the candidate has a content, but no parts.
  if (chunks.length === 0) chunks.push({ parts: null, tokens: 0 })
  const metadata = {
    ...(tools.some((tool) => tool.googleSearch ?? tool.googleSearchRetrieval) &&
      groundingFor(prompt.text, text)),
    ...(tools.some((tool) => tool.urlContext) && urlContextFor(prompt.text)),
  }
  return {
    chunks,
    finishReason: prompt.finish ?? (isCut ? 'MAX_TOKENS' : 'STOP'),
    thoughtsTokens,
    ...(Object.keys(metadata).length > 0 && { metadata }),
  }
}

function answerText(prompt: Prompt, config: JsonObject): string {
  if (prompt.say !== null) return prompt.say
  if (asString(config.responseMimeType) === 'application/json') {
    const schema = config.responseJsonSchema ?? config._responseJsonSchema ?? config.responseSchema
    const instance: Json =
      schema === undefined ? { answer: `You said: ${prompt.text}` } : minimalInstance(asObject(schema))
    return JSON.stringify(instance)
  }
  if (prompt.results.length > 0) {
    return prompt.results
      .map(({ name, response }) => `The tool ${asString(name)} answered ${JSON.stringify(response ?? {})}.`)
      .join(' ')
  }
  if (prompt.words !== null)
    return Array.from({ length: prompt.words }, (_, index) => `word${index + 1}`).join(' ')
  return `You said: ${prompt.text}`
}

function cutAtStop(text: string, stops: readonly Json[]): string {
  const places = stops.map((stop) => text.indexOf(asString(stop))).filter((place) => place >= 0)
  return places.length === 0 ? text : text.slice(0, Math.min(...places))
}

/** Pieces of nearly equal length that never split a surrogate pair; none for an empty text. */
function textChunks(text: string, wanted: number): AnswerChunk[] {
  const size = Math.max(1, Math.ceil(text.length / Math.max(1, wanted)))
  const chunks: AnswerChunk[] = []
  for (let start = 0; start < text.length; ) {
    let end = Math.min(text.length, start + size)
    if (end < text.length && isHighSurrogate(text.charCodeAt(end - 1))) end++
    const piece = text.slice(start, end)
    chunks.push({
      parts: [{ text: piece }],
      tokens: textTokens(text.slice(0, end)) - textTokens(text.slice(0, start)),
    })
    start = end
  }
  return chunks
}

function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff
}

function codeChunks(prompt: Prompt): AnswerChunk[] {
  const code = `print(${JSON.stringify(prompt.text.slice(0, 40))})`
  return [
    { parts: [{ executableCode: { language: 'PYTHON', code } }], tokens: textTokens(code) },
    {
      parts: [{ codeExecutionResult: { outcome: 'OUTCOME_OK', output: `${prompt.text.slice(0, 40)}\n` } }],
      tokens: 0,
    },
  ]
}
