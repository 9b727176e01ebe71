import { afterEach, expect, test, vi } from 'vitest'
import { createGateway } from '../gateway.ts'
import { vercelFunction } from './vercel.ts'

vi.mock('../gateway.ts', () => ({
  createGateway: vi.fn(() => ({
    fetch: (
      _request: Request,
      { defer, clientIp }: { defer(work: Promise<void>): void; clientIp: string },
    ) => {
      defer(Promise.resolve())
      return new Response(clientIp)
    },
  })),
}))

const REQUEST_CONTEXT = Symbol.for('@vercel/request-context')
const request = () => new Request('https://gateway.example/', { headers: { 'x-real-ip': '192.0.2.1' } })

afterEach(() => {
  Reflect.deleteProperty(globalThis, REQUEST_CONTEXT)
})

test('vercelFunction on the Edge runtime defers through the context that it is given', async () => {
  const waitUntil = vi.fn()
  const response = await vercelFunction(request(), { waitUntil })
  expect(await response.text()).toBe('192.0.2.1')
  expect(waitUntil).toHaveBeenCalledTimes(1)
  expect(createGateway).toHaveBeenCalledWith(expect.objectContaining({ host: 'vercel', env: process.env }))
})

test('vercelFunction.fetch on the Node runtime defers through the context in the global', async () => {
  const waitUntil = vi.fn()
  Object.assign(globalThis, { [REQUEST_CONTEXT]: { get: () => ({ waitUntil }) } })
  await vercelFunction.fetch(request())
  expect(waitUntil).toHaveBeenCalledTimes(1)
})

test('vercelFunction without any context still answers', async () => {
  expect((await vercelFunction(request())).status).toBe(200)
})
