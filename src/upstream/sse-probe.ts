import { createParser } from 'eventsource-parser'
import { classifyFailure } from '../health/classify-failure.ts'
import { readGoogleError } from '../health/google-error.ts'
import { redact } from '../telemetry/redact.ts'
import { type AnswerProbe, UNDECIDED, type Verdict } from './answer-format.ts'

/** The first line that is no event stream, but the beginning of a bare error. */
const BARE_JSON = /(?<![^\r\n])[ \t]*[{[]/

/** What one event's JSON means; `null` for an event that is neither content nor failure. */
export type JudgeEvent = (event: unknown) => Verdict

/**
 * Reads a stream of server-sent events until one carries content, or shows that none will.
 *
 * Google reports a failure within a 200 stream in two ways: as an event `data: {"error": ...}`, and as bare
 * JSON lines without `data:`. Both count, as does an event that is no JSON at all.
 */
export function createSseProbe(judge: JudgeEvent, endMark: string | null = null): AnswerProbe {
  const decoder = new TextDecoder()
  let verdict: Verdict = UNDECIDED
  let text = ''
  const parser = createParser({
    onEvent: ({ data }) => {
      if (verdict.kind === 'undecided' && data !== endMark) verdict = judgeData(data, judge)
    },
  })

  return {
    push(chunk) {
      const added = decoder.decode(chunk, { stream: true })
      text += added
      parser.feed(added)
      return verdict
    },
    end() {
      // A stream that ends without its blank line still ends its last event: whole, or cut and so no JSON.
      parser.feed(`${decoder.decode()}\n\n`)
      if (verdict.kind !== 'undecided') return verdict
      const bareAt = text.search(BARE_JSON)
      if (bareAt !== -1) return failureIn(text.slice(bareAt))
      return { kind: 'failure', failure: { kind: 'empty-answer' }, message: null }
    },
  }
}

function judgeData(data: string, judge: JudgeEvent): Verdict {
  let event: unknown
  try {
    event = JSON.parse(data)
  } catch {
    return { kind: 'failure', failure: { kind: 'upstream-fault', cause: 'garbage' }, message: null }
  }
  const first: unknown = Array.isArray(event) ? event[0] : event
  if (typeof first === 'object' && first !== null && 'error' in first) return failureIn(data)
  return judge(event)
}

/** An error that came inside a 200 answer: its own code stands in for the HTTP status. */
export function failureIn(json: string): Extract<Verdict, { kind: 'failure' }> {
  const error = readGoogleError(json)
  return {
    kind: 'failure',
    failure:
      error.code === null ? { kind: 'upstream-fault', cause: 'garbage' } : classifyFailure(error.code, error),
    message: redact(error.message).slice(0, 500) || null,
  }
}
