import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'

let temporary: string
let demo: ChildProcess | undefined
beforeEach(async () => {
  temporary = await mkdtemp(join(tmpdir(), 'demo-test-'))
})
afterEach(async () => {
  demo?.kill('SIGKILL')
  await rm(temporary, { recursive: true, force: true })
})

test('the demo serves with the token it prints, and leaves nothing behind at Ctrl-C', async () => {
  demo = spawn(process.execPath, ['--import', 'tsx', 'scripts/demo.ts'], {
    env: { PATH: process.env.PATH, TMPDIR: temporary, PORT: '0' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const output = await readUntil(demo, 'Ctrl-C')
  expect(output).toContain('12 of 12 calls were answered')
  const [, url, token] = /listens on (\S+) with the token (\S+)\./.exec(output) ?? []

  const response = await fetch(`${url}/v1beta/models/gemini-3.8-flash:generateContent`, {
    method: 'POST',
    headers: { 'x-goog-api-key': token ?? '' },
    body: JSON.stringify({ contents: [{ role: 'user', parts: [{ text: 'hello' }] }] }),
  })
  expect(response.status).toBe(200)
  expect(await response.text()).toContain('You said: hello')

  demo.kill('SIGINT')
  expect(await once(demo, 'exit')).toEqual([0, null])
  expect((await readdir(temporary)).filter((name) => name.startsWith('gemini-balance-edge'))).toEqual([])
})

async function readUntil({ stdout }: ChildProcess, word: string): Promise<string> {
  let output = ''
  for await (const chunk of stdout ?? []) {
    output += chunk
    if (output.includes(word)) return output
  }
  throw new Error(`The demo ended too early: ${output}`)
}
