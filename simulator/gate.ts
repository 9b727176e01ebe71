import type { KeyState } from './control/schema.ts'
import type { GoogleError } from './google-error.ts'
import { invalidArgument } from './google-error.ts'
import type { JsonObject } from './json.ts'
import { isJsonObject } from './json.ts'
import type { RingKey } from './key-ring.ts'
import { keyStateError, multipleCredentials, namedError, noKey, unsupportedToken } from './named-errors.ts'
import { decodeBody, parseJson } from './request/decode-message.ts'
import type { RouteMatch } from './routes/route.ts'
import { headerOf, type WireRequest } from './wire.ts'
import { errorContext, type World } from './world.ts'

/** What a request shows as its right to call. */
export interface Credentials {
  readonly apiKeys: readonly string[]
  readonly bearer: string | null
  /** OpenAI's own account headers count as one more credential on its layer. */
  readonly hasOpenaiAccount: boolean
}

/** Money is short: such keys still list models. */
const UNFUNDED_STATES: ReadonlySet<KeyState> = new Set(['prepaid-empty', 'prepaid-empty-429', 'spend-cap'])

export function readCredentials(request: WireRequest, query: URLSearchParams): Credentials {
  const header = headerOf(request, 'x-goog-api-key')
  const authorization = headerOf(request, 'authorization')
  return {
    apiKeys: [...(header ? [header] : []), ...query.getAll('key').filter((key) => key !== '')],
    bearer: authorization === undefined ? null : authorization.replace(/^Bearer\s+/i, ''),
    hasOpenaiAccount: ['openai-organization', 'openai-project'].some(
      (name) => headerOf(request, name) !== undefined,
    ),
  }
}

/** The credential that counts, if there is just one. */
export function soleCredential({ apiKeys, bearer }: Credentials): string | null {
  return apiKeys[0] ?? bearer
}

/** The body as the route wants it, or why it is refused. */
export function readBody(
  match: RouteMatch,
  body: Uint8Array,
):
  | { readonly kind: 'message'; readonly message: JsonObject }
  | { readonly kind: 'error'; readonly error: GoogleError } {
  const type = match.route.body
  if (type === null) return { kind: 'message', message: {} }
  if (type !== 'json') return decodeBody(body, type)
  const parsed = parseJson(new TextDecoder().decode(body))
  if (parsed.kind === 'error') return parsed
  return isJsonObject(parsed.value)
    ? { kind: 'message', message: parsed.value }
    : {
        kind: 'error',
        error: invalidArgument('Invalid JSON payload received. Root element must be a message.'),
      }
}

/** Lets a key through, or says why not: number of credentials, their kind, the key, its state, the caller's place. */
export function admit(
  world: World,
  match: RouteMatch,
  credentials: Credentials,
): { readonly kind: 'key'; readonly key: RingKey } | { readonly kind: 'error'; readonly error: GoogleError } {
  const { apiKeys, bearer, hasOpenaiAccount } = credentials
  const { route, version } = match
  const refuse = (error: GoogleError) => ({ kind: 'error', error }) as const
  const isOpenai = route.credential === 'bearer'
  if (apiKeys.length + (bearer === null ? 0 : 1) + (isOpenai && hasOpenaiAccount ? 1 : 0) > 1) {
    return refuse(multipleCredentials())
  }
  if (isOpenai && bearer === null) return refuse(invalidArgument('Missing or invalid Authorization header.'))
  if (!isOpenai && bearer !== null) return refuse(unsupportedToken({ method: route.method, version }))
  const credential = soleCredential(credentials)
  if (credential === null) return refuse(noKey())
  const known = world.keys.get(credential)
  const key = known ?? (world.settings.acceptAnyKey ? world.keys.adopt(credential) : undefined)
  const context = () =>
    errorContext(world, { credential, key, modelId: match.modelId, method: route.method, version })
  if (!key) return refuse(namedError('invalid-key', context()))
  if (key.state !== 'ok' && (route.isBilled || !UNFUNDED_STATES.has(key.state))) {
    return refuse(keyStateError(key.state, context()))
  }
  const isAbroad = world.settings.location === 'unsupported' && key.tier === 'free'
  return isAbroad && route.isBilled ? refuse(namedError('location', context())) : { kind: 'key', key }
}
