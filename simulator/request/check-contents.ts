import { type GoogleError, invalidArgument } from '../google-error.ts'
import { asObject, asObjects, asString, type JsonObject } from '../json.ts'
import { partData } from './messages.ts'

const ROLES = new Set(['', 'user', 'model', 'function'])
const MESSAGE = 'GenerateContentRequest'

/** Refuses contents that no model would take: none at all, strange roles, empty parts, unpaired function calls. */
export function checkContents(contents: readonly JsonObject[]): GoogleError | null {
  if (contents.length === 0) return invalidArgument(`* ${MESSAGE}.contents: contents is not specified\n`)
  if (contents.some(({ role }) => !ROLES.has(asString(role)))) {
    return invalidArgument('Please use a valid role: user, model.')
  }
  return checkParts(contents) ?? checkPairing(joinTurns(contents))
}

function checkParts(contents: readonly JsonObject[]): GoogleError | null {
  const faults: string[] = []
  for (const [index, content] of contents.entries()) {
    const at = `${MESSAGE}.contents[${index}].parts`
    const parts = asObjects(content.parts)
    if (parts.length === 0) faults.push(`* ${at}: contents.parts must not be empty.\n`)
    for (const [place, part] of parts.entries()) {
      if (partData.every((name) => part[name] === undefined)) {
        faults.push(`* ${at}[${place}].data: required oneof field 'data' must have one initialized field\n`)
      }
      const { functionCall, functionResponse } = part
      for (const [field, value] of Object.entries({
        function_call: functionCall,
        function_response: functionResponse,
      })) {
        if (value !== undefined && asString(asObject(value).name) === '') {
          faults.push(`* ${at}[${place}].${field}.name: Name cannot be empty.\n`)
        }
      }
    }
  }
  return faults.length === 0 ? null : invalidArgument(faults.join(''))
}

function countOf(content: JsonObject | undefined, field: 'functionCall' | 'functionResponse'): number {
  return asObjects(content?.parts).filter((part) => part[field] !== undefined).length
}

/**
 * Contents of one role that follow each other are one turn: the SDKs' streamed chats send back each event of an answer as
 * a content of its own.
 *
 * @source googleapis/python-genai #2508, #1791 (accepted by Google); @google/genai 3.1.0 `Chat.sendMessageStream`
 */
export function joinTurns(contents: readonly JsonObject[]): JsonObject[] {
  const turns: { role: string; parts: JsonObject[] }[] = []
  for (const content of contents) {
    const role = asString(content.role, 'user') === 'model' ? 'model' : 'user'
    const parts = asObjects(content.parts)
    const last = turns.at(-1)
    if (last?.role === role) last.parts.push(...parts)
    else turns.push({ role, parts: [...parts] })
  }
  return turns
}

/** Calls come right after a user or function turn, and right before as many responses. */
function checkPairing(contents: readonly JsonObject[]): GoogleError | null {
  for (const [index, content] of contents.entries()) {
    const calls = countOf(content, 'functionCall')
    const responses = countOf(content, 'functionResponse')
    const previous = contents[index - 1]
    if (calls > 0 && (previous === undefined || asString(previous.role, 'user') === 'model')) {
      return invalidArgument(
        'Please ensure that function call turns come immediately after a user turn or after a function response turn.',
      )
    }
    if (responses > 0 && countOf(previous, 'functionCall') === 0) {
      return invalidArgument(
        'Please ensure that function response turn comes immediately after a function call turn.',
      )
    }
    const isAnswered =
      index === contents.length - 1 || countOf(contents[index + 1], 'functionResponse') === calls
    if (calls > 0 && !isAnswered) {
      return invalidArgument(
        'Please ensure that the number of function response parts is equal to the number of function call parts of the function call turn.',
      )
    }
  }
  return null
}
