import { notFound } from '../google-error.ts'
import type { JsonObject } from '../json.ts'
import type { Model } from '../models.ts'
import { jsonReply } from '../wire.ts'
import type { Route } from './route.ts'

function describe({ id, displayName }: Model): JsonObject {
  return { id: `models/${id}`, object: 'model', owned_by: 'google', display_name: displayName }
}

/** Google's OpenAI layer: every model on one page, ids with `models/`. */
export const openaiListModels: Route = {
  method: 'openai.models.list',
  httpMethod: 'GET',
  body: null,
  credential: 'bearer',
  isBilled: false,
  errorStyle: () => 'array',
  serve: ({ world }) => jsonReply({ object: 'list', data: world.models.listed().map(describe) }),
}

export const openaiGetModel: Route = {
  ...openaiListModels,
  method: 'openai.models.get',
  serve: ({ world, modelId, version }) => {
    const model = world.models.get(modelId ?? '')
    return model && !model.isRetired
      ? jsonReply(describe(model))
      : notFound(`Model is not found: models/${modelId} for api version ${version}`)
  },
}
