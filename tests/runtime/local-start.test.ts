import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { bundleNode } from '../../scripts/lib/bundle.ts'
import { toolPath } from '../../scripts/lib/toolchain.ts'
import { createSimulator } from '../../simulator/simulator.ts'
import { type RunningProcess, startProcess } from './process-host.ts'

await bundleNode('dist')

const AUTH_TOKEN = 'operator-token-of-the-suite'
const COMMANDS = {
  Node: { command: process.execPath, args: [resolve('dist/node.js')] },
  Bun: { command: toolPath('runtimes', 'bun'), args: ['run', resolve('bun_index.ts')] },
}

describe.each(Object.entries(COMMANDS))('the start on %s', (_name, command) => {
  let folder: string
  const running: RunningProcess[] = []

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'gateway-start-'))
  })
  afterEach(async () => {
    await Promise.all(running.splice(0).map((host) => host.stop()))
    await rm(folder, { recursive: true, force: true })
  })

  async function start(env: Readonly<Record<string, string>>): Promise<RunningProcess> {
    const host = await startProcess({ ...command, folder, env: { PORT: '0', ...env } })
    running.push(host)
    return host
  }

  test('without AUTH_TOKEN makes one, shows it once and keeps it for its user alone', async () => {
    const first = await start({})
    const path = join(folder, 'data/auth-token')
    const token = (await readFile(path, 'utf8')).trim()
    expect(token).toMatch(/^[0-9a-f]{32}$/)
    expect((await stat(path)).mode & 0o777).toBe(0o600)
    expect(first.output().split(token)).toHaveLength(2)

    const second = await start({})
    expect(second.output()).not.toContain(token)
    expect(second.output()).toContain(join('data', 'auth-token'))
  })

  test('with AUTH_TOKEN keeps no token and prints none', async () => {
    const host = await start({ AUTH_TOKEN })
    expect(host.output()).not.toContain(AUTH_TOKEN)
    await expect(stat(join(folder, 'data/auth-token'))).rejects.toThrow('ENOENT')
  })

  test('without keys serves, and says how to add them', async () => {
    const host = await start({ AUTH_TOKEN })
    expect((await fetch(`${host.url}/health`)).status).toBe(200)
    await expect.poll(host.output, { timeout: 10_000 }).toContain('set GEMINI_API_KEY')
  })

  test('reads .env, and prefers what the environment says', async () => {
    await writeFile(join(folder, '.env'), `AUTH_TOKEN=${AUTH_TOKEN}\nPORT=1\nDATA_DIR=elsewhere\n`)
    const host = await start({ DATA_DIR: 'here' })
    expect(host.output()).not.toContain('AUTH_TOKEN is not set')
    expect(new URL(host.url).port).not.toBe('1')
  })

  test('with bad settings ends with code 1 and the names of the settings alone', async () => {
    const refusal = start({ PORT: '99999', TIME_OUT: 'soon' })
    await expect(refusal).rejects.toThrow(/^exit code 1: Invalid settings:\n- .*\n- .*\n$/)
    await expect(refusal).rejects.not.toThrow('99999')
  })

  test('on a port in use ends with code 1 and says so', async () => {
    const holder = createServer().listen(0, '127.0.0.1')
    await expect.poll(() => holder.listening, { timeout: 10_000 }).toBe(true)
    const address = holder.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    try {
      await expect(start({ AUTH_TOKEN, PORT: String(port) })).rejects.toThrow(
        `exit code 1: Port ${port} on 127.0.0.1 is in use. Stop what holds it, or set PORT to another one.\n`,
      )
    } finally {
      holder.close()
    }
  })

  test('is undone by SIGTERM: no new connection, but an open stream ends as it would have', async () => {
    const simulator = createSimulator({ keys: [{ key: 'AIza-good' }] })
    simulator.setPacing({ gapMs: 100 })
    const upstream = await simulator.listen()
    const host = await start({ AUTH_TOKEN, GEMINI_BASE_URL: upstream.url, GEMINI_API_KEY: 'AIza-good' })
    const response = await fetch(`${host.url}/v1beta/models/gemini-2.5-flash:streamGenerateContent?alt=sse`, {
      method: 'POST',
      headers: { 'x-goog-api-key': AUTH_TOKEN, 'content-type': 'application/json' },
      body: JSON.stringify({
        contents: [{ role: 'user', parts: [{ text: '[[chunks:8]] a b c d e f g h' }] }],
      }),
    })
    const ended = host.end('SIGTERM')
    await expect
      .poll(() => fetch(`${host.url}/health`).catch(() => 'refused'), { timeout: 10_000 })
      .toBe('refused')
    expect((await response.text()).match(/^data: /gm)).toHaveLength(8)
    expect(await ended).toBe(0)
    await upstream.close()
  })
})
