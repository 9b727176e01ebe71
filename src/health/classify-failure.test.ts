import { describe, expect, it } from 'vitest'
import { RECORDED_ERRORS } from './__fixtures__/error-bodies.ts'
import { classifyFailure } from './classify-failure.ts'
import { readGoogleError } from './google-error.ts'

describe('classifyFailure, recorded answers', () => {
  it.each(RECORDED_ERRORS)('$status: $name', ({ status, body, retryAfter, failure }) => {
    expect(classifyFailure(status, readGoogleError(body), retryAfter)).toEqual(failure)
  })
})

describe('classifyFailure, answers not listed anywhere', () => {
  const classify = (status: number, message = 'Something new.') =>
    classifyFailure(status, readGoogleError(JSON.stringify({ error: { code: status, message } })))

  it.each([405, 409, 411, 413, 415, 416, 418, 422, 451])('%d is the caller’s', (status) => {
    expect(classify(status)).toEqual({ kind: 'caller-fault', status })
  })

  it.each([408, 501, 502, 507, 520, 524, 599])('%d is Google’s trouble', (status) => {
    expect(classify(status)).toEqual({ kind: 'upstream-fault', cause: 'status' })
  })

  it('a 401 that names no cause is the key’s', () => {
    expect(classify(401)).toEqual({ kind: 'dead-key', reason: 'unauthenticated' })
  })

  it('a 403 that names no cause is unexplained', () => {
    expect(classify(403)).toEqual({ kind: 'upstream-fault', cause: 'status' })
  })

  it('a 429 that names no cause rests for an unknown quota', () => {
    expect(classify(429)).toMatchObject({ kind: 'rate-limited', scope: 'unknown', retryAfterMs: null })
  })
})

/** Google quotes field names, models and file names of the request: a caller must not blame a key with them. */
describe('classifyFailure, words of the caller inside Google’s message', () => {
  const classify = (status: number, message: string) =>
    classifyFailure(
      status,
      readGoogleError(JSON.stringify({ error: { code: status, message, status: 'X' } })),
    )

  it.each([
    'Invalid JSON payload received. Unknown name "API key expired": Cannot find field.',
    'Invalid value at \'contents[0].role\' (TYPE_STRING), "API key not valid"',
    'Function `API key not found` has no response.',
  ])('400: %s', (message) => {
    expect(classify(400, message)).toEqual({ kind: 'caller-fault', status: 400 })
  })

  it('404: a model named like a dead key', () => {
    const message = 'models/API key not valid is not found for API version v1main.'
    expect(classify(404, message)).toEqual({ kind: 'caller-fault', status: 404 })
  })

  it.each(['has been suspended', 'it is disabled', 'was reported as leaked', 'has not been used in project'])(
    '403: a file whose name says that it %s',
    (name) => {
      const message = `You do not have permission to access the File ${name} or it may not exist.`
      expect(classify(403, message)).toEqual({ kind: 'foreign-resource' })
    },
  )
})
