import { enumType, list, type MessageType, map, message, messageType } from './message-type.ts'

/**
 * The request messages of the Gemini API.
 *
 * Fields that only Vertex has are absent on purpose: Google refuses them here.
 *
 * @source googleapis/js-genai 2.18 types.ts and converters (the `ToMldev` functions)
 */
const blob = messageType('Blob', { mimeType: 'string', data: 'bytes', displayName: 'string' })
const empty = (name: string): MessageType => messageType(name, {})

const functionCall = messageType('FunctionCall', { id: 'string', name: 'string', args: 'struct' })

const functionResponse = messageType('FunctionResponse', {
  id: 'string',
  name: 'string',
  response: 'struct',
  parts: list(message(() => messageType('FunctionResponsePart', { inlineData: message(() => blob) }))),
  willContinue: 'bool',
  scheduling: enumType('FunctionResponse.Scheduling', [
    'SCHEDULING_UNSPECIFIED',
    'SILENT',
    'WHEN_IDLE',
    'INTERRUPT',
  ]),
})

const mediaResolutions = [
  'MEDIA_RESOLUTION_UNSPECIFIED',
  'MEDIA_RESOLUTION_LOW',
  'MEDIA_RESOLUTION_MEDIUM',
  'MEDIA_RESOLUTION_HIGH',
  'MEDIA_RESOLUTION_ULTRA_HIGH',
]
const partMediaResolution = messageType('MediaResolution', {
  level: enumType('MediaResolution.Level', mediaResolutions),
})
const fileData = messageType('FileData', { mimeType: 'string', fileUri: 'string' })
const executableCode = messageType('ExecutableCode', {
  id: 'string',
  language: enumType('ExecutableCode.Language', ['LANGUAGE_UNSPECIFIED', 'PYTHON']),
  code: 'string',
})
const codeExecutionResult = messageType('CodeExecutionResult', {
  id: 'string',
  outcome: enumType('CodeExecutionResult.Outcome', [
    'OUTCOME_UNSPECIFIED',
    'OUTCOME_OK',
    'OUTCOME_FAILED',
    'OUTCOME_DEADLINE_EXCEEDED',
  ]),
  output: 'string',
})
const toolCall = messageType('ToolCall', { id: 'string', toolType: 'string', args: 'struct' })
const toolResponse = messageType('ToolResponse', { id: 'string', toolType: 'string', response: 'struct' })
const videoMetadata = messageType('VideoMetadata', {
  startOffset: 'string',
  endOffset: 'string',
  fps: 'double',
})

/** The fields of a part of which exactly one must be set. */
export const partData = [
  'text',
  'inlineData',
  'functionCall',
  'functionResponse',
  'fileData',
  'executableCode',
  'codeExecutionResult',
  'toolCall',
  'toolResponse',
] as const

const part = messageType(
  'Part',
  {
    text: 'string',
    inlineData: message(() => blob),
    functionCall: message(() => functionCall),
    functionResponse: message(() => functionResponse),
    fileData: message(() => fileData),
    executableCode: message(() => executableCode),
    codeExecutionResult: message(() => codeExecutionResult),
    toolCall: message(() => toolCall),
    toolResponse: message(() => toolResponse),
    thought: 'bool',
    thoughtSignature: 'bytes',
    partMetadata: 'struct',
    videoMetadata: message(() => videoMetadata),
    mediaResolution: message(() => partMediaResolution),
  },
  partData,
)

const content = messageType('Content', { parts: list(message(() => part)), role: 'string' })

