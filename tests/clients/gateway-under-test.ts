import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { vi } from 'vitest'
import type { FaultRuleInput } from '../../simulator/control/schema.ts'
import { createSimulator, type Simulator } from '../../simulator/simulator.ts'
import { startNodeServer } from '../../src/adapters/node.ts'

/** Enforces thought signatures. */
export const GEMINI_3 = 'gemini-3.8-flash'
/** Thinks by budget, and sends no signatures. */
export const GEMINI_2 = 'gemini-2.5-flash'
/** Gemini CLI asks it how hard a prompt is. */
const GEMINI_LITE = 'gemini-3.5-flash-lite'
export const EMBEDDING = 'gemini-embedding-001'

/** All that a client is told, besides the gateway's URL. */
export const TOKEN = 'token-of-the-operator'

const DEAD_KEY = 'key-that-google-refuses'
const SPENT_KEY = 'key-without-quota-today'
/** Third in line: the first to give an answer. */
export const FIRST_WORKING_KEY = 'key-that-works-1'
const WORKING_KEYS = [FIRST_WORKING_KEY, 'key-that-works-2']

/** A gateway on Node with a port of its own, in front of a simulator. */
export interface GatewayUnderTest {
  readonly url: string
  readonly simulator: Simulator
  /** What the gateway has logged. */
  readonly log: readonly string[]
  stop(): Promise<void>
}

/**
 * Starts a gateway that has served nobody yet. Of its four keys one is dead and one is out of its day quota, and
 * their turns come first.
 *
 * @param env - settings beside keys and token.
 */
export async function startGateway(env: Readonly<Record<string, string>> = {}): Promise<GatewayUnderTest> {
  const simulator = createSimulator({
    keys: [
      { key: DEAD_KEY, state: 'invalid' },
      { key: SPENT_KEY, tier: 'free', quotas: { '*': { rpd: 1 } } },
      ...WORKING_KEYS.map((key) => ({ key })),
    ],
  })
  await spendDay(simulator)
  const upstream = await simulator.listen()
  const dataDir = await mkdtemp(join(tmpdir(), 'gateway-under-test-'))
  const log: string[] = []
  // The balancer begins somewhere: here with the first key, so that every test sees failover.
  const random = vi.spyOn(Math, 'random').mockReturnValue(0)
  const gateway = await startNodeServer({
    env: {
      AUTH_TOKEN: TOKEN,
      GEMINI_API_KEY: [DEAD_KEY, SPENT_KEY, ...WORKING_KEYS].join(),
      GEMINI_BASE_URL: upstream.url,
      DATA_DIR: dataDir,
      HOST: '127.0.0.1',
      PORT: '0',
      LOG_LEVEL: 'debug',
      ...env,
    },
    log: (line) => log.push(line),
  })
  random.mockRestore()
  return {
    url: gateway.url,
    simulator,
    log,
    stop: async () => {
      await gateway.close()
      await upstream.close()
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}

async function spendDay(simulator: Simulator): Promise<void> {
  const body = JSON.stringify({ contents: [{ role: 'user', parts: [{ text: 'the only call of the day' }] }] })
  for (const model of [GEMINI_3, GEMINI_2, GEMINI_LITE]) {
    const response = await simulator.fetch(
      new Request(`http://simulator.test/v1beta/models/${model}:generateContent`, {
        method: 'POST',
        headers: { 'x-goog-api-key': SPENT_KEY },
        body,
      }),
    )
    if (!response.ok) throw new Error(`The day of ${SPENT_KEY} could not be spent: ${await response.text()}`)
  }
  simulator.clearCalls()
}

/** From now on every key is out of its day quota. */
export function spendAllKeys({ simulator }: GatewayUnderTest): void {
  simulator.addFault({ match: { path: ':' }, fault: { error: 'quota-day' } })
}

/** From now on every answer of the keys that work goes wrong like this. */
export function breakAnswers({ simulator }: GatewayUnderTest, fault: FaultRuleInput['fault']): void {
  for (const key of WORKING_KEYS) simulator.addFault({ match: { key }, fault })
}

/** What Google answered to each call of the gateway, oldest first. */
export function statusesAtGoogle({ simulator }: GatewayUnderTest): readonly (number | null)[] {
  return simulator.calls().map(({ status }) => status)
}

/** Where the gateway went, oldest first: `generateContent /v1/models/...`. */
export function pathsAtGoogle({ simulator }: GatewayUnderTest): readonly string[] {
  return simulator.calls().map(({ path }) => path)
}
