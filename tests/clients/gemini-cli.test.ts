import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import {
  FIRST_WORKING_KEY,
  type GatewayUnderTest,
  GEMINI_2,
  GEMINI_3,
  spendAllKeys,
  startGateway,
  statusesAtGoogle,
} from './gateway-under-test.ts'
import { runGeminiCli } from './gemini-cli.ts'

/** Hours before Google's days begin anew: the CLI waits by itself when quota is back within minutes. */
const NOON_IN_CALIFORNIA = new Date('2026-11-21T20:00:00Z')

let gateway: GatewayUnderTest
beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: NOON_IN_CALIFORNIA })
  gateway = await startGateway()
})
afterEach(async () => {
  await gateway.stop()
  vi.useRealTimers()
})

/** The events of `-o stream-json`. */
function toEvents(stdout: string): Record<string, unknown>[] {
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>)
}

describe('Gemini CLI through a pool with a dead and a spent key', () => {
  test('a prompt, the model left to its router, is answered as if nothing had happened', async () => {
    const run = await runGeminiCli(gateway.url, ['-p', 'Grüße aus 東京'])
    expect(run.exitCode).toBe(0)
    expect(run.stdout).toMatch(/^You said: [\s\S]*Grüße aus 東京\n$/)
    const statuses = statusesAtGoogle(gateway)
    expect(statuses.slice(0, 3)).toEqual([400, 429, 200])
    expect(statuses.filter((status) => status === 200)).toHaveLength(2)
  })

  test('a prompt with -o stream-json gives its events', async () => {
    const run = await runGeminiCli(gateway.url, [
      ...['-p', '[[chunks:4]] [[say:one two three four]]'],
      ...['-m', GEMINI_3, '-o', 'stream-json'],
    ])
    const events = toEvents(run.stdout)
    const words = events.flatMap(({ role, content }) => (role === 'assistant' ? [String(content)] : []))
    expect(words.join('')).toBe('one two three four')
    expect(words.length).toBeGreaterThan(1)
    expect(events.at(-1)).toMatchObject({ type: 'result', status: 'success' })
    expect(statusesAtGoogle(gateway)).toEqual([400, 429, 200])
  })

  test('a tool of its own, asked for by a Gemini 3 model, goes round with its signature', async () => {
    const run = await runGeminiCli(
      gateway.url,
      ['-p', 'call:read_file {"file_path":"note.txt"}', '-m', GEMINI_3, '-o', 'stream-json'],
      { 'note.txt': 'the answer is 42' },
    )
    const events = toEvents(run.stdout)
    expect(events).toContainEqual(expect.objectContaining({ type: 'tool_use', tool_name: 'read_file' }))
    expect(events).toContainEqual(expect.objectContaining({ type: 'tool_result', status: 'success' }))
    expect(events.map(({ content }) => content ?? '').join('')).toContain('the answer is 42')
    expect(statusesAtGoogle(gateway)).toEqual([400, 429, 200, 200])
  })

  test('every key out of quota for today: it gives up at once, with words that say why', async () => {
    spendAllKeys(gateway)
    const run = await runGeminiCli(gateway.url, ['-p', 'hello', '-m', GEMINI_2])
    expect(run.exitCode).toBe(1)
    expect(run.stderr).toMatch(
      /Every key of this gateway rests on its quota for gemini-2\.5-flash\. Please retry in \d+s\./,
    )
    expect(statusesAtGoogle(gateway)).toEqual([429, 429, 429, 429])
  })

  test('an answer cut in its middle is asked for again by the CLI itself', async () => {
    gateway.simulator.addFault({
      match: { key: FIRST_WORKING_KEY },
      times: 1,
      fault: { cut: { afterEvents: 1 } },
    })
    const run = await runGeminiCli(gateway.url, ['-p', '[[say:one two three four]]', '-m', GEMINI_2])
    expect(run.exitCode).toBe(0)
    expect(run.stdout).toMatch(/one two three four\n$/)
    expect(statusesAtGoogle(gateway)).toEqual([400, 429, 200, 200])
  })
})
