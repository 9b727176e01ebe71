import { type AnswerFormat, CONTENT, UNDECIDED } from '../../upstream/answer-format.ts'
import { createSseProbe } from '../../upstream/sse-probe.ts'

const DONE = '[DONE]'

/** A stream of `chat.completion.chunk` events as Google's OpenAI layer sends them. */
export const COMPLETION_CHUNKS: AnswerFormat = {
  delivery: 'stream',
  probe: () => createSseProbe((event) => (chunkHasContent(event) ? CONTENT : UNDECIDED), DONE),
  sse: {
    isComplete: (tail) => tail.includes(`data: ${DONE}`) || /data: ?\[?\{\s*"error"/.test(tail),
    bareError: (rest) => (/^\s*\[?\s*\{\s*"error"/.test(rest) ? toEvent(rest) : null),
    cutEvent: (message) => toEvent(JSON.stringify({ error: { code: 503, message, status: 'UNAVAILABLE' } })),
  },
}

/** Bare JSON may stand on many lines; an event's data must not. */
function toEvent(json: string): string {
  return `data: ${json.trim().replace(/\s*\n\s*/g, '')}\n\n`
}

interface Chunk {
  readonly choices?: readonly {
    readonly finish_reason?: string | null
    readonly delta?: Readonly<Record<string, unknown>>
  }[]
}

/** The first chunk may hold the role alone, the last one the usage alone: neither is content. */
function chunkHasContent(event: unknown): boolean {
  const { choices } = event as Chunk
  if (!Array.isArray(choices)) return true
  return (choices as NonNullable<Chunk['choices']>).some(
    ({ delta = {}, finish_reason }) =>
      (typeof finish_reason === 'string' && finish_reason !== 'stop') ||
      Object.entries(delta).some(([name, value]) => name !== 'role' && value !== null && value !== ''),
  )
}
