import { DEFAULT_DIMENSIONS, vectorFor } from '../answer/vectors.ts'
import { type GoogleError, invalidArgument } from '../google-error.ts'
import { asString, type Json } from '../json.ts'
import { textTokens } from '../tokens.ts'
import { jsonReply, type Reply } from '../wire.ts'
import { spendQuota } from '../world.ts'
import { findModel } from './find-model.ts'
import type { Call, Route } from './route.ts'

/** Base64 of little-endian float32, as openai clients ask for by default. */
function base64Floats(values: readonly number[]): string {
  const bytes = Buffer.alloc(values.length * 4)
  for (const [index, value] of values.entries()) bytes.writeFloatLE(value, index * 4)
  return bytes.toString('base64')
}

function serve({ world, key, version, message }: Call): Reply | GoogleError {
  const modelId = asString(message.model).replace(/^models\//, '')
  const found = findModel(world, modelId, version, 'embedContent')
  if (found.kind === 'error') return found.error
  const { input, dimensions, encoding_format: format } = message
  const given: readonly (Json | undefined)[] = Array.isArray(input) ? input : [input]
  const texts = given.filter((text) => typeof text === 'string' && text !== '').map((text) => asString(text))
  if (texts.length === 0 || texts.length !== given.length)
    return invalidArgument('Request contains an invalid argument.')
  const tokens = texts.reduce((sum, text) => sum + textTokens(text), 0)
  const overQuota = spendQuota(world, key, found.model, tokens)
  if (overQuota) return overQuota
  const data = texts.map((text, index) => {
    const values = vectorFor(text, Number(dimensions ?? DEFAULT_DIMENSIONS))
    return { object: 'embedding', embedding: format === 'base64' ? base64Floats(values) : values, index }
  })
  return jsonReply({
    object: 'list',
    data,
    model: modelId,
    usage: { prompt_tokens: tokens, total_tokens: tokens },
  })
}

export const openaiEmbeddings: Route = {
  method: 'openai.embeddings',
  httpMethod: 'POST',
  body: 'json',
  credential: 'bearer',
  isBilled: true,
  errorStyle: () => 'array',
  serve,
}
