/** Paths that need no repair: what nearly every request sends. */
const CLEAN = /^\/(?:v1beta|v1alpha|v1)\/(?!v1)(?!openai)[^/]+(?:\/[^/]+)*$/

const VERSION = '(?:v1beta|v1alpha|v1)'
const REPEATED_VERSIONS = new RegExp(`^((?:/gemini|/hf)?)(?:/${VERSION})+(?=/${VERSION}(?:/|$))`)
const OPENAI_LAYER = new RegExp(`^/(?:${VERSION}/)?openai(?:/${VERSION})*(?=/|$)`)
/** Resources that only the native API has: their version may be missing. */
const NATIVE_WITHOUT_VERSION =
  /^(\/gemini)?\/(models\/|tunedModels\b|cachedContents\b|fileSearchStores\b|interactions\b)/

/**
 * The one spelling of a path that routes are written for. People paste base URLs with what their client adds
 * anyway; all of these mean the same:
 *
 * - doubled and trailing slashes: `//v1beta//models/` is `/v1beta/models`
 * - an `/api` prefix: `/api/v1/models` is `/v1/models`
 * - doubled versions, of which the last was meant: `/v1beta/v1/models` is `/v1/models`
 * - a missing version: `/models/x:generateContent` is `/v1beta/models/x:generateContent`
 * - Google's OpenAI layer by its many names: `/openai/v1/x`, `/openai/x` and `/v1beta/openai/v1/x` are `/v1beta/openai/x`
 *
 * Percent-encoding is left alone, so an encoded slash never becomes one.
 */
export function canonicalPath(pathname: string): string {
  if (CLEAN.test(pathname)) return pathname
  const plain = pathname
    .replace(/\/{2,}/g, '/')
    .replace(/(?<=.)\/$/, '')
    .replace(/^(?:\/api)+(?=\/)/, '')
  return plain
    .replace(REPEATED_VERSIONS, '$1')
    .replace(OPENAI_LAYER, '/v1beta/openai')
    .replace(
      NATIVE_WITHOUT_VERSION,
      (_, prefix: string | undefined, resource: string) => `${prefix ?? ''}/v1beta/${resource}`,
    )
}

/** Path and query of a request's URL, without the cost of parsing it. */
export function splitUrl(url: string): { readonly pathname: string; readonly search: string } {
  const pathAt = url.indexOf('/', url.indexOf('://') + 3)
  const hashAt = url.indexOf('#', pathAt)
  const end = hashAt === -1 ? url.length : hashAt
  const queryAt = url.indexOf('?', pathAt)
  if (pathAt === -1) return { pathname: '/', search: '' }
  if (queryAt === -1 || queryAt > end) return { pathname: url.slice(pathAt, end), search: '' }
  return { pathname: url.slice(pathAt, queryAt), search: url.slice(queryAt, end) }
}
