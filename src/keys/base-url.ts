/** What `parseBaseUrl` accepts, in words for a message. */
export const BASE_URL_RULE = 'an http or https URL without credentials, query or fragment'

/**
 * The address of an upstream, without the slash at its end, or null when it breaks `BASE_URL_RULE`.
 * A path is kept: relays and AI gateways live under one.
 */
export function parseBaseUrl(text: string): string | null {
  const url = parseUrl(text)
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:')) return null
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') return null
  return url.origin + url.pathname.replace(/\/+$/, '')
}

function parseUrl(text: string): URL | null {
  try {
    return new URL(text)
  } catch {
    return null // the only thing `new URL` throws for
  }
}
