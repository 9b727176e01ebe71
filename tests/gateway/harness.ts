import type { SimulatedKey } from '../../simulator/simulator.ts'
import { createSimulator } from '../../simulator/simulator.ts'
import { createGateway } from '../../src/gateway.ts'
import type { KV } from '../../src/kv/kv.ts'
import { createMemoryKV } from '../../src/kv/memory.ts'

export const AUTH_TOKEN = 'operator-token-for-tests'
export const MODEL = 'gemini-2.5-flash'

export interface HarnessOptions {
  readonly keys?: readonly SimulatedKey[]
  /** Weights for `GEMINI_API_KEY`, by key; 1 where none is given. */
  readonly weights?: Readonly<Record<string, number>>
  readonly env?: Readonly<Record<string, string>>
  /** Unix ms: frozen, for gateway and simulator alike, moved with `advance`. */
  readonly now?: number
  readonly kv?: KV
}

/** The whole gateway in this process, in front of a simulator on a real port of this machine. */
export async function startHarness({
  keys = [{ key: 'sim-key-1' }],
  weights = {},
  env = {},
  now,
  kv,
}: HarnessOptions = {}) {
  const simulator = createSimulator({ keys })
  const server = await simulator.listen()
  const log: string[] = []
  const deferred: Promise<void>[] = []
  let clock = now
  if (clock !== undefined) simulator.setClock({ now: clock })
  const read = () => clock ?? Date.now()
  const openKV = kv ?? createMemoryKV({ now: read })
  const settings = {
    GEMINI_BASE_URL: server.url,
    GEMINI_API_KEY: keys.map(({ key }) => `${key}:${weights[key] ?? 1}`).join(','),
    AUTH_TOKEN,
    LOG_LEVEL: 'debug',
    ...env,
  }
  const start = () =>
    createGateway({
      host: 'node',
      env: settings,
      now: read,
      random: () => 0,
      openKV: async () => openKV,
      log: (line) => log.push(line),
    })
  let gateway = start()

  return {
    simulator,
    log,
    /** Sends a request the way a host would. */
    fetch: async (path: string, init: RequestInit = {}) =>
      gateway.fetch(new Request(`http://gateway.test${path}`, init), {
        defer: (work) => void deferred.push(work),
        clientIp: '127.0.0.1',
      }),
    /** Puts both clocks forward. */
    advance: (ms: number) => {
      if (clock === undefined) throw new Error('Only a harness with `now` has a clock of its own.')
      clock += ms
      simulator.setClock({ now: clock })
    },
    settle: () => Promise.all(deferred),
    /** A new process over the same store. */
    restart: () => {
      gateway = start()
    },
    close: async () => {
      await Promise.all(deferred)
      await server.close()
    },
  }
}

export type Harness = Awaited<ReturnType<typeof startHarness>>

const OPERATOR = { 'x-goog-api-key': AUTH_TOKEN, 'content-type': 'application/json' }

export function say(text: string): string {
  return JSON.stringify({ contents: [{ role: 'user', parts: [{ text }] }] })
}

/** One `generateContent` as the operator. */
export function generate(harness: Harness, text = 'hello', init: RequestInit = {}): Promise<Response> {
  return harness.fetch(`/v1beta/models/${MODEL}:generateContent`, {
    method: 'POST',
    headers: OPERATOR,
    body: say(text),
    ...init,
  })
}

/** One `streamGenerateContent?alt=sse` as the operator. */
export function stream(harness: Harness, text = 'hello', init: RequestInit = {}): Promise<Response> {
  return harness.fetch(`/v1beta/models/${MODEL}:streamGenerateContent?alt=sse`, {
    method: 'POST',
    headers: OPERATOR,
    body: say(text),
    ...init,
  })
}

/** How often each key was called, generation calls alone. */
export function callsByKey({ simulator }: Harness): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const { key } of simulator.calls()) counts[key ?? '-'] = (counts[key ?? '-'] ?? 0) + 1
  return counts
}
