import { type AnswerFormat, CONTENT, UNDECIDED } from '../../upstream/answer-format.ts'
import { createSseProbe } from '../../upstream/sse-probe.ts'

const DONE = '[DONE]'

/** A stream of `chat.completion.chunk` events as Google's OpenAI layer sends them. */
export const COMPLETION_CHUNKS: AnswerFormat = {
  delivery: 'stream',
  probe: () => createSseProbe((event) => (chunkHasContent(event) ? CONTENT : UNDECIDED), DONE),
  sse: {
    marksEnd: (text) => /(^|[\r\n])data: ?(\[DONE\]|\[?\{\s*"error")/.test(text),
  },
}

interface Chunk {
  readonly choices?: readonly ({
    readonly finish_reason?: string | null
    readonly delta?: Readonly<Record<string, unknown>> | null
  } | null)[]
}

/** The first chunk may hold the role alone, the last one the usage alone: neither is content. */
function chunkHasContent(event: unknown): boolean {
  const choices = (event as Chunk | null)?.choices
  if (!Array.isArray(choices)) return true
  return (choices as NonNullable<Chunk['choices']>).some((choice) => {
    const { finish_reason, delta } = choice ?? {}
    if (typeof finish_reason === 'string' && finish_reason !== 'stop') return true
    return Object.entries(delta ?? {}).some(
      ([name, value]) => name !== 'role' && value !== null && value !== '',
    )
  })
}
