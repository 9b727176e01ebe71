import { asList, asObject, asObjects, asString, type Json, type JsonObject } from '../json.ts'

const MAX_DEPTH = 12

/**
 * The smallest value that a schema allows: required properties only, lists of minimal length.
 *
 * Reads both dialects, Google's Schema (upper-case types, `nullable`) and JSON Schema (`$ref`, `const`, `anyOf`). A schema that
 * nests without end stops at a fixed depth with null.
 */
export function minimalInstance(schema: JsonObject, root = schema, depth = 0): Json {
  if (depth > MAX_DEPTH) return null
  const inner = (part: Json | undefined) => minimalInstance(asObject(part), root, depth + 1)
  const reference = asString(schema.$ref)
  if (reference) return inner(resolve(reference, root))
  if (schema.const !== undefined) return schema.const
  const [firstValue] = asList(schema.enum)
  if (firstValue !== undefined) return firstValue
  const [alternative] = asObjects(schema.anyOf ?? schema.oneOf)
  if (alternative) return inner(alternative)
  switch (typeOf(schema)) {
    case 'object':
      return minimalObject(schema, inner)
    case 'array':
      return minimalList(schema, inner)
    case 'string':
      return minimalString(schema)
    case 'integer':
      return Math.ceil(minimalNumber(schema))
    case 'number':
      return minimalNumber(schema)
    case 'boolean':
      return true
    default:
      return null
  }
}

function typeOf(schema: JsonObject): string {
  const named = asString(asList(schema.type)[0] ?? schema.type).toLowerCase()
  if (named) return named
  if (schema.properties) return 'object'
  return schema.items || schema.prefixItems ? 'array' : 'string'
}

function resolve(reference: string, root: JsonObject): Json | undefined {
  if (!reference.startsWith('#')) return undefined
  return reference
    .slice(1)
    .split('/')
    .filter((step) => step !== '')
    .reduce<Json | undefined>((at, step) => asObject(at)[step], root)
}

function minimalObject(schema: JsonObject, inner: (part: Json | undefined) => Json): JsonObject {
  const properties = asObject(schema.properties)
  const required = asList(schema.required).map((name) => asString(name))
  return Object.fromEntries(required.map((name) => [name, inner(properties[name])]))
}

function minimalList(schema: JsonObject, inner: (part: Json | undefined) => Json): Json {
  const prefix = asList(schema.prefixItems)
  const length = Math.max(prefix.length, Number(schema.minItems ?? 0))
  return Array.from({ length }, (_, index) => inner(prefix[index] ?? schema.items))
}

function minimalString(schema: JsonObject): string {
  switch (asString(schema.format)) {
    case 'date':
      return '2026-01-01'
    case 'date-time':
      return '2026-01-01T00:00:00Z'
    case 'time':
      return '00:00:00Z'
    case 'email':
      return 'a@example.com'
    case 'uri':
      return 'https://example.com/'
    case 'uuid':
      return '00000000-0000-4000-8000-000000000000'
    default:
      return 'text'
        .padEnd(Number(schema.minLength ?? 0), '.')
        .slice(0, Number(schema.maxLength ?? Number.MAX_SAFE_INTEGER))
  }
}

function minimalNumber(schema: JsonObject): number {
  const { minimum, exclusiveMinimum, maximum } = schema
  if (typeof exclusiveMinimum === 'number') return exclusiveMinimum + 1
  if (typeof minimum === 'number') return minimum
  return typeof maximum === 'number' ? Math.min(1, maximum) : 1
}
