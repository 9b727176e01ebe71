import { type Context, Hono } from 'hono'
import { cors } from 'hono/cors'
import { type RequestIdVariables, requestId } from 'hono/request-id'
import { canonicalPath, splitUrl } from './dialects/canonical-path.ts'
import type { Dialect } from './dialects/dialect.ts'
import { FRONT_PAGE } from './front-page.ts'
import type { Invocation, Platform } from './platform.ts'
import { createServices } from './services.ts'
import { redact } from './telemetry/redact.ts'
import { createVerifyRoute } from './verify/route.ts'

/** START HERE: the whole gateway behind one function. */
export interface Gateway {
  /** Never rejects: every failure is an answer. */
  fetch(request: Request, invocation: Invocation): Response | Promise<Response>
}

interface Env {
  readonly Bindings: Invocation
  readonly Variables: RequestIdVariables
}

/** @throws ConfigError naming the variable, when a setting is invalid. */
export function createGateway(platform: Platform): Gateway {
  const { serve, dialects, verify, health, log } = createServices(platform)
  const app = new Hono<Env>({ getPath: (request) => canonicalPath(splitUrl(request.url).pathname) })
  const through = (dialect: Dialect) => (c: Context<Env>) =>
    serve(dialect, { request: c.req.raw, path: c.req.path, requestId: c.get('requestId'), invocation: c.env })

  app.use(requestId())
  app.use(cors({ origin: '*', maxAge: 86_400, exposeHeaders: ['*'] }))

  app.get('/', (c) => c.html(FRONT_PAGE))
  app.get('/health', (c) => c.json(health()))
  app.on(['GET', 'POST'], '/verify', createVerifyRoute(verify))

  app.all('/v1beta/openai/*', through(dialects.googleOpenAI))
  app.get('/v1/models', (c) => through(dialects.ofModelList(c.req.raw))(c))
  app.get('/v1/models/:model', (c) => through(dialects.ofModelList(c.req.raw))(c))
  app.on('ALL', OPENAI_PATHS, through(dialects.openai))
  app.on('ALL', ANTHROPIC_PATHS, through(dialects.anthropic))
  app.all('/:version{v1|v1beta|v1alpha}/*', through(dialects.gemini))
  app.all('/gemini/*', through(dialects.gemini))

  app.notFound((c) =>
    dialects.gemini.refuse({
      kind: 'not-found',
      message: `There is no path ${c.req.path.slice(0, 200)} here.`,
    }),
  )
  app.onError((error, c) => {
    log.error('request failed', { request: c.get('requestId'), error: redact(error.stack ?? error.message) })
    return dialects.gemini.refuse({ kind: 'internal' })
  })

  return { fetch: (request, invocation) => app.fetch(request, invocation) }
}

/** The OpenAI translation's own paths, with and without `/v1` and under `/hf`. */
const OPENAI_PATHS = ['/v1', '/hf/v1', ''].flatMap((prefix) =>
  ['chat', 'chat/completions', 'completions', 'responses', 'embeddings', 'images/*', 'audio/*'].map(
    (path) => `${prefix}/${path}`,
  ),
)

const ANTHROPIC_PATHS = ['/v1/messages', '/v1/messages/*', '/anthropic/*', '/claude/*']
