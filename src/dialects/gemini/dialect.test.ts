import { describe, expect, it, vi } from 'vitest'
import type { Refusal } from '../../errors.ts'
import { bytesOf } from '../../upstream/__fixtures__/streams.ts'
import type { DialectRequest } from '../dialect.ts'
import { createGeminiDialect } from './dialect.ts'

const PATH = '/v1beta/models/gemini-3.8-flash:generateContent'

function decode(body: string | Refusal, request: Partial<DialectRequest> = {}) {
  const readBody = vi.fn(async () => (typeof body === 'string' ? bytesOf(body) : body))
  const decoded = createGeminiDialect({ 'x-custom': '1' }).decode({
    method: 'POST',
    path: PATH,
    search: '?key=secret&alt=sse',
    headers: new Headers({ 'content-type': 'application/json', authorization: 'Bearer secret' }),
    readBody,
    ...request,
  })
  return { decoded, readBody }
}

describe('createGeminiDialect', () => {
  it('passes a request on byte for byte, without its credentials', async () => {
    const body = '{ "contents" : [],\n "unknownField": 1 }'
    const { decoded } = decode(body)
    expect(await decoded).toMatchObject({
      isOwned: false,
      call: {
        method: 'POST',
        target: `${PATH}?alt=sse`,
        headers: { 'content-type': 'application/json', 'x-custom': '1' },
        body: bytesOf(body),
        model: 'gemini-3.8-flash',
        credential: 'x-goog-api-key',
      },
    })
    expect(JSON.stringify(await decoded)).not.toContain('secret')
  })

  it('refuses a path it does not know before it reads the body', async () => {
    const { decoded, readBody } = decode('{}', { path: '/v1beta/nothing' })
    expect(await decoded).toMatchObject({ kind: 'not-found' })
    expect(readBody).not.toHaveBeenCalled()
  })

  it('refuses what is no JSON object, and a body that is too large', async () => {
    expect(await decode('{"contents"').decoded).toMatchObject({ kind: 'bad-request', field: 'body' })
    expect(await decode('[]').decoded).toMatchObject({ kind: 'bad-request', field: 'body' })
    expect(await decode({ kind: 'body-too-large', limitMB: 25 }).decoded).toMatchObject({
      kind: 'body-too-large',
    })
  })

  it('reads no body of a GET', async () => {
    const { decoded, readBody } = decode('{}', {
      method: 'GET',
      path: '/v1beta/models',
      search: '?pageSize=5',
    })
    expect(await decoded).toMatchObject({
      call: { method: 'GET', target: '/v1beta/models?pageSize=5', body: null },
    })
    expect(readBody).not.toHaveBeenCalled()
  })

  it('leaves an encoded body to Google', async () => {
    const headers = new Headers({ 'content-encoding': 'gzip' })
    expect(await decode('\u001f\u008b', { headers }).decoded).toMatchObject({
      call: { headers: { 'content-encoding': 'gzip' } },
    })
  })

  it('says what a body is when its sender does not', async () => {
    expect(await decode('{}', { headers: new Headers() }).decoded).toMatchObject({
      call: { headers: { 'content-type': 'application/json' } },
    })
  })
})
