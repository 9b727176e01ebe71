import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  API_DISABLED_BODY,
  FREE_DAY_BODY,
  PAID_DAY_BODY,
  SUSPENDED_BODY,
} from './__fixtures__/error-bodies.ts'
import { parseDuration, readGoogleError } from './google-error.ts'

describe('readGoogleError', () => {
  it('reads every part of a quota refusal', () => {
    const error = readGoogleError(FREE_DAY_BODY)
    expect(error).toEqual({
      message: expect.stringMatching(/^You exceeded your current quota/),
      status: 'RESOURCE_EXHAUSTED',
      code: 429,
      reasons: [],
      violations: [
        {
          quotaId: 'GenerateRequestsPerDayPerProjectPerModel-FreeTier',
          model: 'gemini-3.8-flash',
          limit: 20,
        },
      ],
      retryDelayMs: 25_000,
      project: null,
    })
  })

  it('reads an array-wrapped error as the error in it', () => {
    expect(readGoogleError(PAID_DAY_BODY)).toEqual(readGoogleError(PAID_DAY_BODY.slice(1, -1)))
    expect(readGoogleError(PAID_DAY_BODY).retryDelayMs).toBe(39_043_000)
  })

  it('gives the same whatever the order of details', () => {
    const parsed = JSON.parse(FREE_DAY_BODY)
    const details: unknown[] = parsed.error.details
    fc.assert(
      fc.property(fc.shuffledSubarray(details, { minLength: details.length }), (shuffled) => {
        const body = JSON.stringify({ error: { ...parsed.error, details: shuffled } })
        expect(readGoogleError(body)).toEqual(readGoogleError(FREE_DAY_BODY))
      }),
    )
  })

  it('finds the project that Google charges', () => {
    expect(readGoogleError(SUSPENDED_BODY).project).toBe('projects/123456789')
    expect(readGoogleError(API_DISABLED_BODY).project).toBe('projects/12345678')
  })

  it('takes no consumer for a project that is none', () => {
    expect(readGoogleError(SUSPENDED_BODY.replace('projects/123456789', 'api_key:x')).project).toBeNull()
  })

  it('reads the delay out of the words when RetryInfo is missing', () => {
    const withoutRetryInfo = JSON.parse(FREE_DAY_BODY)
    withoutRetryInfo.error.details.pop()
    expect(readGoogleError(JSON.stringify(withoutRetryInfo)).retryDelayMs).toBe(25_466)
  })

  it('takes the code of an Interactions error for its status', () => {
    const error = readGoogleError('{"error":{"code":"rate_limit_exceeded","message":"Slow down."}}')
    expect(error).toMatchObject({ message: 'Slow down.', status: 'rate_limit_exceeded', code: null })
  })

  it.each([
    ['an empty body', ''],
    ['HTML', '<html><title>404</title></html>'],
    ['JSON that is no error', '{"candidates":[]}'],
    ['an empty array', '[]'],
    ['an error that is text', '{"error":"no"}'],
  ])('gives %s as its text and nothing else', (_, body) => {
    expect(readGoogleError(body)).toEqual({
      message: body,
      status: null,
      code: null,
      reasons: [],
      violations: [],
      retryDelayMs: null,
      project: null,
    })
  })

  it('keeps only the beginning of a long page', () => {
    expect(readGoogleError('x'.repeat(10_000)).message).toHaveLength(500)
  })

  it('reads what it can when fields have other types than they should', () => {
    const body = JSON.stringify({
      error: {
        code: 429,
        message: 7,
        status: null,
        details: [
          { '@type': 5, violations: 'many', retryDelay: { seconds: 3 } },
          { violations: [{ quotaId: 'RequestsPerMinute', quotaValue: 15, quotaDimensions: 'none' }] },
          { retryDelay: '3s' },
        ],
      },
    })
    expect(readGoogleError(body)).toEqual({
      message: '',
      status: null,
      code: 429,
      reasons: [],
      violations: [{ quotaId: 'RequestsPerMinute', model: null, limit: 15 }],
      retryDelayMs: 3_000,
      project: null,
    })
  })

  it('reads the other details when one of them is no object', () => {
    const body = '{"error":{"code":429,"message":"m","details":["odd",{"retryDelay":"3s"}]}}'
    expect(readGoogleError(body).retryDelayMs).toBe(3_000)
  })

  it('never throws, whatever it is given', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.json(),
          fc.json().map((json) => `{"error":${json}}`),
        ),
        (body) => {
          readGoogleError(body)
        },
      ),
    )
  })
})

describe('parseDuration', () => {
  it.each([
    ['38s', 38_000],
    ['34.074824224s', 34_075],
    ['900ms', 900],
    ['0.5ms', 1],
    ['0s', 0],
    ['1m30s', 90_000],
    ['10h50m43.651927829s', 39_043_652],
    ['2h', 7_200_000],
    ['1h0m0.25s', 3_600_250],
    [' 5s ', 5_000],
  ])('%s', (text, millis) => {
    expect(parseDuration(text)).toBe(millis)
  })

  it.each(['', ' ', '5', '-5s', '5 s', '1d', 's', '5s5m', '1e3s', 'soon'])('refuses %j', (text) => {
    expect(parseDuration(text)).toBeNull()
  })
})
