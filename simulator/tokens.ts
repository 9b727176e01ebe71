import { asObject, asObjects, asString, type JsonObject } from './json.ts'

const UNITS_PER_TOKEN = 4
const IMAGE_TOKENS = 258
const OTHER_MEDIA_TOKENS = 512

export type Modality = 'TEXT' | 'IMAGE' | 'AUDIO' | 'VIDEO' | 'DOCUMENT'
export interface TokenCount {
  readonly total: number
  readonly byModality: ReadonlyMap<Modality, number>
}

/** Four UTF-16 units are a token; any text at all is at least one. */
export function textTokens(text: string): number {
  return Math.ceil(text.length / UNITS_PER_TOKEN)
}

/** The text that fits in so many tokens. */
export function cutToTokens(text: string, tokens: number): string {
  const end = tokens * UNITS_PER_TOKEN
  const splitsPair = /[\uD800-\uDBFF]/.test(text.charAt(end - 1))
  return text.slice(0, splitsPair ? end - 1 : end)
}

/** Input tokens of a decoded GenerateContentRequest: contents, system instruction and tools. */
export function promptTokens(request: JsonObject): TokenCount {
  const byModality = new Map<Modality, number>()
  const add = (modality: Modality, tokens: number) => {
    if (tokens > 0) byModality.set(modality, (byModality.get(modality) ?? 0) + tokens)
  }
  for (const content of [asObject(request.systemInstruction), ...asObjects(request.contents)]) {
    for (const part of asObjects(content.parts)) addPart(part, add)
  }
  const tools = asObjects(request.tools)
  if (tools.length > 0) add('TEXT', textTokens(JSON.stringify(tools)))
  let total = 0
  for (const tokens of byModality.values()) total += tokens
  return { total, byModality }
}

/** `[{ modality, tokenCount }]`, as usage metadata lists it. */
export function tokenDetails(count: TokenCount): JsonObject[] {
  return [...count.byModality].map(([modality, tokenCount]) => ({ modality, tokenCount }))
}

function addPart(part: JsonObject, add: (modality: Modality, tokens: number) => void): void {
  if (part.text !== undefined) add('TEXT', textTokens(asString(part.text)))
  const mimeType = asString(asObject(part.inlineData ?? part.fileData).mimeType)
  if (part.inlineData !== undefined || part.fileData !== undefined) {
    const modality = modalityOf(mimeType)
    add(modality, modality === 'IMAGE' || modality === 'DOCUMENT' ? IMAGE_TOKENS : OTHER_MEDIA_TOKENS)
  }
  for (const name of ['functionCall', 'functionResponse', 'executableCode', 'codeExecutionResult']) {
    if (part[name] !== undefined) add('TEXT', textTokens(JSON.stringify(part[name])))
  }
}

function modalityOf(mimeType: string): Modality {
  if (mimeType.startsWith('image/')) return 'IMAGE'
  if (mimeType.startsWith('audio/')) return 'AUDIO'
  if (mimeType.startsWith('video/')) return 'VIDEO'
  return mimeType === 'application/pdf' ? 'DOCUMENT' : 'TEXT'
}
