/**
 * Finish reasons that explain an empty answer, so that another attempt would be in vain or would route around
 * a refusal. The others (STOP, OTHER, MALFORMED_FUNCTION_CALL, none) with nothing in them are Google's known
 * hiccup, and the next attempt usually succeeds.
 */
const EXPLAINED = new Set([
  'MAX_TOKENS',
  'SAFETY',
  'RECITATION',
  'LANGUAGE',
  'BLOCKLIST',
  'PROHIBITED_CONTENT',
  'SPII',
  'IMAGE_SAFETY',
  'IMAGE_PROHIBITED_CONTENT',
  'IMAGE_RECITATION',
  'TOO_MANY_TOOL_CALLS',
  'MISSING_THOUGHT_SIGNATURE',
])

/**
 * Whether a parsed `GenerateContentResponse` carries something for its reader: text, a thought, a call, data, or
 * a reason why there is none.
 *
 * Anything that is not shaped like a response counts as content: what we do not know is not ours to judge.
 */
export function carriesContent(response: unknown): boolean {
  if (!isObject(response)) return true
  const { candidates, promptFeedback } = response
  if (isObject(promptFeedback) && promptFeedback.blockReason !== undefined) return true
  if (candidates === undefined) return !isEmptyShell(response)
  return !Array.isArray(candidates) || candidates.some(candidateHasContent)
}

/** Google's shell of an answer without its heart: only these fields, and no candidates. */
function isEmptyShell(response: Record<string, unknown>): boolean {
  return Object.keys(response).every((field) => SHELL_FIELDS.has(field))
}

const SHELL_FIELDS = new Set([
  'usageMetadata',
  'modelVersion',
  'responseId',
  'promptFeedback',
  'modelStatus',
  'createTime',
])

function candidateHasContent(candidate: unknown): boolean {
  if (!isObject(candidate)) return false
  const { content, finishReason } = candidate
  if (typeof finishReason === 'string' && EXPLAINED.has(finishReason)) return true
  const parts = isObject(content) ? content.parts : undefined
  return Array.isArray(parts) && parts.some(partHasContent)
}

function partHasContent(part: unknown): boolean {
  if (!isObject(part)) return false
  const { text, ...rest } = part
  if (typeof text === 'string') return text !== ''
  return Object.keys(rest).some((field) => field !== 'thoughtSignature' && field !== 'thought')
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
