import { afterEach, beforeEach, expect, test } from 'vitest'
import { SimulatorClient } from './client.ts'
import type { Simulator, SimulatorServer } from './simulator.ts'
import { asking, FLASH, KEY, NOON, post, simulatorWith } from './test-requests.ts'

let simulator: Simulator
let server: SimulatorServer
let client: SimulatorClient

beforeEach(async () => {
  simulator = simulatorWith()
  server = await simulator.listen()
  client = new SimulatorClient(server.url)
})

afterEach(() => server.close())

function generate(text: string, headers: Record<string, string> = {}) {
  return fetch(`${server.url}/v1beta/models/${FLASH}:generateContent?alt=json`, {
    method: 'POST',
    headers: { 'x-goog-api-key': KEY, ...headers },
    body: JSON.stringify(asking(text)),
  })
}

test('calls over HTTP show what was asked, of what and how it went', async () => {
  await (await generate('hello', { 'x-trace': 'abc' })).text()
  const [call, ...others] = await client.calls()
  expect(others).toEqual([])
  expect(call).toMatchObject({
    at: NOON,
    method: 'generateContent',
    httpMethod: 'POST',
    path: `/v1beta/models/${FLASH}:generateContent`,
    query: 'alt=json',
    key: KEY,
    keyId: KEY,
    project: '12345678',
    model: FLASH,
    body: JSON.stringify(asking('hello')),
    bodyBase64: null,
    status: 200,
    fault: null,
    cancelledAt: null,
  })
  expect(call?.headers['x-trace']).toBe('abc')
})

test('a body that is not UTF-8 is recorded in base64', async () => {
  await (await fetch(`${server.url}/nowhere`, { method: 'POST', body: new Uint8Array([0xff, 0x00]) })).text()
  expect((await client.calls())[0]).toMatchObject({
    method: 'unknown',
    status: 404,
    body: null,
    bodyBase64: '/wA=',
  })
})

test('calls are filtered, cleared, bounded and switched off', async () => {
  const bounded = simulatorWith({ callLogLimit: 2 })
  for (const text of ['a', 'b', 'c', 'd', 'e']) await post(bounded, `${FLASH}:generateContent`, asking(text))
  expect(bounded.calls().map((call) => call.id)).toEqual([4, 5])
  expect(bounded.calls({ key: 'other' })).toEqual([])
  bounded.clearCalls()
  bounded.setSettings({ recordCalls: false })
  await post(bounded, `${FLASH}:generateContent`, asking('f'))
  expect(bounded.calls()).toEqual([])
})

test('keys, faults, quotas, models, settings and the clock are set over HTTP', async () => {
  await client.setKeys([{ key: KEY, project: 'p' }])
  await client.setQuotas([{ project: 'p', model: '*', rpd: 1 }])
  expect((await generate('a')).status).toBe(200)
  expect((await generate('a')).status).toBe(429)
  await client.clearUsage()
  expect(await client.addFault({ fault: { error: 'overloaded' }, times: 1 })).toBe('fault-1')
  expect((await generate('a')).status).toBe(503)
  await client.updateKey({ key: KEY, state: 'leaked' })
  expect((await generate('a')).status).toBe(403)
  await client.setModels([{ id: 'new-model' }])
  await client.setPacing({ gapMs: 1 })
  await client.setSettings({ gzip: false })
  await client.setClock({ now: 1_000 })
  await client.advanceClock(500)
  expect(await client.now()).toBe(1_500)
  await client.clearFaults()
  await client.clearCalls()
  expect(await client.calls()).toEqual([])
})

test('reset brings back what the simulator was created with', async () => {
  await client.setKeys([])
  await client.addFault({ fault: { error: 'internal' } })
  await client.reset()
  expect((await generate('a')).status).toBe(200)
  expect(simulator.now()).toBeGreaterThan(NOON - 1_000_000_000_000)
})

test('a clock that is not frozen goes on from where it was set', () => {
  let machine = 100
  const running = simulatorWith({ clock: () => machine })
  running.setClock({ now: 5_000, isFrozen: false })
  machine += 7
  expect(running.now()).toBe(5_007)
  running.advanceClock(1_000)
  expect(running.now()).toBe(6_007)
})

test.each([
  ['a misspelt fault', 'addFault', { fault: { eror: 'internal' } }, /eror/],
  ['an unknown error name', 'addFault', { fault: { error: 'meteor' } }, /error/],
  ['a key without a key', 'setKeys', [{}], /key/],
  ['a quota below zero', 'setQuotas', [{ project: 'p', model: '*', rpm: -1 }], /rpm/],
])('%s is refused with a text that names the field', async (_, name, argument, message) => {
  const response = await fetch(`${server.url}/__simulator/${name}`, {
    method: 'POST',
    body: JSON.stringify(argument),
  })
  expect(response.status).toBe(400)
  expect((await response.json()).error).toMatch(message)
})

test('the client rejects with the simulator’s own words', async () => {
  await expect(client.updateKey({ key: 'nobody', state: 'ok' })).rejects.toThrow('no such key')
})

test('an unknown control call lists those there are', async () => {
  const response = await fetch(`${server.url}/__simulator/explode`, { method: 'POST' })
  expect(response.status).toBe(404)
  expect((await response.json()).error).toContain('advanceClock')
})

test('control calls are not recorded', async () => {
  await client.now()
  expect(await client.calls()).toEqual([])
})

test('unary JSON is gzipped for those who accept it, streams are not', async () => {
  const stream = () =>
    fetch(`${server.url}/v1beta/models/${FLASH}:streamGenerateContent?alt=sse`, {
      method: 'POST',
      headers: { 'x-goog-api-key': KEY },
      body: JSON.stringify(asking('hi')),
    })
  const zipped = await generate('hi')
  expect(zipped.headers.get('content-encoding')).toBe('gzip')
  expect(JSON.parse(await zipped.text()).candidates).toHaveLength(1)
  expect((await generate('hi', { 'accept-encoding': 'identity' })).headers.get('content-encoding')).toBeNull()
  expect((await stream()).headers.get('content-encoding')).toBeNull()
})
