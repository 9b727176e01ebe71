import { NO_MODEL } from '../../balancer/key-balancer.ts'
import type { Refusal } from '../../errors.ts'
import { headersToGoogle } from '../../upstream/forwarded-headers.ts'
import type { Decoded, Dialect, DialectRequest } from '../dialect.ts'
import { parseJsonObject } from '../json-body.ts'
import { searchToGoogle } from '../search-to-google.ts'
import { refuseAsGemini } from './error.ts'
import { readNativeRoute } from './native-route.ts'

/**
 * Google's own API, passed through byte for byte.
 *
 * A body is only looked at to see that it is JSON: fields that we do not know are Google's business.
 *
 * @param customHeaders - `CUSTOM_HEADERS`.
 */
export function createGeminiDialect(customHeaders: Readonly<Record<string, string>>): Dialect {
  return {
    refuse: refuseAsGemini,
    decode: (request) => decode(request, customHeaders),
  }
}

async function decode(
  { method, path, search, headers, readBody }: DialectRequest,
  customHeaders: Readonly<Record<string, string>>,
): Promise<Decoded | Refusal> {
  const route = readNativeRoute(method, path, search)
  if ('kind' in route) return route
  const body = method === 'GET' || method === 'HEAD' ? null : await readBody()
  if (body !== null && 'kind' in body) return body
  let { model } = route
  if (body !== null && body.byteLength > 0 && !headers.has('content-encoding')) {
    const json = parseJsonObject(body)
    if (json.kind === 'bad-request') return json
    // Interactions, caches and batches name their model in the body.
    if (model === NO_MODEL && typeof json.value.model === 'string')
      model = json.value.model.replace(/^models\//, '')
  }
  const forwarded = headersToGoogle(headers, customHeaders)
  if (body !== null) forwarded['content-type'] ??= 'application/json'
  return {
    isOwned: route.isOwned,
    call: {
      method,
      target: route.path + searchToGoogle(search),
      headers: forwarded,
      body,
      model,
      credential: 'x-goog-api-key',
      answer: route.answer,
    },
  }
}
