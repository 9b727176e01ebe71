import type { Refusal } from '../errors.ts'

export type ParsedBody =
  | { readonly kind: 'object'; readonly value: Readonly<Record<string, unknown>> }
  | Extract<Refusal, { readonly kind: 'bad-request' }>

/** Reads a body that must be one JSON object. The refusal says where it broke, never what it said. */
export function parseJsonObject(body: Uint8Array): ParsedBody {
  let value: unknown
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body))
  } catch (error) {
    const position =
      error instanceof SyntaxError
        ? /position \d+(?: \(line \d+ column \d+\))?/.exec(error.message)?.[0]
        : null
    const where = position ? `, at ${position}` : ''
    return {
      kind: 'bad-request',
      message: `Invalid JSON payload received: the body is no valid JSON${where}.`,
      field: 'body',
    }
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return {
      kind: 'bad-request',
      message: 'Invalid JSON payload received: the body must be an object.',
      field: 'body',
    }
  }
  return { kind: 'object', value: value as Readonly<Record<string, unknown>> }
}
