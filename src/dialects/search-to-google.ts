import { CREDENTIAL_QUERY_PARAMETERS } from '../callers/credential.ts'

/** Noise that clients of other APIs add to every URL; Google refuses parameters it does not know. */
const NOISE = ['beta']

const UNWANTED = new Set<string>([...CREDENTIAL_QUERY_PARAMETERS, ...NOISE])

/**
 * The query that goes to Google: the caller's, without credentials and noise.
 *
 * @param search - with its question mark, or empty.
 */
export function searchToGoogle(search: string): string {
  if (search === '' || search === '?' || search === '?alt=sse') return search === '?' ? '' : search
  const kept = search
    .slice(1)
    .split('&')
    .filter((pair) => pair !== '' && !UNWANTED.has(nameOf(pair)))
  return kept.length === 0 ? '' : `?${kept.join('&')}`
}

/** `%6bey=...` and `$key=...` are `key=...` to Google as well. */
function nameOf(pair: string): string {
  const name = pair.split('=', 1)[0] ?? ''
  try {
    return decodeURIComponent(name.replaceAll('+', ' ')).replace(/^\$/, '')
  } catch {
    return name // A name that cannot be decoded is nobody's credential.
  }
}
