import { describe, expect, it } from 'vitest'
import type { Refusal } from '../../errors.ts'
import { refuseAsGemini, refuseAsGoogleOpenAI } from './error.ts'

const EXHAUSTED: Refusal = {
  kind: 'exhausted',
  cause: 'quota',
  retryAfterMs: 24_001,
  upstreamMessage: null,
  model: 'm',
}

describe('refuseAsGemini', () => {
  it('writes Google’s envelope as Google does: two spaces, and a newline at the end', async () => {
    const response = refuseAsGemini({ kind: 'not-found', message: 'No such path.' })
    expect(response.status).toBe(404)
    expect(response.headers.get('content-type')).toBe('application/json; charset=UTF-8')
    expect(await response.text()).toBe(
      '{\n  "error": {\n    "code": 404,\n    "message": "No such path.",\n    "status": "NOT_FOUND"\n  }\n}\n',
    )
  })

  it('names the field of a bad request', async () => {
    const { error } = await refuseAsGemini({ kind: 'bad-request', message: 'No.', field: 'body' }).json()
    expect(error.details).toEqual([
      {
        '@type': 'type.googleapis.com/google.rpc.BadRequest',
        fieldViolations: [{ field: 'body', description: 'No.' }],
      },
    ])
  })

  it('says when to come back in the header and in RetryInfo alike', async () => {
    const response = refuseAsGemini(EXHAUSTED)
    expect(response.headers.get('retry-after')).toBe('25')
    const { error } = await response.json()
    expect(error).toMatchObject({ code: 429, status: 'RESOURCE_EXHAUSTED' })
    expect(error.details).toEqual([
      { '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '25s' },
    ])
  })

  it.each([
    [{ kind: 'unauthenticated', message: 'm' }, 401, 'UNAUTHENTICATED'],
    [{ kind: 'model-forbidden', model: 'm' }, 403, 'PERMISSION_DENIED'],
    [{ kind: 'body-too-large', limitMB: 1 }, 413, 'INVALID_ARGUMENT'],
    [{ kind: 'internal' }, 500, 'INTERNAL'],
    [{ kind: 'not-supported', message: 'm' }, 501, 'UNIMPLEMENTED'],
    [{ kind: 'no-keys', message: 'm' }, 503, 'UNAVAILABLE'],
  ] as const)('%j is %d %s', async (refusal, code, status) => {
    const response = refuseAsGemini(refusal)
    const { error } = await response.json()
    expect(response.status).toBe(code)
    expect(error).toMatchObject({ code, status })
    expect(error).not.toHaveProperty('details')
  })
})

describe('refuseAsGoogleOpenAI', () => {
  it('wraps the same envelope in an array, as that layer does', async () => {
    const [wrapped, bare] = [refuseAsGoogleOpenAI(EXHAUSTED), refuseAsGemini(EXHAUSTED)]
    expect(wrapped.status).toBe(bare.status)
    expect(wrapped.headers.get('retry-after')).toBe('25')
    expect(await wrapped.json()).toEqual([await bare.json()])
  })
})
