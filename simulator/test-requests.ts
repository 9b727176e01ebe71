import type { JsonObject } from './json.ts'
import { createSimulator, type Simulator, type SimulatorOptions } from './simulator.ts'

/** A Saturday at 12:00 in Los Angeles, standard time. */
export const NOON = Date.parse('2026-11-21T20:00:00Z')
export const KEY = 'AIza-test-key'
export const FLASH = 'gemini-3.8-flash'
export const OLD_FLASH = 'gemini-2.5-flash'

/** A simulator with one paid key and a clock that stands at noon. */
export function simulatorWith(options: SimulatorOptions = {}): Simulator {
  const simulator = createSimulator({ keys: [{ key: KEY, project: '12345678' }], ...options })
  simulator.setClock({ now: NOON })
  return simulator
}

/** One user text as a request body. */
export function asking(text: string, more: JsonObject = {}): JsonObject {
  return { contents: [{ role: 'user', parts: [{ text }] }], ...more }
}

export interface Answered {
  readonly status: number
  readonly headers: Headers
  readonly text: string
}

/** Posts a body to `/v1beta/models/{model}:{method}`, or to a path of its own, with the test key. */
export async function post(
  simulator: Simulator,
  target: string,
  body: JsonObject | string,
  headers: Record<string, string> = { 'x-goog-api-key': KEY },
): Promise<Answered> {
  const path = target.startsWith('/') ? target : `/v1beta/models/${target}`
  return await read(
    await simulator.fetch(
      new Request(`http://simulator.test${path}`, {
        method: 'POST',
        headers,
        body: typeof body === 'string' ? body : JSON.stringify(body),
      }),
    ),
  )
}

export async function get(
  simulator: Simulator,
  path: string,
  headers: Record<string, string> = { 'x-goog-api-key': KEY },
): Promise<Answered> {
  return await read(await simulator.fetch(new Request(`http://simulator.test${path}`, { headers })))
}

async function read(response: Response): Promise<Answered> {
  return { status: response.status, headers: response.headers, text: await response.text() }
}

/** The message of an error body, out of its array where it has one. */
export function messageOf({ text }: Answered): string {
  const parsed = JSON.parse(text)
  return (Array.isArray(parsed) ? parsed[0] : parsed).error.message
}

/** The JSON of each event of an SSE body. */
export function eventsOf(text: string) {
  return text
    .split('\r\n\r\n')
    .filter((event) => event !== '')
    .map((event) => JSON.parse(event.slice('data: '.length)))
}

/** All parts of all first candidates. */
export function partsOf(text: string) {
  return eventsOf(text).flatMap((event) => event.candidates?.[0]?.content?.parts ?? [])
}
