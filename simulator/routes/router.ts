import { countTokens } from './count-tokens.ts'
import { batchEmbedContents, embedContent } from './embed.ts'
import { generateContent, streamGenerateContent } from './generate.ts'
import { getModel, listModels } from './list-models.ts'
import { openaiChat } from './openai-chat.ts'
import { openaiEmbeddings } from './openai-embeddings.ts'
import { openaiGetModel, openaiListModels } from './openai-models.ts'
import type { Route, RouteMatch } from './route.ts'

const VERSIONED = /^\/(v1|v1beta|v1alpha)\/(.+)$/
const MODEL = /^models\/([^/:]+)(?::([A-Za-z]+))?$/

const modelMethods: ReadonlyMap<string, Route> = new Map(
  [generateContent, streamGenerateContent, countTokens, embedContent, batchEmbedContents].map((route) => [
    route.method,
    route,
  ]),
)

const openaiRoutes: ReadonlyMap<string, Route> = new Map([
  ['openai/chat/completions', openaiChat],
  ['openai/embeddings', openaiEmbeddings],
  ['openai/models', openaiListModels],
])

/** The route of a path, or null: Google's front end answers then. */
export function findRoute(httpMethod: string, path: string): RouteMatch | null {
  const [, version = '', rest = ''] = VERSIONED.exec(path) ?? []
  const match = rest.startsWith('openai/') ? openaiMatch(rest, version) : nativeMatch(rest, version)
  return match && match.route.httpMethod === httpMethod ? match : null
}

function nativeMatch(rest: string, version: string): RouteMatch | null {
  if (rest === 'models') return { route: listModels, version, modelId: null }
  const [, modelId, method] = MODEL.exec(decode(rest)) ?? []
  const route = method === undefined ? getModel : modelMethods.get(method)
  return modelId !== undefined && route ? { route, version, modelId } : null
}

function openaiMatch(rest: string, version: string): RouteMatch | null {
  if (version !== 'v1beta') return null
  const route = openaiRoutes.get(rest)
  if (route) return { route, version, modelId: null }
  const modelId = /^openai\/models\/(?:models\/)?([^/]+)$/.exec(decode(rest))?.[1]
  return modelId === undefined ? null : { route: openaiGetModel, version, modelId }
}

function decode(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    // A broken escape is not a name of anything: it will not be found.
    return path
  }
}
