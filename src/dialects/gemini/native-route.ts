import { NO_MODEL } from '../../balancer/key-balancer.ts'
import type { Refusal } from '../../errors.ts'
import type { AnswerFormat } from '../../upstream/answer-format.ts'
import {
  GENERATED,
  GENERATED_ARRAY,
  GENERATED_SSE,
  JSON_VALUE,
  OPAQUE,
} from '../../upstream/gemini-answer.ts'

/** What a native path asks for. */
export interface NativeRoute {
  /** Below the base URL, without the query. */
  readonly path: string
  readonly model: string
  readonly answer: AnswerFormat
  /** See `Decoded.isOwned`. */
  readonly isOwned: boolean
}

/** Methods of a model whose answer is complete in itself; every other method makes or uses a stored resource. */
const SELF_CONTAINED = new Set([
  'countTokens',
  'embedContent',
  'batchEmbedContents',
  'predict',
  'generateAnswer',
  'countTextTokens',
])

const RESOURCES = new Set([
  'agents',
  'auth_tokens',
  'batches',
  'cachedContents',
  'corpora',
  'environments',
  'files',
  'fileSearchStores',
  'interactions',
  'models',
  'operations',
  'triggers',
  'tunedModels',
  'webhooks',
])

/** What Google's own ids and methods are made of. Dots alone (`..`) are no name. */
const SEGMENT = /^(?!\.+$)[\w.~:@-]+$/

/**
 * Reads a native path: `/v1beta/models/{model}:{method}`, or a resource below a version.
 *
 * @param path - canonical, with or without the `/gemini` prefix.
 * @param search - `alt=sse` decides how a stream is framed.
 */
export function readNativeRoute(method: string, path: string, search: string): NativeRoute | Refusal {
  const plain = path.replace(/^\/gemini(?=\/)/, '')
  const [, version = '', collection = '', ...rest] = plain.split('/')
  const isKnown = /^v1(beta|alpha)?$/.test(version) && RESOURCES.has(collection.replace(/:.*$/, ''))
  if (!isKnown || ![collection, ...rest].every((segment) => SEGMENT.test(segment))) {
    return { kind: 'not-found', message: `The Gemini API has no path ${plain.slice(0, 200)}.` }
  }
  const whole = { path: plain, model: NO_MODEL }
  const isModel = collection === 'models' || collection === 'tunedModels'
  const [id = '', action] = (rest[0] ?? '').split(':')
  if (!isModel || rest.length > 1) return { ...whole, answer: OPAQUE, isOwned: true }
  if (action === undefined) {
    if (method !== 'GET' && method !== 'HEAD' && collection === 'models')
      return { kind: 'method-not-allowed', allow: 'GET' }
    return { ...whole, answer: JSON_VALUE, isOwned: collection === 'tunedModels' }
  }
  if (method !== 'POST') return { kind: 'method-not-allowed', allow: 'POST' }
  if (id === '') return { kind: 'bad-request', message: 'The path names no model.', field: 'model' }
  const model = collection === 'models' ? id : `tunedModels/${id}`
  return { path: plain, model, answer: answerOf(action, search), isOwned: isOwned(collection, action) }
}

function answerOf(action: string, search: string): AnswerFormat {
  if (action === 'generateContent') return GENERATED
  if (action === 'streamGenerateContent')
    return /[?&](?:\$|%24)?alt=sse\b/.test(search) ? GENERATED_SSE : GENERATED_ARRAY
  return JSON_VALUE
}

function isOwned(collection: string, action: string): boolean {
  return (
    collection === 'tunedModels' ||
    !(/^(streamG|g)enerateContent$/.test(action) || SELF_CONTAINED.has(action))
  )
}
