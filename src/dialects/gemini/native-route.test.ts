import { describe, expect, it } from 'vitest'
import { NO_MODEL } from '../../balancer/key-balancer.ts'
import {
  GENERATED,
  GENERATED_ARRAY,
  GENERATED_SSE,
  JSON_VALUE,
  OPAQUE,
} from '../../upstream/gemini-answer.ts'
import { readNativeRoute } from './native-route.ts'

const read = (method: string, path: string, search = '') => readNativeRoute(method, path, search)

describe('readNativeRoute, models', () => {
  it.each([
    ['generateContent', '', GENERATED],
    ['streamGenerateContent', '', GENERATED_ARRAY],
    ['streamGenerateContent', '?alt=json', GENERATED_ARRAY],
    ['streamGenerateContent', '?alt=sse', GENERATED_SSE],
    ['streamGenerateContent', '?x=1&alt=sse', GENERATED_SSE],
    ['streamGenerateContent', '?$alt=sse', GENERATED_SSE],
    ['streamGenerateContent', '?%24alt=sse', GENERATED_SSE],
    ['streamGenerateContent', '?xalt=sse', GENERATED_ARRAY],
    ['generateContent', '?alt=sse', GENERATED],
    ['countTokens', '', JSON_VALUE],
    ['embedContent', '', JSON_VALUE],
    ['batchEmbedContents', '', JSON_VALUE],
    ['predict', '', JSON_VALUE],
  ])('%s%s belongs to nobody, and its answer has its form', (action, search, answer) => {
    const path = `/v1beta/models/gemini-3.8-flash:${action}`
    expect(read('POST', path, search)).toEqual({ path, model: 'gemini-3.8-flash', answer, isOwned: false })
  })

  it.each(['predictLongRunning', 'batchGenerateContent', 'asyncBatchEmbedContent', 'somethingNew'])(
    '%s leaves something behind, which belongs to a project',
    (action) => {
      const route = read('POST', `/v1beta/models/m:${action}`)
      expect(route).toMatchObject({ model: 'm', answer: JSON_VALUE, isOwned: true })
    },
  )

  it.each(['/v1/models', '/v1beta/models', '/v1alpha/models/gemini-3.8-flash'])(
    'GET %s concerns no model’s quota',
    (path) => {
      expect(read('GET', path)).toEqual({ path, model: NO_MODEL, answer: JSON_VALUE, isOwned: false })
    },
  )

  it('a tuned model belongs to its project, whatever is done with it', () => {
    const path = '/v1beta/tunedModels/mine:generateContent'
    expect(read('POST', path)).toEqual({ path, model: 'tunedModels/mine', answer: GENERATED, isOwned: true })
    expect(read('GET', '/v1beta/tunedModels')).toMatchObject({ isOwned: true })
    expect(read('DELETE', '/v1beta/tunedModels/mine')).toMatchObject({ isOwned: true })
  })

  it('the prefix /gemini does not go to Google', () => {
    expect(read('POST', '/gemini/v1beta/models/m:generateContent')).toMatchObject({
      path: '/v1beta/models/m:generateContent',
      model: 'm',
    })
  })
})

describe('readNativeRoute, resources', () => {
  it.each([
    ['GET', '/v1beta/files'],
    ['DELETE', '/v1beta/files/abc-123'],
    ['GET', '/v1beta/files/abc-123:download'],
    ['POST', '/v1beta/cachedContents'],
    ['POST', '/v1beta/batches/1:cancel'],
    ['GET', '/v1beta/operations/1'],
    ['GET', '/v1beta/models/veo/operations/1'],
    ['POST', '/v1beta/fileSearchStores/s/documents/d'],
    ['POST', '/v1beta/interactions'],
    ['POST', '/v1alpha/auth_tokens'],
    ['POST', '/v1beta/models:batch'],
  ])('%s %s belongs to a project and is passed on unread', (method, path) => {
    expect(read(method, path)).toEqual({ path, model: NO_MODEL, answer: OPAQUE, isOwned: true })
  })
})

describe('readNativeRoute, refusals', () => {
  it.each([
    '/v1beta',
    '/v2/models',
    '/v1beta/unknown',
    '/v1beta/modelsx/m:generateContent',
    '/v1beta/openai/chat/completions',
    '/v1beta/models/..',
    '/v1beta/models/../files',
    '/v1beta/models/.../x',
    '/v1beta/models/a%2Fb:generateContent',
    '/v1beta/models/%2e%2e/files',
    '/v1beta/models/a b',
    '/v1beta/models//m:generateContent',
    '/v1beta/files/a\\..\\b',
    '/v1beta/files:x%2F..%2Fmodels',
    '/gemini',
    '/gemini/gemini/v1beta/models',
  ])('%s is no path of the Gemini API', (path) => {
    expect(read('GET', path)).toMatchObject({ kind: 'not-found' })
  })

  it('a long path is not quoted whole', () => {
    const refused = read('GET', `/v1beta/${'x'.repeat(5_000)}`)
    expect('message' in refused && refused.message.length).toBeLessThan(300)
  })

  it.each([
    ['GET', '/v1beta/models/m:generateContent', 'POST'],
    ['POST', '/v1beta/models', 'GET'],
    ['DELETE', '/v1beta/models/m', 'GET'],
  ])('%s %s is answered with what the path allows', (method, path, allow) => {
    expect(read(method, path)).toEqual({ kind: 'method-not-allowed', allow })
  })

  it('a call to a model without a name says so', () => {
    expect(read('POST', '/v1beta/models/:generateContent')).toMatchObject({
      kind: 'bad-request',
      field: 'model',
    })
  })
})
