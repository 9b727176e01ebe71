import { type AnswerFormat, type AnswerProbe, CONTENT, UNDECIDED, type Verdict } from './answer-format.ts'
import { carriesContent } from './gemini-content.ts'
import { JsonArraySplitter } from './json-array-splitter.ts'
import { createSseProbe, failureIn } from './sse-probe.ts'

/** An answer without content is a shell of a few hundred bytes; a larger one need not be read. */
const LARGEST_EMPTY_ANSWER_BYTES = 8 * 1024

const EMPTY = { kind: 'failure', failure: { kind: 'empty-answer' }, message: null } as const
const GARBAGE = {
  kind: 'failure',
  failure: { kind: 'upstream-fault', cause: 'garbage' },
  message: null,
} as const

/** `generateContent`: one JSON object, which may turn out to hold nothing. */
export const GENERATED: AnswerFormat = {
  delivery: 'whole',
  probe: () => createWholeProbe((json) => (carriesContent(json) ? CONTENT : EMPTY)),
  sse: null,
}

/** `streamGenerateContent?alt=sse`. */
export const GENERATED_SSE: AnswerFormat = {
  delivery: 'stream',
  probe: () => createSseProbe((event) => (carriesContent(event) ? CONTENT : UNDECIDED)),
  sse: {
    // A quote inside a text is escaped, so these can only be Google's own fields (or a call's argument of that name).
    marksEnd: (text) => /"finishReason"|"blockReason"|data: ?\{\s*"error"/.test(text),
  },
}

/** `streamGenerateContent` without `alt=sse`: a JSON array, element by element. */
export const GENERATED_ARRAY: AnswerFormat = { delivery: 'stream', probe: createArrayProbe, sse: null }

/** A method that answers with one JSON value, whatever is in it. */
export const JSON_VALUE: AnswerFormat = {
  delivery: 'whole',
  probe: () => createWholeProbe(() => CONTENT),
  sse: null,
}

/** Bytes that are nobody's business: the answer begins with its headers. */
export const OPAQUE: AnswerFormat = { delivery: 'opaque', probe: () => ANYTHING, sse: null }

const ANYTHING: AnswerProbe = { push: () => CONTENT, end: () => CONTENT }

function createWholeProbe(judge: (json: unknown) => Exclude<Verdict, { kind: 'undecided' }>): AnswerProbe {
  const chunks: Uint8Array[] = []
  let size = 0
  return {
    push(chunk) {
      size += chunk.byteLength
      if (size > LARGEST_EMPTY_ANSWER_BYTES) return CONTENT
      chunks.push(chunk)
      return UNDECIDED
    },
    end() {
      const decoder = new TextDecoder()
      const text = chunks.map((chunk) => decoder.decode(chunk, { stream: true })).join('') + decoder.decode()
      if (text.trim() === '') return EMPTY
      try {
        const json: unknown = JSON.parse(text)
        // A relay may put an error into an answer that says 200.
        if (typeof json === 'object' && json !== null && 'error' in json) return failureIn(text)
        return judge(json)
      } catch {
        return GARBAGE
      }
    },
  }
}

function createArrayProbe(): AnswerProbe {
  const decoder = new TextDecoder()
  const splitter = new JsonArraySplitter()
  const judge = (text: string): Verdict => {
    try {
      const element: unknown = JSON.parse(text)
      if (typeof element === 'object' && element !== null && 'error' in element) return failureIn(text)
      return carriesContent(element) ? CONTENT : UNDECIDED
    } catch {
      return GARBAGE
    }
  }
  let size = 0
  return {
    push(chunk) {
      size += chunk.byteLength
      for (const element of splitter.push(decoder.decode(chunk, { stream: true }))) {
        const verdict = judge(element)
        if (verdict.kind !== 'undecided') return verdict
      }
      return UNDECIDED
    },
    end: () => (size === 0 || splitter.hasClosed ? EMPTY : GARBAGE),
  }
}
