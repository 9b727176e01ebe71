/** One kind of request, and how many of it at a time. */
export interface TrafficCase {
  readonly name: string
  /** Path and query; of the replayed cases, those with the same target have the same body. */
  readonly target: string
  readonly body: string
  readonly connections: number
}

const FLASH = '/v1beta/models/gemini-2.5-flash'
const PRO = '/v1beta/models/gemini-2.5-pro'

function prompt(...texts: readonly string[]): string {
  const contents = texts.map((text, index) => ({
    role: index % 2 === 0 ? 'user' : 'model',
    parts: [{ text }],
  }))
  return JSON.stringify({ contents })
}

const UNARY = { target: `${FLASH}:generateContent`, body: prompt('Tell me a story. [[words:100]]') }

const UNARY_1: TrafficCase = { ...UNARY, name: 'unary, 1 connection', connections: 1 }
export const UNARY_10: TrafficCase = { ...UNARY, name: 'unary, 10 connections', connections: 10 }
const UNARY_50: TrafficCase = { ...UNARY, name: 'unary, 50 connections', connections: 50 }

export const STREAM: TrafficCase = {
  name: 'stream of 20 events at once, 10 connections',
  target: `${FLASH}:streamGenerateContent?alt=sse`,
  body: prompt('Tell me a story. [[words:100]] [[chunks:20]]'),
  connections: 10,
}

export const LARGE_BODY: TrafficCase = {
  name: 'unary, request of 100 kB, 10 connections',
  target: `${PRO}:generateContent`,
  body: prompt('Once upon a time. '.repeat(5_600), 'I have read it.', 'Go on. [[words:100]]'),
  connections: 10,
}

/** Ten events, 20 ms apart. */
export const PACED_STREAM: TrafficCase = {
  name: 'stream of 10 events, 20 ms apart, 5 connections',
  target: `${FLASH}:streamGenerateContent?alt=sse`,
  body: prompt('Tell me a story. [[words:50]] [[chunks:10]]'),
  connections: 5,
}

/** Those whose answers are replayed: the simulator itself would be slower than what is measured. */
export const REPLAYED_CASES = [UNARY_1, UNARY_10, UNARY_50, STREAM, LARGE_BODY]
