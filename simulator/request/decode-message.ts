import { badRequest, type FieldViolation, type GoogleError, invalidArgument } from '../google-error.ts'
import { isJsonObject, type Json, type JsonObject } from '../json.ts'
import type { FieldDescriptor, FieldType, MessageType } from './message-type.ts'

export type Decoded =
  | { readonly kind: 'message'; readonly message: JsonObject }
  | { readonly kind: 'error'; readonly error: GoogleError }

const TYPES_PACKAGE = 'type.googleapis.com/google.ai.generativelanguage.v1beta'
const BASE64 = /^[A-Za-z0-9+/_-]*={0,2}$/
const MAX_INT32 = 2 ** 31
const decoder = new TextDecoder('utf-8')

/**
 * Reads a request body as the message it must be: camelCase names, lists where the proto has lists.
 *
 * As strict as Google's transcoder: unknown names, wrong types and a second member of a oneof are refused, all violations at
 * once. As lenient too: both name styles, a single value for a list, numbers in strings, enum names in any case.
 *
 * @source texts: `Unknown name`, `Proto field is not repeating` and `Invalid value at` from captured replies (zed 53919, agno 2649)
 */
export function decodeBody(body: Uint8Array, type: MessageType): Decoded {
  if (body.length === 0) return { kind: 'message', message: {} }
  const parsed = parseJson(decoder.decode(body))
  if (parsed.kind === 'error') return parsed
  if (!isJsonObject(parsed.value)) {
    return refuse([
      {
        field: '',
        description: 'Invalid JSON payload received. Unknown name "": Root element must be a message.',
      },
    ])
  }
  return decodeJson(parsed.value, type)
}

/** As `decodeBody`, for JSON that is parsed already. */
function decodeJson(value: JsonObject, type: MessageType): Decoded {
  const violations: FieldViolation[] = []
  const decoded = decodeMessage(value, type, '', violations)
  return violations.length === 0 ? { kind: 'message', message: decoded } : refuse(violations)
}

function refuse(violations: readonly FieldViolation[]): Decoded {
  return { kind: 'error', error: badRequest(violations) }
}

export function parseJson(
  text: string,
):
  | { readonly kind: 'value'; readonly value: Json }
  | { readonly kind: 'error'; readonly error: GoogleError } {
  try {
    const value: Json = JSON.parse(text)
    return { kind: 'value', value }
  } catch (error) {
    // Malformed JSON is an expected answer here; only the place of the fault is taken from the exception.
    const position = Number(/position (\d+)/.exec(String(error))?.[1] ?? text.length)
    return { kind: 'error', error: malformed(text, position) }
  }
}

function malformed(text: string, position: number): GoogleError {
  const isCut = position >= text.trimEnd().length
  const from = Math.max(0, position - 20)
  const excerpt = text.slice(from, position + 20).replace(/\s/g, ' ')
  const description = `Invalid JSON payload received. ${isCut ? 'Unexpected end of string. Expected a value.' : 'Unexpected token.'}\n${excerpt}\n${' '.repeat(position - from)}^`
  return invalidArgument(description, [
    { '@type': 'type.googleapis.com/google.rpc.BadRequest', fieldViolations: [{ description }] },
  ])
}

function decodeMessage(
  value: JsonObject,
  type: MessageType,
  path: string,
  violations: FieldViolation[],
): JsonObject {
  const decoded: Record<string, Json> = {}
  let chosen = ''
  for (const name in value) {
    const given = value[name]
    const field = type.fields.get(name)
    if (!field) {
      violations.push(unknownName(name, path, 'Cannot find field.'))
      continue
    }
    if (given === null || given === undefined) continue
    if (type.oneof.has(field.camel)) {
      if (chosen !== '') {
        violations.push(
          invalidValue(path, 'oneof', `oneof field 'data' is already set. Cannot set '${field.camel}'`),
        )
        continue
      }
      chosen = field.camel
    }
    decoded[field.camel] = decodeField(given, field, path, violations)
  }
  return decoded
}

