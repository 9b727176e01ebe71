import { describe, expect, it } from 'vitest'
import { NO_MODEL } from '../../balancer/key-balancer.ts'
import { bytesOf } from '../../upstream/__fixtures__/streams.ts'
import { JSON_VALUE } from '../../upstream/gemini-answer.ts'
import { COMPLETION_CHUNKS } from './answer.ts'
import { createGoogleOpenAIDialect } from './dialect.ts'

const CHAT = '/v1beta/openai/chat/completions'

function decode(method: string, path: string, body: unknown = {}, headers = {}) {
  return createGoogleOpenAIDialect({}).decode({
    method,
    path,
    search: '?beta=true',
    headers: new Headers({ 'content-type': 'application/json', ...headers }),
    readBody: async () => bytesOf(typeof body === 'string' ? body : JSON.stringify(body)),
  })
}

describe('createGoogleOpenAIDialect', () => {
  it('passes a completion on byte for byte, with the key as Bearer', async () => {
    const body = '{ "model": "models/gemini-3.8-flash", "messages": [] }'
    expect(
      await decode('POST', CHAT, body, { authorization: 'Bearer secret', 'openai-organization': 'o' }),
    ).toEqual({
      isOwned: false,
      call: {
        method: 'POST',
        target: CHAT,
        headers: { 'content-type': 'application/json' },
        body: bytesOf(body),
        model: 'gemini-3.8-flash',
        credential: 'bearer',
        answer: JSON_VALUE,
      },
    })
  })

  it.each([
    [true, COMPLETION_CHUNKS],
    [false, JSON_VALUE],
    [null, JSON_VALUE],
    [undefined, JSON_VALUE],
  ])('with stream %j awaits what Google will send', async (stream, answer) => {
    expect(await decode('POST', CHAT, { model: 'm', stream })).toMatchObject({ call: { answer } })
  })

  it.each([
    [{ messages: [] }, 'model'],
    [{ model: '' }, 'model'],
    [{ model: 5 }, 'model'],
    [{ model: 'm', stream: 'yes' }, 'stream'],
    ['{"model"', 'body'],
    ['[]', 'body'],
  ])('refuses %j, naming the field', async (body, field) => {
    expect(await decode('POST', CHAT, body)).toMatchObject({ kind: 'bad-request', field })
  })

  it.each(['/v1beta/openai/models', '/v1beta/openai/models/gemini-3.8-flash'])(
    'GET %s concerns no model’s quota',
    async (path) => {
      expect(await decode('GET', path)).toMatchObject({
        isOwned: false,
        call: { target: path, body: null, model: NO_MODEL },
      })
    },
  )

  it.each([
    ['POST', '/v1beta/openai/videos'],
    ['GET', '/v1beta/openai/videos/v-1'],
    ['POST', '/v1beta/openai/batches'],
  ])('%s %s belongs to a project', async (method, path) => {
    expect(await decode(method, path)).toMatchObject({ isOwned: true })
  })

  it.each([
    '/v1beta/openai',
    '/v1beta/openai/responses',
    '/v1beta/openai/models/../x',
    '/v1beta/openai/chat/completions/x',
  ])('%s is no path of that layer', async (path) => {
    expect(await decode('GET', path)).toMatchObject({ kind: 'not-found' })
  })

  it.each([
    ['GET', CHAT, 'POST'],
    ['DELETE', '/v1beta/openai/models/m', 'GET'],
  ])('%s %s is answered with what the path allows', async (method, path, allow) => {
    expect(await decode(method, path)).toEqual({ kind: 'method-not-allowed', allow })
  })
})
