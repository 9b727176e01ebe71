/**
 * What of a caller's headers goes to Google: what describes the body and the client's software. An allow-list,
 * so that no credential, cookie, address or tracking header of any host or client can slip through.
 *
 * `x-goog-*` carries Google's own protocol and goes on, but for what counts as a credential there.
 */
const TO_GOOGLE = new Set([
  'accept',
  'accept-language',
  'api-revision',
  'content-encoding',
  'content-type',
  'if-match',
  'if-none-match',
  'range',
  'user-agent',
  'x-server-timeout',
])

const NOT_TO_GOOGLE = new Set([
  'x-goog-api-key',
  'x-goog-authenticated-user-email',
  'x-goog-authenticated-user-id',
  'x-goog-iam-authority-selector',
  'x-goog-iam-authorization-token',
  'x-goog-iap-jwt-assertion',
  'x-goog-user-project',
])

/** @param custom - `CUSTOM_HEADERS`: names in lower case, wins over the caller's. */
export function headersToGoogle(
  headers: Headers,
  custom: Readonly<Record<string, string>>,
): Record<string, string> {
  const forwarded: Record<string, string> = {}
  for (const [name, value] of headers) {
    if (TO_GOOGLE.has(name) || (name.startsWith('x-goog-') && !NOT_TO_GOOGLE.has(name)))
      forwarded[name] = value
  }
  return Object.assign(forwarded, custom)
}

/**
 * What of Google's headers does not go to the caller: what belongs to the connection, what the decoded body no
 * longer fits (`fetch` has undone the encoding), and what is the gateway's own to say (CORS, cookies).
 */
const NOT_TO_CALLER = new Set([
  'alt-svc',
  'connection',
  'content-encoding',
  'content-length',
  'keep-alive',
  'proxy-authenticate',
  'set-cookie',
  'strict-transport-security',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'x-request-id',
])

export function headersToCaller(headers: Headers): Headers {
  const forwarded = new Headers()
  for (const [name, value] of headers) {
    if (!NOT_TO_CALLER.has(name) && !name.startsWith('access-control-')) forwarded.append(name, value)
  }
  return forwarded
}
