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
  return checkParts(contents) ?? checkPairing(contents)
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
