import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { RunningHost, StartHost } from './host.ts'

/**
 * The one HTTP suite that every host passes. It talks to a real server and knows nothing of how the host runs.
 *
 * @param expectedFailures - titles of tests that this host cannot pass, each for a reason said beside it.
 */
export function describeHost(name: string, start: StartHost, expectedFailures: readonly string[] = []): void {
  const hostTest = (title: string, run: () => Promise<void>): void =>
    expectedFailures.includes(title) ? test.fails(title, run) : test(title, run)

  describe(name, () => {
    let host: RunningHost
    beforeAll(async () => {
      host = await start({ env: {} })
    })
    afterAll(() => host?.stop())

    hostTest('/ names the gateway', async () => {
      const response = await fetch(`${host.url}/`)
      expect(response.status).toBe(200)
      expect(await response.text()).toContain('gemini-balance-edge')
    })

    hostTest('/health is ok without a credential', async () => {
      const response = await fetch(`${host.url}/health`)
      expect(response.status).toBe(200)
      expect(await response.json()).toMatchObject({ status: 'ok' })
    })

    hostTest('an unknown path is 404', async () => {
      const response = await fetch(`${host.url}/no/such/path`)
      expect(response.status).toBe(404)
    })
  })
}
