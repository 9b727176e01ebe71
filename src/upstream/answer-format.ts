import type { Failure } from '../errors.ts'

/** What a probe has found out about an answer with status 200 so far. */
export type Verdict =
  | { readonly kind: 'undecided' }
  /** Something the caller can use: from here on the answer is this key's. */
  | { readonly kind: 'content' }
  | { readonly kind: 'failure'; readonly failure: Failure; readonly message: string | null }

/** Looks at one answer's first bytes; fed until it has decided. */
export interface AnswerProbe {
  push(chunk: Uint8Array): Verdict
  /** The answer ended before `push` had decided. Never `undecided`. */
  end(): Exclude<Verdict, { kind: 'undecided' }>
}

/** What an upstream answer looks like: enough to tell content from nothing, and an end from a cut. */
export interface AnswerFormat {
  /**
   * `whole`: the body comes in one piece when it is ready, so the wait for its headers is the wait for the
   * answer. `stream`: events come as they are made, and the first one is due early. `opaque`: bytes of a kind
   * that is not known, handed on as they come.
   */
  readonly delivery: 'whole' | 'stream' | 'opaque'
  /** A fresh probe, for one answer. */
  readonly probe: () => AnswerProbe
  /** Streams of server-sent events only; null: a cut breaks the connection, which no parser can mistake for an end. */
  readonly sse: SseFormat | null
}

export interface SseFormat {
  /** Whether a piece of the stream holds the mark of its proper end: a finish reason, `[DONE]`, or an error event. */
  readonly marksEnd: (text: string) => boolean
}

export const UNDECIDED: Verdict = { kind: 'undecided' }
export const CONTENT = { kind: 'content' } as const
