import { type GoogleError, invalidArgument } from '../google-error.ts'
import { asObjects, isJsonObject } from '../json.ts'
import { checkContents } from '../request/check-contents.ts'
import { countTokensRequest } from '../request/messages.ts'
import { promptTokens, tokenDetails } from '../tokens.ts'
import { jsonReply, type Reply } from '../wire.ts'
import { findModel } from './find-model.ts'
import type { Call, Route } from './route.ts'

function serve({ world, modelId, version, message }: Call): Reply | GoogleError {
  const found = findModel(world, modelId ?? '', version, 'countTokens')
  if (found.kind === 'error') return found.error
  const { generateContentRequest: whole } = message
  if (whole !== undefined && message.contents !== undefined) {
    return invalidArgument(
      '* CountTokensRequest: only one of contents and generate_content_request may be set.\n',
    )
  }
  const request = isJsonObject(whole) ? whole : message
  const refusal = checkContents(asObjects(request.contents))
  if (refusal) return refusal
  const count = promptTokens(request)
  return jsonReply({ totalTokens: count.total, promptTokensDetails: tokenDetails(count) })
}

/** Counts without spending quota. */
export const countTokens: Route = {
  method: 'countTokens',
  httpMethod: 'POST',
  body: countTokensRequest,
  credential: 'api-key',
  isBilled: true,
  errorStyle: () => 'plain',
  serve,
}
