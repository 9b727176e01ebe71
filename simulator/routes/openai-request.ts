import { badRequest, type GoogleError, invalidArgument } from '../google-error.ts'
import { asObject, asObjects, asString, isJsonObject, type Json, type JsonObject } from '../json.ts'

const KNOWN_FIELDS = new Set([
  ...[
    'model',
    'messages',
    'stream',
    'stream_options',
    'temperature',
    'top_p',
    'max_tokens',
    'max_completion_tokens',
  ],
  ...[
    'stop',
    'n',
    'tools',
    'tool_choice',
    'parallel_tool_calls',
    'response_format',
    'reasoning_effort',
    'seed',
  ],
  ...[
    'presence_penalty',
    'frequency_penalty',
    'logprobs',
    'top_logprobs',
    'user',
    'service_tier',
    'extra_body',
  ],
  ...['modalities', 'audio', 'metadata', 'store', 'safety_settings'],
])

/** `reasoning_effort` for models that think by budget. */
const EFFORT_BUDGETS: Readonly<Record<string, number>> = {
  none: 0,
  minimal: 1_024,
  low: 1_024,
  medium: 8_192,
  high: 24_576,
}

export type Translated =
  | { readonly kind: 'request'; readonly request: JsonObject }
  | { readonly kind: 'error'; readonly error: GoogleError }

/** A chat completion as the GenerateContentRequest that Google's layer makes of it. */
export function translateChat(body: JsonObject, thinksByLevel: boolean): Translated {
  const unknown = Object.keys(body).filter((name) => !KNOWN_FIELDS.has(name))
  if (unknown.length > 0) {
    const violations = unknown.map((name) => ({
      field: '',
      description: `Invalid JSON payload received. Unknown name "${name}": Cannot find field.`,
    }))
    return { kind: 'error', error: badRequest(violations) }
  }
  const messages = asObjects(body.messages)
  const isSystem = ({ role }: JsonObject) => role === 'system' || role === 'developer'
  const strange = messages.find(
    ({ role }) => !['system', 'developer', 'user', 'assistant', 'tool'].includes(asString(role)),
  )
  if (strange) return { kind: 'error', error: invalidArgument('Please use a valid role: user, model.') }
  const system = messages.filter(isSystem).flatMap(({ content }) => contentParts(content))
  return {
    kind: 'request',
    request: {
      contents: mergeTurns(
        messages.filter((message) => !isSystem(message)),
        functionNames(messages),
      ),
      ...(system.length > 0 && { systemInstruction: { parts: system } }),
      ...(body.tools !== undefined && { tools: [{ functionDeclarations: declarations(body.tools) }] }),
      ...(body.tool_choice !== undefined && {
        toolConfig: { functionCallingConfig: calling(body.tool_choice) },
      }),
      generationConfig: config(body, thinksByLevel),
    },
  }
}

function contentParts(content: Json | undefined): JsonObject[] {
  if (typeof content === 'string') return content === '' ? [] : [{ text: content }]
  return asObjects(content).map((part) => {
    const url = asString(asObject(part.image_url).url)
    const [, mimeType, data] = /^data:([^;,]+);base64,(.*)$/s.exec(url) ?? []
    if (mimeType !== undefined) return { inlineData: { mimeType, data } }
    return url ? { fileData: { fileUri: url } } : { text: asString(part.text) }
  })
}

function functionNames(messages: readonly JsonObject[]): ReadonlyMap<string, string> {
  const calls = messages.flatMap((message) => asObjects(message.tool_calls))
  return new Map(calls.map(({ id, function: called }) => [asString(id), asString(asObject(called).name)]))
}

/** Neighbouring messages of one role become one content: Google's turns alternate. */
function mergeTurns(messages: readonly JsonObject[], names: ReadonlyMap<string, string>): JsonObject[] {
  const turns: { role: string; parts: JsonObject[]; isTool: boolean }[] = []
  for (const message of messages) {
    const role = message.role === 'assistant' ? 'model' : 'user'
    const isTool = message.role === 'tool'
    const last = turns.at(-1)
    const parts = isTool
      ? [toolResult(message, names)]
      : [...contentParts(message.content), ...toolCalls(message)]
    if (last?.role === role && last.isTool === isTool) last.parts.push(...parts)
    else turns.push({ role, parts, isTool })
  }
  return turns.map(({ role, parts }) => ({ role, parts }))
}

function toolCalls(message: JsonObject): JsonObject[] {
  return asObjects(message.tool_calls).map((call) => {
    const { name, arguments: args } = asObject(call.function)
    const signature = asObject(asObject(call.extra_content).google).thought_signature
    return {
      functionCall: { name, args: parseObject(asString(args)) },
      ...(signature !== undefined && { thoughtSignature: signature }),
    }
  })
}

function toolResult(message: JsonObject, names: ReadonlyMap<string, string>): JsonObject {
  const text = asString(message.content)
  const parsed = parseObject(text)
  const response = Object.keys(parsed).length > 0 ? parsed : { result: text }
  return {
    functionResponse: { name: names.get(asString(message.tool_call_id)) ?? asString(message.name), response },
  }
}

function parseObject(text: string): JsonObject {
  try {
    const value: unknown = JSON.parse(text)
    return isJsonObject(value) ? value : {}
  } catch {
    // Plain text is a legal tool result; the caller wraps it.
    return {}
  }
}

function declarations(tools: Json): JsonObject[] {
  return asObjects(tools).map((tool) => {
    const { name, description, parameters } = asObject(tool.function)
    return {
      name,
      ...(description !== undefined && { description }),
      ...(parameters !== undefined && { parametersJsonSchema: parameters }),
    }
  })
}

function calling(choice: Json): JsonObject {
  if (isJsonObject(choice))
    return { mode: 'ANY', allowedFunctionNames: [asString(asObject(choice.function).name)] }
  return { mode: choice === 'required' ? 'ANY' : choice === 'none' ? 'NONE' : 'AUTO' }
}

function config(body: JsonObject, thinksByLevel: boolean): JsonObject {
  const format = asObject(body.response_format)
  const schema = asObject(format.json_schema).schema
  const isJson = format.type === 'json_object' || format.type === 'json_schema'
  const effort = asString(body.reasoning_effort)
  const thinking = thinksByLevel
    ? { thinkingLevel: effort.toUpperCase() }
    : { thinkingBudget: EFFORT_BUDGETS[effort] ?? -1 }
  const google = asObject(asObject(asObject(body.extra_body).google).thinking_config)
  const thinkingConfig = {
    ...(effort && thinking),
    ...(google.include_thoughts === true && { includeThoughts: true }),
  }
  const fields: JsonObject = {
    maxOutputTokens: body.max_completion_tokens ?? body.max_tokens,
    temperature: body.temperature,
    topP: body.top_p,
    candidateCount: body.n,
    stopSequences: typeof body.stop === 'string' ? [body.stop] : body.stop,
    ...(isJson && { responseMimeType: 'application/json' }),
    ...(schema !== undefined && { responseJsonSchema: schema }),
    ...(Object.keys(thinkingConfig).length > 0 && { thinkingConfig }),
  }
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== undefined && value !== null),
  )
}
