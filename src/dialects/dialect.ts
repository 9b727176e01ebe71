import type { Refusal } from '../errors.ts'
import type { UpstreamCall } from '../upstream/call.ts'

/** A request as a dialect sees it: the path in its canonical form, the body not read yet. */
export interface DialectRequest {
  readonly method: string
  /** As `canonicalPath` gives it. */
  readonly path: string
  /** With its question mark, or empty. */
  readonly search: string
  readonly headers: Headers
  /** Reads the body, once; refuses one that is too large. */
  readonly readBody: () => Promise<Uint8Array | Refusal>
}

/** What a dialect makes of a request: one call, which any key of the pool may serve. */
export interface Decoded {
  readonly call: UpstreamCall
  /**
   * The call makes or uses something that belongs to one project (a file, a cache, a batch): with keys of more
   * than one project it must find its owner.
   */
  readonly isOwned: boolean
}

/**
 * One wire format that clients speak: decodes a request into a call, and says in its own words why it cannot.
 * `serve.ts` does everything between.
 */
export interface Dialect {
  readonly decode: (request: DialectRequest) => Promise<Decoded | Refusal>
  readonly refuse: (refusal: Refusal) => Response
}
