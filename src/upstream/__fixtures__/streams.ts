/**
 * Events of streams as Google sends them: one-line JSON, a space after each colon, none after a comma.
 *
 * @source gemini-api.md 4.2 (framing), 9.1, 9.5, 9.6, 9.7, 3.5
 */

const META = '"modelVersion": "gemini-3.8-flash","responseId": "qS77aMCqBu6mvr0PsJiykAw"'

function usage(tokens: number): string {
  return `"usageMetadata": {"promptTokenCount": 7,"candidatesTokenCount": ${tokens},"totalTokenCount": ${tokens + 7}}`
}

function event(parts: string, finish: string, tokens: number): string {
  return `{"candidates": [{"content": {"parts": [${parts}],"role": "model"}${finish},"index": 0}],${usage(tokens)},${META}}`
}

/** Text with characters of two, three and four bytes; the last event ends the answer. */
export const TEXT_EVENTS = [
  event('{"text": "Der Himmel — 空 is "}', '', 5),
  event('{"text": "blue 🌌, \\"öäü\\" {[ "}', '', 12),
  event('{"text": "well.\\n"}', ',"finishReason": "STOP"', 15),
]

/** A Gemini 3 call: the signature comes with it, the finish with an empty text. */
export const TOOL_CALL_EVENTS = [
  event('{"functionCall": {"name": "weather","args": {"finishReason": "x"}},"thoughtSignature": "EpEgCo4g"}', '', 15),
  event('{"text": ""}', ',"finishReason": "STOP"', 15),
]

/** An image after an event without parts. */
export const IMAGE_EVENTS = [
  `{"candidates": [{"content": {"role": "model"},"index": 0}],${usage(0)},${META}}`,
  event('{"inlineData": {"mimeType": "image/png","data": "iVBORw0KGgo="}}', ',"finishReason": "STOP"', 1307),
]

export const BLOCKED_EVENTS = [
  '{"promptFeedback": {"blockReason": "SAFETY","safetyRatings": [{"category": "HARM_CATEGORY_HATE_SPEECH","probability": "HIGH"}]}}',
]

/** Google's known hiccup: an end without an answer. */
export const EMPTY_EVENTS = [
  `{"candidates": [{"content": {"role": "model"},"finishReason": "STOP","index": 0}],"usageMetadata": {"promptTokenCount": 7,"totalTokenCount": 7},${META}}`,
]

/** As Google appends it to a stream, without `data:`. */
export const BARE_ERROR = `{
  "error": {
    "code": 503,
    "message": "The model is overloaded. Please try again later.",
    "status": "UNAVAILABLE"
  }
}
`

export const LINE_ENDS = { CRLF: '\r\n', LF: '\n', CR: '\r' } as const

const encoder = new TextEncoder()

export function bytesOf(text: string): Uint8Array {
  return encoder.encode(text)
}

export function textOf(chunks: readonly Uint8Array[]): string {
  const decoder = new TextDecoder()
  return chunks.map((chunk) => decoder.decode(chunk, { stream: true })).join('') + decoder.decode()
}

export function sse(events: readonly string[], lineEnd: string = LINE_ENDS.CRLF): string {
  return events.map((each) => `data: ${each}${lineEnd}${lineEnd}`).join('')
}

/** The bytes cut at these offsets; empty pieces included. */
export function splitAt(bytes: Uint8Array, offsets: readonly number[]): Uint8Array[] {
  const cuts = [0, ...offsets.toSorted((a, b) => a - b), bytes.byteLength]
  return cuts.slice(1).map((end, index) => bytes.subarray(cuts[index], end))
}
