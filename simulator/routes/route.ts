import type { ErrorStyle, GoogleError } from '../google-error.ts'
import type { JsonObject } from '../json.ts'
import type { RingKey } from '../key-ring.ts'
import type { Model } from '../models.ts'
import type { MessageType } from '../request/message-type.ts'
import type { Reply } from '../wire.ts'
import type { World } from '../world.ts'

/** A request that passed the gate: its key is good, its model known, its body well formed. */
export interface Call {
  readonly world: World
  readonly key: RingKey
  readonly version: string
  readonly modelId: string | null
  readonly query: URLSearchParams
  /** The decoded body; for a route without a message type, the JSON as it came. */
  readonly message: JsonObject
}

/** One API method. Other families (files, caches, batches) join as further route files. */
export interface Route {
  /** As the call log and fault rules name it: generateContent, models.list, openai.chat, ... */
  readonly method: string
  readonly httpMethod: 'GET' | 'POST'
  /** The message the body must be; `json` for the layer that has rules of its own; null for none. */
  readonly body: MessageType | 'json' | null
  /** Where the one credential must be. */
  readonly credential: 'api-key' | 'bearer'
  /** Refused to keys without money or in the wrong place; lists are not. */
  readonly isBilled: boolean
  errorStyle(query: URLSearchParams): ErrorStyle
  serve(call: Call): Reply | GoogleError
}

/** A route found for a path, with what the path said. */
export interface RouteMatch {
  readonly route: Route
  readonly version: string
  readonly modelId: string | null
}

export function isGoogleError(result: Reply | GoogleError): result is GoogleError {
  return 'code' in result
}

/** The model of a call, or the 404 of an unknown one. */
export type FoundModel =
  | { readonly kind: 'model'; readonly model: Model }
  | { readonly kind: 'error'; readonly error: GoogleError }
