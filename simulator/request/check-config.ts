import { type GoogleError, invalidArgument } from '../google-error.ts'
import { asList, asObject, asObjects, asString, type JsonObject } from '../json.ts'
import type { Model } from '../models.ts'

const MAX_CANDIDATES = 8
const MAX_STOP_SEQUENCES = 5
const MAX_TEMPERATURE = 2
const FIRST_TOOL_MIXING_GENERATION = 3
const FUNCTION_NAME = /^[A-Za-z_][\w.:-]{0,127}$/
const JSON_MIME_TYPE = 'application/json'
const MIME_TYPES = new Set(['', 'text/plain', JSON_MIME_TYPE, 'text/x.enum'])
const CONFIG = '* GenerateContentRequest.generation_config'

/** Refuses a generationConfig, tools or both together that this model does not take. */
export function checkConfig(request: JsonObject, model: Model): GoogleError | null {
  const config = asObject(request.generationConfig)
  return (
    checkNumbers(config) ??
    checkThinking(asObject(config.thinkingConfig), model) ??
    checkModalities(config, model) ??
    checkTools(request, config, model)
  )
}

function checkNumbers(config: JsonObject): GoogleError | null {
  const { temperature, topP, candidateCount, maxOutputTokens } = config
  if (typeof temperature === 'number' && (temperature < 0 || temperature > MAX_TEMPERATURE)) {
    return invalidArgument(`${CONFIG}.temperature: temperature must be in the range [0.0, 2.0].\n`)
  }
  if (typeof topP === 'number' && (topP < 0 || topP > 1)) {
    return invalidArgument(`${CONFIG}.top_p: top_p must be in the range [0.0, 1.0].\n`)
  }
  if (typeof candidateCount === 'number' && (candidateCount < 1 || candidateCount > MAX_CANDIDATES)) {
    return invalidArgument(`${CONFIG}.candidate_count: candidate_count must be in the range [1, 8].\n`)
  }
  if (typeof maxOutputTokens === 'number' && maxOutputTokens < 1) {
    return invalidArgument('max_output_tokens must be positive.')
  }
  if (asList(config.stopSequences).length > MAX_STOP_SEQUENCES) {
    return invalidArgument(
      `${CONFIG}.stop_sequences: at most ${MAX_STOP_SEQUENCES} stop sequences are allowed.\n`,
    )
  }
  const mimeType = asString(config.responseMimeType)
  if (!MIME_TYPES.has(mimeType)) {
    return invalidArgument(
      `${CONFIG}.response_mime_type: allowed mimetypes are \`text/plain\`, \`application/json\`, \`application/xml\`, \`application/yaml\` and \`text/x.enum\`.\n`,
    )
  }
  const hasSchema = config.responseSchema !== undefined || config.responseJsonSchema !== undefined
  if (hasSchema && mimeType !== JSON_MIME_TYPE && mimeType !== 'text/x.enum') {
    return invalidArgument(
      `${CONFIG}.response_schema: only allowed when response_mime_type is \`application/json\`, \`application/xml\`, \`application/yaml\` or \`text/x.enum\`.\n`,
    )
  }
  return null
}

function checkThinking({ thinkingBudget, thinkingLevel }: JsonObject, model: Model): GoogleError | null {
  if (thinkingBudget !== undefined && thinkingLevel !== undefined) {
    return invalidArgument('You can only set only one of thinking budget and thinking level.')
  }
  const { thinking } = model
  if (thinkingLevel !== undefined) {
    if (thinking.kind !== 'level') return invalidArgument('Thinking level is not supported for this model.')
    const isKnown = thinking.levels.some((level) => level.toUpperCase() === thinkingLevel)
    if (!isKnown && thinkingLevel !== 'THINKING_LEVEL_UNSPECIFIED') {
      return invalidArgument(
        `Thinking level ${asString(thinkingLevel)} is not supported for this model. Please retry with other thinking level.`,
      )
    }
  }
  if (typeof thinkingBudget !== 'number' || thinkingBudget === -1 || thinking.kind === 'none') return null
  if (thinkingBudget === 0) {
    const canBeOff = thinking.kind === 'budget' ? thinking.canBeOff : thinking.levels.includes('minimal')
    return canBeOff ? null : invalidArgument('Budget 0 is invalid. This model only works in thinking mode.')
  }
  const { min, max } = thinking.kind === 'budget' ? thinking : { min: 1, max: 32_768 }
  return thinkingBudget < min || thinkingBudget > max
    ? invalidArgument(
        `The thinking budget ${thinkingBudget} is invalid. Please choose a value between ${min} and ${max}.`,
      )
    : null
}

