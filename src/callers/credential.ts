/** What a request shows to prove who sends it. */
export interface Credential {
  /** Trimmed, never empty. A secret. */
  readonly value: string
  /** Where it sat: `/v1/models` answers in the dialect that this form belongs to. */
  readonly form: 'bearer' | 'x-goog-api-key' | 'x-api-key' | 'query'
}

/**
 * Request headers that hold a client's credential, or that Google counts as one. None may go upstream: Google
 * refuses a request with more than one credential, and they are not ours to pass on.
 *
 * @source reference/gemini-api.md 1: "Multiple authentication credentials received", also for `openai-organization`
 */
export const CREDENTIAL_HEADERS = [
  'authorization',
  'proxy-authorization',
  'x-goog-api-key',
  'x-api-key',
  'x-goog-user-project',
  'openai-organization',
  'openai-project',
  'cookie',
] as const

/** Query parameters that hold a credential, here or at Google. None may go upstream. */
export const CREDENTIAL_QUERY_PARAMETERS = ['key', 'access_token', 'oauth_token'] as const

/**
 * Finds the credential of a request: Bearer, then `x-goog-api-key`, `x-api-key`, `?key=`. The first present one
 * decides, even when it is wrong and a later one would be right.
 *
 * A blank value counts as absent: SDKs that carry their key in one form send another form empty. It cannot open
 * anything, because what is absent matches no token.
 *
 * @param search - the URL's query, with or without its question mark.
 */
export function readCredential(headers: Headers, search: string): Credential | null {
  const bearer = /^bearer\s+(.+)$/i.exec(headers.get('authorization') ?? '')?.[1]?.trim()
  if (bearer) return { value: bearer, form: 'bearer' }
  const googleKey = headers.get('x-goog-api-key')?.trim()
  if (googleKey) return { value: googleKey, form: 'x-goog-api-key' }
  const apiKey = headers.get('x-api-key')?.trim()
  if (apiKey) return { value: apiKey, form: 'x-api-key' }
  const queryKey = readQueryKey(search)
  if (queryKey) return { value: queryKey, form: 'query' }
  return null
}

function readQueryKey(search: string): string | undefined {
  const mayNameKey = search.includes('key') || search.includes('%') // `%6bey` spells `key` too
  if (!mayNameKey) return undefined
  return new URLSearchParams(search)
    .getAll('key')
    .map((value) => value.trim())
    .find((value) => value !== '')
}
