import { expect, test, vi } from 'vitest'
import type { Invocation, Platform } from '../platform.ts'
import { lazyGateway } from './edge.ts'

const INVOCATION: Invocation = { defer: () => undefined, clientIp: null }

function platformWith(env: Platform['env'], log: Platform['log'] = () => undefined): Platform {
  return {
    host: 'vercel',
    env,
    now: () => 0,
    random: () => 0,
    openKV: () => Promise.reject(new Error('no store')),
    log,
  }
}

const health = () => new Request('https://gateway.example/health')

test('lazyGateway asks for the platform at the first request, and only then', async () => {
  const describePlatform = vi.fn(() => platformWith({}))
  const fetch = lazyGateway(describePlatform)
  expect(describePlatform).not.toHaveBeenCalled()
  expect((await fetch(health(), INVOCATION)).status).toBe(200)
  expect((await fetch(health(), INVOCATION)).status).toBe(200)
  expect(describePlatform).toHaveBeenCalledTimes(1)
})

test('lazyGateway with bad settings answers 500 with their names to every request, and logs them once', async () => {
  const log = vi.fn()
  const fetch = lazyGateway(() => platformWith({ TIME_OUT: 'soon' }, log))
  for (let call = 0; call < 2; call++) {
    const response = await fetch(health(), INVOCATION)
    expect(response.status).toBe(500)
    const { error } = await response.json()
    expect(error).toMatchObject({ code: 500, status: 'INTERNAL' })
    expect(error.message).toContain('TIME_OUT')
    expect(error.message).not.toContain('soon')
  }
  expect(log).toHaveBeenCalledTimes(1)
  expect(log).toHaveBeenCalledWith(expect.stringContaining('TIME_OUT'))
})
