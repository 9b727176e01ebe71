import { NO_MODEL } from '../../balancer/key-balancer.ts'
import type { Refusal } from '../../errors.ts'
import { headersToGoogle } from '../../upstream/forwarded-headers.ts'
import { JSON_VALUE } from '../../upstream/gemini-answer.ts'
import type { Decoded, Dialect, DialectRequest } from '../dialect.ts'
import { refuseAsGoogleOpenAI } from '../gemini/error.ts'
import { parseJsonObject } from '../json-body.ts'
import { searchToGoogle } from '../search-to-google.ts'
import { COMPLETION_CHUNKS } from './answer.ts'

/** What Google's layer serves without leaving anything behind. Videos and batches belong to one project. */
const PATH =
  /^\/v1beta\/openai\/(?:(chat\/completions|embeddings|images\/generations)|(models(?:\/[\w.:/-]+)?)|(?:videos|batches)(?:\/[\w.:/-]+)?)$/

/**
 * Google's own OpenAI-compatible layer, passed through byte for byte, errors in arrays and all.
 *
 * It knows only Bearer, and gets the pool's key that way. The body is read for its model (whose quota the call
 * spends) and for `stream`.
 *
 * @param customHeaders - `CUSTOM_HEADERS`.
 */
export function createGoogleOpenAIDialect(customHeaders: Readonly<Record<string, string>>): Dialect {
  return {
    refuse: refuseAsGoogleOpenAI,
    decode: (request) => decode(request, customHeaders),
  }
}

async function decode(
  { method, path, search, headers, readBody }: DialectRequest,
  customHeaders: Readonly<Record<string, string>>,
): Promise<Decoded | Refusal> {
  const match = PATH.exec(path)
  if (!match || path.includes('..')) {
    return { kind: 'not-found', message: `Google's OpenAI layer has no path ${path.slice(0, 200)}.` }
  }
  const [, generation, models] = match
  const call = {
    method,
    target: path + searchToGoogle(search),
    headers: headersToGoogle(headers, customHeaders),
    model: NO_MODEL,
    credential: 'bearer',
    answer: JSON_VALUE,
  } as const
  if (models !== undefined && method !== 'GET') return { kind: 'method-not-allowed', allow: 'GET' }
  if (generation !== undefined && method !== 'POST') return { kind: 'method-not-allowed', allow: 'POST' }
  if (method === 'GET') return { isOwned: models === undefined, call: { ...call, body: null } }

  const body = await readBody()
  if ('kind' in body) return body
  if (generation === undefined) return { isOwned: true, call: { ...call, body } }
  const json = parseJsonObject(body)
  if (json.kind === 'bad-request') return json
  const { model, stream } = json.value
  if (typeof model !== 'string' || model === '') {
    return { kind: 'bad-request', message: 'The field `model` must name a model.', field: 'model' }
  }
  if (stream !== undefined && stream !== null && typeof stream !== 'boolean') {
    return { kind: 'bad-request', message: 'The field `stream` must be true or false.', field: 'stream' }
  }
  const answer = stream === true ? COMPLETION_CHUNKS : JSON_VALUE
  return { isOwned: false, call: { ...call, body, model: model.replace(/^models\//, ''), answer } }
}
