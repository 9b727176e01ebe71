/** An error as an event of a stream, in Google's shape: what SDKs and plain parsers of event streams both see. */
export function toErrorEvent(error: object): string {
  return `data: ${JSON.stringify(error)}\r\n\r\n`
}

/** The event that ends a stream whose source died. */
export function cutEvent(message: string): string {
  return toErrorEvent({ error: { code: 503, message, status: 'UNAVAILABLE' } })
}

/** The error object that a text holds as bare JSON, alone or in an array; null when it holds none. */
export function parseBareError(text: string): object | null {
  const json = parseJson(text)
  const first: unknown = Array.isArray(json) ? json[0] : json
  return typeof first === 'object' && first !== null && 'error' in first ? first : null
}

/** Whether a text is one event that was not cut, its blank line apart. */
export function isWholeEvent(text: string): boolean {
  const data = /^data:(.*)$/s.exec(text.trim())?.[1]?.trim()
  return data !== undefined && (data === '[DONE]' || parseJson(data) !== undefined)
}

/** @returns undefined for what is no JSON. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
