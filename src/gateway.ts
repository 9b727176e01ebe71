import { Hono } from 'hono'
import type { Invocation, Platform } from './platform.ts'

/** START HERE: the whole gateway behind one function. */
export interface Gateway {
  /** Never rejects: every failure is an answer. */
  fetch(request: Request, invocation: Invocation): Response | Promise<Response>
}

/** @throws ConfigError naming the variable, when a setting is invalid. */
export function createGateway(platform: Platform): Gateway {
  const app = new Hono<{ Bindings: Invocation }>()
  app.get('/', (c) => c.text('gemini-balance-edge'))
  app.get('/health', (c) => c.json({ status: 'ok', host: platform.host }))
  return { fetch: (request, invocation) => app.fetch(request, invocation) }
}