function checkModalities(config: JsonObject, model: Model): GoogleError | null {
  const modalities = asList(config.responseModalities)
  if (model.answers === 'audio') {
    const wantsAudio = modalities.length === 1 && modalities[0] === 'AUDIO'
    return wantsAudio
      ? null
      : invalidArgument(
          `The requested combination of response modalities (${modalities.length === 0 ? 'TEXT' : modalities.join(', ')}) is not supported by the model. models/${model.id} accepts the following combination of response modalities:\n* AUDIO\n`,
        )
  }
  const answered = model.answers === 'image' ? ['TEXT', 'IMAGE'] : ['TEXT']
  const foreign = modalities.filter((modality) => !answered.includes(asString(modality)))
  return foreign.length === 0
    ? null
    : invalidArgument(
        `Model does not support the requested response modalities: ${modalities.join(',').toLowerCase()}`,
      )
}

function checkTools(request: JsonObject, config: JsonObject, model: Model): GoogleError | null {
  const tools = asObjects(request.tools)
  const declarations = tools.flatMap((tool) => asObjects(tool.functionDeclarations))
  const isJsonMode = asString(config.responseMimeType) === JSON_MIME_TYPE
  if (model.answers === 'image' || model.answers === 'audio') {
    if (declarations.length > 0)
      return invalidArgument(`Function calling is not enabled for models/${model.id}`)
    if (isJsonMode) return invalidArgument(`JSON mode is not enabled for models/${model.id}`)
  }
  if (declarations.length === 0) return null
  const names = new Set<string>()
  for (const [index, { name: given, parameters, parametersJsonSchema }] of declarations.entries()) {
    const at = `* GenerateContentRequest.tools[0].function_declarations[${index}]`
    const name = asString(given)
    if (!FUNCTION_NAME.test(name)) {
      return invalidArgument(
        `${at}.name: Invalid function name. Must start with a letter or an underscore. Must be alphanumeric (a-z, A-Z, 0-9), underscores (_), dots (.), colons (:), or dashes (-), with a maximum length of 128.\n`,
      )
    }
    if (names.has(name)) return invalidArgument(`Duplicate function declaration found: ${name}`)
    if (parameters !== undefined && parametersJsonSchema !== undefined) {
      return invalidArgument(`${at}: only one of parameters and parameters_json_schema may be set.\n`)
    }
    names.add(name)
  }
  return checkFunctionMixing(request, tools, names, isJsonMode, model)
}

function checkFunctionMixing(
  request: JsonObject,
  tools: readonly JsonObject[],
  names: ReadonlySet<string>,
  isJsonMode: boolean,
  model: Model,
): GoogleError | null {
  const toolConfig = asObject(request.toolConfig)
  const { mode, allowedFunctionNames } = asObject(toolConfig.functionCallingConfig)
  const allowed = asList(allowedFunctionNames)
  if (allowed.length > 0 && mode !== 'ANY' && mode !== 'VALIDATED') {
    return invalidArgument('Function calling config is set without function_calling_config.mode being ANY.')
  }
  const unknown = allowed.find((name) => !names.has(asString(name)))
  if (unknown !== undefined) {
    return invalidArgument(
      `allowed_function_names contains a function that is not declared: ${asString(unknown)}`,
    )
  }
  const isOld = model.generation < FIRST_TOOL_MIXING_GENERATION
  if (isJsonMode && isOld) {
    return invalidArgument("Function calling with a response mime type: 'application/json' is unsupported")
  }
  const usesBuiltIn = tools.some((tool) => Object.keys(tool).some((name) => name !== 'functionDeclarations'))
  if (usesBuiltIn && isOld) return invalidArgument('Tool use with function calling is unsupported')
  if (usesBuiltIn && toolConfig.includeServerSideToolInvocations !== true) {
    return invalidArgument(
      'Please enable tool_config.include_server_side_tool_invocations to use Built-in tools with Function calling.',
    )
  }
  return null
}
