import { DEFAULT_DIMENSIONS, vectorFor } from '../answer/vectors.ts'
import { type GoogleError, invalidArgument } from '../google-error.ts'
import { asObject, asObjects, asString, type JsonObject } from '../json.ts'
import type { Model } from '../models.ts'
import { batchEmbedContentsRequest, embedContentRequest } from '../request/messages.ts'
import { promptTokens, tokenDetails } from '../tokens.ts'
import { jsonReply, type Reply } from '../wire.ts'
import { spendQuota } from '../world.ts'
import { findModel } from './find-model.ts'
import type { Call, Route } from './route.ts'

const MAX_BATCH = 100
const MULTIMODAL_MODEL = 'gemini-embedding-2'

/** The vector of one EmbedContentRequest. */
function embed(request: JsonObject): JsonObject {
  const text = JSON.stringify(asObject(request.content).parts)
  return { values: vectorFor(text, Number(request.outputDimensionality ?? DEFAULT_DIMENSIONS)) }
}

function checkRequest(request: JsonObject, at: string): GoogleError | null {
  if (asObjects(asObject(request.content).parts).length === 0) {
    return invalidArgument(`* ${at}.content: contents is required\n`)
  }
  const { outputDimensionality } = request
  const isPossible =
    outputDimensionality === undefined ||
    (typeof outputDimensionality === 'number' &&
      outputDimensionality >= 1 &&
      outputDimensionality <= DEFAULT_DIMENSIONS)
  return isPossible
    ? null
    : invalidArgument(
        `* ${at}.output_dimensionality: output_dimensionality must be in the range [1, ${DEFAULT_DIMENSIONS}].\n`,
      )
}

function usageOf(model: Model, contents: readonly JsonObject[]): JsonObject {
  if (model.quotaFamily !== MULTIMODAL_MODEL) return {}
  const count = promptTokens({ contents })
  return { usageMetadata: { promptTokenCount: count.total, promptTokenDetails: tokenDetails(count) } }
}

function serveOne({ world, key, modelId, version, message }: Call): Reply | GoogleError {
  const found = findModel(world, modelId ?? '', version, 'embedContent')
  if (found.kind === 'error') return found.error
  const content = asObject(message.content)
  const refusal =
    checkRequest(message, 'EmbedContentRequest') ??
    spendQuota(world, key, found.model, promptTokens({ contents: [content] }).total)
  return refusal ?? jsonReply({ embedding: embed(message), ...usageOf(found.model, [content]) })
}

function checkBatch(requests: readonly JsonObject[], modelId: string): GoogleError | null {
  if (requests.length === 0)
    return invalidArgument('* BatchEmbedContentsRequest.requests: requests is not specified\n')
  if (requests.length > MAX_BATCH) {
    return invalidArgument(
      `* BatchEmbedContentsRequest.requests: at most ${MAX_BATCH} requests can be in one batch\n`,
    )
  }
  for (const [index, request] of requests.entries()) {
    const at = `BatchEmbedContentsRequest.requests[${index}]`
    const named = asString(request.model)
    if (named !== `models/${modelId}`) {
      const why =
        named === ''
          ? 'model is not specified'
          : 'model does not match the one in the BatchEmbedContentsRequest'
      return invalidArgument(`* ${at}.model: ${why}\n`)
    }
    const refusal = checkRequest(request, at)
    if (refusal) return refusal
  }
  return null
}

function serveBatch({ world, key, modelId, version, message }: Call): Reply | GoogleError {
  const id = modelId ?? ''
  const found = findModel(world, id, version, 'batchEmbedContents')
  if (found.kind === 'error') return found.error
  const requests = asObjects(message.requests)
  const contents = requests.map((request) => asObject(request.content))
  const refusal =
    checkBatch(requests, id) ?? spendQuota(world, key, found.model, promptTokens({ contents }).total)
  return refusal ?? jsonReply({ embeddings: requests.map(embed), ...usageOf(found.model, contents) })
}

export const embedContent: Route = {
  method: 'embedContent',
  httpMethod: 'POST',
  body: embedContentRequest,
  credential: 'api-key',
  isBilled: true,
  errorStyle: () => 'plain',
  serve: serveOne,
}

export const batchEmbedContents: Route = {
  ...embedContent,
  method: 'batchEmbedContents',
  body: batchEmbedContentsRequest,
  serve: serveBatch,
}
