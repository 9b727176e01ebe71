export type Json = string | number | boolean | null | readonly Json[] | JsonObject
export interface JsonObject {
  readonly [key: string]: Json | undefined
}

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/**
 * JSON on one line in the style of Google's event streams: a space after a colon, none after a comma.
 *
 * @source byte-level captures, gemini-api.md 4.2
 */
export function oneLineJson(value: Json | undefined): string {
  if (value === undefined || value === null) return 'null'
  if (typeof value !== 'object') return JSON.stringify(value)
  if (isJsonArray(value)) return `[${value.map(oneLineJson).join(',')}]`
  let text = ''
  for (const key in value) {
    const field = value[key]
    if (field !== undefined) text += `${text === '' ? '' : ','}"${quotable(key)}": ${oneLineJson(field)}`
  }
  return `{${text}}`
}

/** A key as it stands between quotes: nearly all are plain names. */
function quotable(key: string): string {
  return /^[\w$.-]*$/.test(key) ? key : JSON.stringify(key).slice(1, -1)
}

function isJsonArray(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value)
}

/** The value as a string, or `fallback`. */
export function asString(value: Json | undefined, fallback = ''): string {
  return typeof value === 'string' ? value : fallback
}

/** The value as a list; anything else is an empty one. */
export function asList(value: Json | undefined): readonly Json[] {
  return isJsonArray(value) ? value : []
}

/** The value as a list of objects; whatever is not an object is left out. */
export function asObjects(value: Json | undefined): readonly JsonObject[] {
  return asList(value).filter(isJsonObject)
}

/** The value as an object; anything else is an empty one. */
export function asObject(value: Json | undefined): JsonObject {
  return isJsonObject(value) ? value : {}
}