const schema: MessageType = messageType('Schema', {
  type: enumType('Type', [
    'TYPE_UNSPECIFIED',
    'STRING',
    'NUMBER',
    'INTEGER',
    'BOOLEAN',
    'ARRAY',
    'OBJECT',
    'NULL',
  ]),
  format: 'string',
  title: 'string',
  description: 'string',
  nullable: 'bool',
  enum: list('string'),
  items: message(() => schema),
  maxItems: 'int64',
  minItems: 'int64',
  properties: map(message(() => schema)),
  required: list('string'),
  minProperties: 'int64',
  maxProperties: 'int64',
  minLength: 'int64',
  maxLength: 'int64',
  pattern: 'string',
  example: 'value',
  anyOf: list(message(() => schema)),
  propertyOrdering: list('string'),
  default: 'value',
  minimum: 'double',
  maximum: 'double',
})

const functionDeclaration = messageType('FunctionDeclaration', {
  name: 'string',
  description: 'string',
  parameters: message(() => schema),
  parametersJsonSchema: 'value',
  response: message(() => schema),
  responseJsonSchema: 'value',
  behavior: enumType('FunctionDeclaration.Behavior', ['UNSPECIFIED', 'BLOCKING', 'NON_BLOCKING']),
})

const interval = messageType('Interval', { startTime: 'string', endTime: 'string' })
const dynamicRetrieval = messageType('DynamicRetrievalConfig', {
  mode: enumType('DynamicRetrievalConfig.Mode', ['MODE_UNSPECIFIED', 'MODE_DYNAMIC']),
  dynamicThreshold: 'float',
})
const tool = messageType('Tool', {
  functionDeclarations: list(message(() => functionDeclaration)),
  googleSearch: message(() =>
    messageType('GoogleSearch', { timeRangeFilter: message(() => interval), searchTypes: 'struct' }),
  ),
  googleSearchRetrieval: message(() =>
    messageType('GoogleSearchRetrieval', { dynamicRetrievalConfig: message(() => dynamicRetrieval) }),
  ),
  codeExecution: message(() => empty('CodeExecution')),
  urlContext: message(() => empty('UrlContext')),
  computerUse: message(() =>
    messageType('ComputerUse', {
      environment: enumType('ComputerUse.Environment', ['ENVIRONMENT_UNSPECIFIED', 'ENVIRONMENT_BROWSER']),
      excludedPredefinedFunctions: list('string'),
    }),
  ),
  fileSearch: message(() =>
    messageType('FileSearch', {
      fileSearchStoreNames: list('string'),
      metadataFilter: 'string',
      topK: 'int32',
    }),
  ),
  googleMaps: message(() => messageType('GoogleMaps', { enableWidget: 'bool' })),
  mcpServers: list(
    message(() =>
      messageType('McpServer', {
        name: 'string',
        streamableHttpTransport: 'struct',
      }),
    ),
  ),
})

const functionCallingConfig = messageType('FunctionCallingConfig', {
  mode: enumType('FunctionCallingConfig.Mode', ['MODE_UNSPECIFIED', 'AUTO', 'ANY', 'NONE', 'VALIDATED']),
  allowedFunctionNames: list('string'),
})
const latLng = messageType('LatLng', { latitude: 'double', longitude: 'double' })
const retrievalConfig = messageType('RetrievalConfig', {
  latLng: message(() => latLng),
  languageCode: 'string',
})
const toolConfig = messageType('ToolConfig', {
  functionCallingConfig: message(() => functionCallingConfig),
  retrievalConfig: message(() => retrievalConfig),
  includeServerSideToolInvocations: 'bool',
})

const safetySetting = messageType('SafetySetting', {
  category: enumType('HarmCategory', [
    'HARM_CATEGORY_UNSPECIFIED',
    'HARM_CATEGORY_HARASSMENT',
    'HARM_CATEGORY_HATE_SPEECH',
    'HARM_CATEGORY_SEXUALLY_EXPLICIT',
    'HARM_CATEGORY_DANGEROUS_CONTENT',
    'HARM_CATEGORY_CIVIC_INTEGRITY',
  ]),
  threshold: enumType('SafetySetting.HarmBlockThreshold', [
    'HARM_BLOCK_THRESHOLD_UNSPECIFIED',
    'BLOCK_LOW_AND_ABOVE',
    'BLOCK_MEDIUM_AND_ABOVE',
    'BLOCK_ONLY_HIGH',
    'BLOCK_NONE',
    'OFF',
  ]),
})