function decodeField(given: Json, field: FieldDescriptor, path: string, violations: FieldViolation[]): Json {
  const here = path === '' ? field.snake : `${path}.${field.snake}`
  const { type } = field
  if (typeof type === 'object' && 'list' in type) {
    const items = Array.isArray(given) ? given : [given]
    return items.map((item: Json, index) =>
      decodeValue(item, type.list, field, path, `${here}[${index}]`, violations),
    )
  }
  if (typeof type === 'object' && 'map' in type) {
    if (!isJsonObject(given)) return wrong(violations, here, 'Map', given)
    const decoded: Record<string, Json> = {}
    Object.entries(given).forEach(([name, item], index) => {
      decoded[name] = decodeValue(item ?? null, type.map, field, path, `${here}[${index}].value`, violations)
    })
    return decoded
  }
  if (Array.isArray(given) && type !== 'value') {
    violations.push(unknownName(field.camel, path, 'Proto field is not repeating, cannot start list.'))
    return null
  }
  return decodeValue(given, type, field, path, here, violations)
}

function decodeValue(
  given: Json,
  type: FieldType,
  field: FieldDescriptor,
  parent: string,
  here: string,
  violations: FieldViolation[],
): Json {
  if (typeof type === 'object' && 'message' in type) {
    const target = type.message()
    return isJsonObject(given)
      ? decodeMessage(given, target, here, violations)
      : wrong(violations, here, `${TYPES_PACKAGE}.${target.name}`, given)
  }
  if (type === 'value') return given
  if (type === 'struct') {
    return isJsonObject(given)
      ? given
      : wrong(violations, here, 'type.googleapis.com/google.protobuf.Struct', given)
  }
  if (typeof given === 'object') {
    violations.push(invalidValue(parent, field.snake, 'Starting an object on a scalar field'))
    return null
  }
  if (typeof type === 'object') {
    if (!('enum' in type)) return given
    const name = String(given).toUpperCase()
    return typeof given === 'string' && type.values.has(name)
      ? name
      : wrong(violations, here, `${TYPES_PACKAGE}.${type.enum}`, given)
  }
  return decodeScalar(given, type, here, violations)
}

function decodeScalar(
  given: string | number | boolean,
  type: 'string' | 'bool' | 'int32' | 'int64' | 'float' | 'double' | 'bytes',
  here: string,
  violations: FieldViolation[],
): Json {
  switch (type) {
    case 'string':
      return typeof given === 'string' ? given : wrong(violations, here, 'TYPE_STRING', given)
    case 'bool':
      if (typeof given === 'boolean') return given
      return given === 'true' || given === 'false'
        ? given === 'true'
        : wrong(violations, here, 'TYPE_BOOL', given)
    case 'bytes':
      if (typeof given === 'string' && BASE64.test(given)) return given
      violations.push(
        invalidValue(
          here,
          'TYPE_BYTES',
          `Base64 decoding failed for ${JSON.stringify(String(given).slice(0, 100))}`,
        ),
      )
      return null
    case 'int32':
    case 'int64': {
      const number = typeof given === 'string' && given.trim() !== '' ? Number(given) : given
      const fits =
        typeof number === 'number' &&
        Number.isInteger(number) &&
        (type === 'int64' || Math.abs(number) < MAX_INT32)
      return fits ? number : wrong(violations, here, `TYPE_${type.toUpperCase()}`, given)
    }
    case 'float':
    case 'double': {
      const number = typeof given === 'string' && given.trim() !== '' ? Number(given) : given
      return typeof number === 'number' && !Number.isNaN(number)
        ? number
        : wrong(violations, here, `TYPE_${type.toUpperCase()}`, given)
    }
  }
}

function wrong(violations: FieldViolation[], here: string, typeName: string, given: Json): null {
  violations.push(invalidValue(here, typeName, JSON.stringify(given)))
  return null
}

function unknownName(name: string, path: string, why: string): FieldViolation {
  const at = path === '' ? '' : ` at '${path}'`
  return { field: path, description: `Invalid JSON payload received. Unknown name "${name}"${at}: ${why}` }
}

function invalidValue(path: string, typeName: string, value: string): FieldViolation {
  return { field: path, description: `Invalid value at '${path}' (${typeName}), ${value}` }
}
