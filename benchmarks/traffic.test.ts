import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startBareProxy } from './bare-proxy.ts'
import { runLoad } from './load.ts'
import { startReplayUpstream } from './replay-upstream.ts'
import { type Endpoint, measureTraffic } from './traffic.ts'
import { LARGE_BODY, REPLAYED_CASES, STREAM, UNARY_10 } from './traffic-cases.ts'

const KEY = 'pool-key-1'
const EFFORT = { rounds: 2, sliceMs: 30 }

let upstream: Awaited<ReturnType<typeof startReplayUpstream>>
let proxy: Awaited<ReturnType<typeof startBareProxy>>

beforeAll(async () => {
  upstream = await startReplayUpstream({ cases: REPLAYED_CASES, keyPrefix: 'pool-key' })
  proxy = await startBareProxy({ baseUrl: upstream.url, keys: [KEY, 'pool-key-2'] })
})
afterAll(() => {
  proxy.close()
  upstream.close()
})

function at(url: string, credential: string): Endpoint {
  let cpu = 0
  return { url, credential, cpuMs: () => (cpu += 10) }
}

describe('measureTraffic', () => {
  test.each([UNARY_10, STREAM, LARGE_BODY])('$name, answers without errors', async (traffic) => {
    const through = at(proxy.url, 'not a key of the pool')
    const endpoints = { direct: at(upstream.url, KEY), floor: through, gateway: through }
    const result = await measureTraffic(traffic, endpoints, EFFORT)
    expect(result.errors).toBe(0)
    expect(result.throughputRatio.median).toBeGreaterThan(0)
    expect(result.firstEvent.gateway.p50).toBeGreaterThan(0)
    expect(result.cpu).not.toBeNull()
  })

  test('processor time unknown, compares answers per second', async () => {
    const unknown = (url: string, credential: string) => ({ url, credential, cpuMs: () => null })
    const endpoints = {
      direct: unknown(upstream.url, KEY),
      floor: unknown(proxy.url, 'any'),
      gateway: unknown(proxy.url, 'any'),
    }
    const result = await measureTraffic(UNARY_10, endpoints, EFFORT)
    expect(result.cpu).toBeNull()
    expect(result.throughputRatio.median).toBeGreaterThan(0)
  })

  test('a proxy that sends no key of the pool, throws before the load', async () => {
    const keyless = await startBareProxy({ baseUrl: upstream.url, keys: ['wrong'] })
    const endpoints = {
      direct: at(upstream.url, KEY),
      floor: at(proxy.url, 'any'),
      gateway: at(keyless.url, 'any'),
    }
    await expect(measureTraffic(UNARY_10, endpoints, EFFORT)).rejects.toThrow('gateway: 400')
    keyless.close()
  })
})

describe('runLoad', () => {
  const load = {
    url: '',
    headers: { 'x-goog-api-key': KEY },
    body: STREAM.body,
    connections: 2,
    durationMs: 10,
    answerBytes: 1,
  }

  test('an answer of another length, counts as an error and not as an answer', async () => {
    const result = await runLoad({ ...load, url: upstream.url + STREAM.target })
    expect(result.errors).toBeGreaterThan(0)
    expect(result.answers).toBe(0)
  })

  test('nobody listening, counts errors', async () => {
    const result = await runLoad({ ...load, url: 'http://127.0.0.1:1/' })
    expect(result.errors).toBeGreaterThan(0)
  })
})