const voiceConfig = messageType('VoiceConfig', {
  prebuiltVoiceConfig: message(() => messageType('PrebuiltVoiceConfig', { voiceName: 'string' })),
})
const speakerVoiceConfig = messageType('SpeakerVoiceConfig', {
  speaker: 'string',
  voiceConfig: message(() => voiceConfig),
})
const speechConfig = messageType('SpeechConfig', {
  voiceConfig: message(() => voiceConfig),
  multiSpeakerVoiceConfig: message(() =>
    messageType('MultiSpeakerVoiceConfig', { speakerVoiceConfigs: list(message(() => speakerVoiceConfig)) }),
  ),
  languageCode: 'string',
})
const thinkingConfig = messageType('ThinkingConfig', {
  includeThoughts: 'bool',
  thinkingBudget: 'int32',
  thinkingLevel: enumType('ThinkingConfig.ThinkingLevel', [
    'THINKING_LEVEL_UNSPECIFIED',
    'MINIMAL',
    'LOW',
    'MEDIUM',
    'HIGH',
  ]),
})
const imageConfig = messageType('ImageConfig', { aspectRatio: 'string', imageSize: 'string' })

const generationConfig = messageType('GenerationConfig', {
  candidateCount: 'int32',
  stopSequences: list('string'),
  maxOutputTokens: 'int32',
  temperature: 'float',
  topP: 'float',
  topK: 'int32',
  seed: 'int32',
  responseMimeType: 'string',
  responseSchema: message(() => schema),
  responseJsonSchema: 'value',
  _responseJsonSchema: 'value',
  presencePenalty: 'float',
  frequencyPenalty: 'float',
  responseLogprobs: 'bool',
  logprobs: 'int32',
  enableEnhancedCivicAnswers: 'bool',
  responseModalities: list(
    enumType('GenerationConfig.Modality', ['MODALITY_UNSPECIFIED', 'TEXT', 'IMAGE', 'AUDIO', 'VIDEO']),
  ),
  speechConfig: message(() => speechConfig),
  thinkingConfig: message(() => thinkingConfig),
  imageConfig: message(() => imageConfig),
  mediaResolution: enumType('GenerationConfig.MediaResolution', mediaResolutions.slice(0, 4)),
})

export const generateContentRequest = messageType('GenerateContentRequest', {
  model: 'string',
  systemInstruction: message(() => content),
  contents: list(message(() => content)),
  tools: list(message(() => tool)),
  toolConfig: message(() => toolConfig),
  safetySettings: list(message(() => safetySetting)),
  generationConfig: message(() => generationConfig),
  cachedContent: 'string',
  serviceTier: enumType('ServiceTier', [
    'SERVICE_TIER_UNSPECIFIED',
    'STANDARD',
    'FLEX',
    'PRIORITY',
    'UNSPECIFIED',
  ]),
})

export const countTokensRequest = messageType('CountTokensRequest', {
  model: 'string',
  contents: list(message(() => content)),
  generateContentRequest: message(() => generateContentRequest),
})

export const embedContentRequest = messageType('EmbedContentRequest', {
  model: 'string',
  content: message(() => content),
  taskType: enumType('TaskType', [
    'TASK_TYPE_UNSPECIFIED',
    'RETRIEVAL_QUERY',
    'RETRIEVAL_DOCUMENT',
    'SEMANTIC_SIMILARITY',
    'CLASSIFICATION',
    'CLUSTERING',
    'QUESTION_ANSWERING',
    'FACT_VERIFICATION',
    'CODE_RETRIEVAL_QUERY',
  ]),
  title: 'string',
  outputDimensionality: 'int32',
})

export const batchEmbedContentsRequest = messageType('BatchEmbedContentsRequest', {
  model: 'string',
  requests: list(message(() => embedContentRequest)),
})
