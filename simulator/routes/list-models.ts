import { type GoogleError, invalidArgument, notFound } from '../google-error.ts'
import { describeModel } from '../models.ts'
import { jsonReply, type Reply } from '../wire.ts'
import type { Call, Route } from './route.ts'

const DEFAULT_PAGE_SIZE = 50
const MAX_PAGE_SIZE = 1_000
const PAGE_TOKEN = /^page-(\d+)$/

/** Pages by an opaque token; a size over the maximum is cut to it. */
function serveList({ world, query }: Call): Reply | GoogleError {
  const wanted = query.get('pageSize') ?? query.get('page_size')
  if (wanted !== null && !/^\d+$/.test(wanted)) {
    return invalidArgument(`Invalid value at 'page_size' (TYPE_INT32), ${JSON.stringify(wanted)}`)
  }
  const pageSize = Math.min(Number(wanted) || DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE)
  const token = query.get('pageToken') ?? query.get('page_token') ?? ''
  const start = token === '' ? 0 : Number(PAGE_TOKEN.exec(readToken(token))?.[1] ?? Number.NaN)
  if (Number.isNaN(start)) return invalidArgument('Request contains an invalid argument.')
  const models = world.models.listed()
  const next = start + pageSize
  return jsonReply({
    models: models.slice(start, next).map(describeModel),
    ...(next < models.length && { nextPageToken: btoa(`page-${next}`) }),
  })
}

function readToken(token: string): string {
  try {
    return atob(token)
  } catch {
    // Not base64, so not one of ours: refused by the caller as any foreign token.
    return ''
  }
}

function serveOne({ world, modelId, version }: Call): Reply | GoogleError {
  const model = world.models.get(modelId ?? '')
  return model && !model.isRetired
    ? jsonReply(describeModel(model))
    : notFound(`Model is not found: models/${modelId} for api version ${version}`)
}

export const listModels: Route = {
  method: 'models.list',
  httpMethod: 'GET',
  body: null,
  credential: 'api-key',
  isBilled: false,
  errorStyle: () => 'plain',
  serve: serveList,
}

export const getModel: Route = { ...listModels, method: 'models.get', serve: serveOne }
