import type { Invocation } from '../platform.ts'
import { lazyGateway } from './edge.ts'
import { openVercelStore } from './open-vercel-store.ts'

interface RequestContext {
  waitUntil?(work: Promise<unknown>): void
}

/** Where Vercel keeps the context of the request being served. @source @vercel/functions get-context.ts */
const REQUEST_CONTEXT = Symbol.for('@vercel/request-context')

const gatewayFetch = lazyGateway(() => ({
  host: 'vercel',
  env: process.env,
  now: Date.now,
  random: Math.random,
  openKV: () => openVercelStore(process.env, console.log),
  log: console.log,
}))

function handle(request: Request, context?: RequestContext): Response | Promise<Response> {
  return gatewayFetch(request, invocationOf(request, context ?? currentContext()))
}

function invocationOf(request: Request, context: RequestContext): Invocation {
  return {
    // Without waitUntil, work still runs while other requests keep the isolate alive.
    defer: (work) => context.waitUntil?.(work),
    clientIp: request.headers.get('x-real-ip'),
  }
}

function currentContext(): RequestContext {
  const carrier: typeof globalThis & { [REQUEST_CONTEXT]?: { get?(): RequestContext | undefined } } =
    globalThis
  return carrier[REQUEST_CONTEXT]?.get?.() ?? {}
}

/**
 * The function behind `api/index.ts`. A rewrite in vercel.json brings every path here; `request.url` is still the one
 * that the client asked for. Vercel's Edge runtime calls the export itself and passes a context; its Node runtime
 * (Fluid compute) calls `fetch` and keeps the context in a global.
 *
 * @source @vercel/node: edge-handler-template.js, bundling-handler.js
 */
export const vercelFunction = Object.assign(handle, { fetch: handle })
