import { type Context, Hono, type MiddlewareHandler } from 'hono'
import { cors } from 'hono/cors'
import { canonicalPath, splitUrl } from './dialects/canonical-path.ts'
import type { Dialect } from './dialects/dialect.ts'
import type { Dialects } from './dialects/dialects.ts'
import { FRONT_PAGE } from './front-page.ts'
import type { Invocation, Platform } from './platform.ts'
import { createServices } from './services.ts'
import { redact } from './telemetry/redact.ts'
import { createVerifyRoute } from './verify/route.ts'

/** START HERE: the whole gateway behind one function. */
export interface Gateway {
  /** Never rejects: every failure is an answer. */
  fetch(request: Request, invocation: Invocation): Response | Promise<Response>
  /** Writes to the store what is not there yet, before the process ends. Never rejects. */
  close(): Promise<void>
}

interface Env {
  readonly Bindings: Invocation
  readonly Variables: { readonly requestId: string }
}

/** @throws ConfigError naming the variable, when a setting is invalid. */
export function createGateway(platform: Platform): Gateway {
  const { warmUp, current, health, close } = createServices(platform)
  const app = new Hono<Env>({ getPath: (request) => canonicalPath(splitUrl(request.url).pathname) })
  const through =
    (dialectOf: (dialects: Dialects, request: Request) => Dialect) => async (c: Context<Env>) => {
      await warmUp()
      const { serve, dialects } = current()
      const { raw: request, path } = c.req
      return serve(dialectOf(dialects, request), {
        request,
        path,
        requestId: c.get('requestId'),
        invocation: c.env,
      })
    }

  app.use(stamp)
  app.options('*', cors({ origin: '*', maxAge: 86_400 }))

  app.get('/', (c) => c.html(FRONT_PAGE))
  app.get('/health', (c) => c.json(health()))
  app.on(['GET', 'POST'], '/verify', async (c) => {
    await warmUp()
    return createVerifyRoute(current().verify)(c)
  })

  app.all(
    '/v1beta/openai/*',
    through(({ googleOpenAI }) => googleOpenAI),
  )
  app.on(
    'GET',
    MODEL_LIST_PATHS,
    through(({ ofModelList }, request) => ofModelList(request)),
  )
  app.on(
    'ALL',
    OPENAI_PATHS,
    through(({ openai }) => openai),
  )
  app.on(
    'ALL',
    ANTHROPIC_PATHS,
    through(({ anthropic }) => anthropic),
  )
  app.on(
    'ALL',
    GEMINI_PATHS,
    through(({ gemini }) => gemini),
  )

  app.notFound((c) => {
    const message = `There is no path ${c.req.path.slice(0, 200)} here.`
    return current().dialects.ofPath(c.req.path).refuse({ kind: 'not-found', message })
  })
  app.onError((error, c) => {
    const { log, dialects } = current()
    log.error('request failed', { request: c.get('requestId'), error: redact(error.stack ?? error.message) })
    return dialects.ofPath(c.req.path).refuse({ kind: 'internal' })
  })

  return { fetch: (request, invocation) => app.fetch(request, invocation), close }
}

/** What a caller may name its request; anything else gets a new id. */
const REQUEST_ID = /^[\w=-]{1,255}$/

/**
 * Puts the request's id and the open CORS of client routes on every answer.
 *
 * By hand, and after the answer is made: Hono's own middlewares touch the response before, and it is then built
 * a second time, which costs a fifth of the throughput on Node (`npm run bench`).
 */
const stamp: MiddlewareHandler<Env> = async (c, next) => {
  const given = c.req.header('x-request-id')
  const id = given !== undefined && REQUEST_ID.test(given) ? given : crypto.randomUUID()
  c.set('requestId', id)
  await next()
  const { headers } = c.res
  headers.set('x-request-id', id)
  headers.set('access-control-allow-origin', '*')
  headers.set('access-control-expose-headers', '*')
}

/** The OpenAI translation's own paths, with and without `/v1` and under `/hf`. */
const OPENAI_PATHS = ['/v1', '/hf/v1', ''].flatMap((prefix) =>
  ['chat', 'chat/completions', 'completions', 'responses', 'embeddings', 'images/*', 'audio/*'].map(
    (path) => `${prefix}/${path}`,
  ),
)

// No pattern in place of the version: Hono's fastest router takes plain wildcards only.
const GEMINI_PATHS = ['/v1/*', '/v1beta/*', '/v1alpha/*', '/gemini/*']

const MODEL_LIST_PATHS = ['/v1', '/hf/v1', ''].flatMap((prefix) => [
  `${prefix}/models`,
  `${prefix}/models/:model`,
])

const ANTHROPIC_PATHS = ['/v1/messages', '/v1/messages/*', '/anthropic/*', '/claude/*']
