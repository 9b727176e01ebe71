import { describe, expect, it } from 'vitest'
import type { Exhausted, Refusal } from '../errors.ts'
import { messageOf, refusalHeaders, statusOf, toSeconds } from './refusal-text.ts'

const exhausted = (fields: Partial<Exhausted> = {}): Exhausted => ({
  kind: 'exhausted',
  cause: 'quota',
  retryAfterMs: 24_001,
  upstreamMessage: null,
  model: 'gemini-3.8-flash',
  ...fields,
})

const REFUSALS: readonly (readonly [Refusal, number])[] = [
  [{ kind: 'bad-request', message: 'm', field: null }, 400],
  [{ kind: 'unauthenticated', message: 'm' }, 401],
  [{ kind: 'model-forbidden', model: 'x' }, 403],
  [{ kind: 'not-found', message: 'm' }, 404],
  [{ kind: 'method-not-allowed', allow: 'GET' }, 405],
  [{ kind: 'body-too-large', limitMB: 25 }, 413],
  [{ kind: 'internal' }, 500],
  [{ kind: 'not-supported', message: 'm' }, 501],
  [{ kind: 'no-keys', message: 'm' }, 503],
  [exhausted(), 429],
  [exhausted({ cause: 'overload' }), 503],
  [exhausted({ cause: 'keys-refused' }), 503],
  [exhausted({ cause: 'timeout' }), 504],
]

describe('statusOf', () => {
  it.each(REFUSALS)('%j is %d', (refusal, status) => {
    expect(statusOf(refusal)).toBe(status)
  })
})

describe('messageOf', () => {
  it.each(REFUSALS)('%j has words', (refusal) => {
    expect(messageOf(refusal)).not.toBe('')
  })

  it('hands on the words a refusal has', () => {
    expect(messageOf({ kind: 'not-found', message: 'There is no path /x here.' })).toBe(
      'There is no path /x here.',
    )
  })

  it('names the model, the limit, the method and the setting', () => {
    expect(messageOf({ kind: 'model-forbidden', model: 'gemini-x' })).toContain('gemini-x')
    expect(messageOf({ kind: 'body-too-large', limitMB: 25 })).toMatch(/25 MB.*MAX_BODY_MB/)
    expect(messageOf({ kind: 'method-not-allowed', allow: 'POST' })).toContain('POST')
  })

  it('for a spent quota, names the model, the wait of the pool, and Google’s words without the wait of one key', () => {
    const message = messageOf(
      exhausted({ upstreamMessage: 'You exceeded your current quota.\nPlease retry in 10h50m43.65s.' }),
    )
    expect(message).toContain('gemini-3.8-flash')
    expect(message).toContain('Please retry in 25s.')
    expect(message).toContain('You exceeded your current quota.')
    expect(message.match(/please retry in/gi)).toHaveLength(1)
  })

  it('for keys that only the operator can mend, asks nobody to retry', () => {
    const message = messageOf(exhausted({ cause: 'keys-refused', retryAfterMs: null }))
    expect(message).toContain('/verify')
    expect(message).not.toMatch(/retry/i)
  })

  it('speaks of no model where none is concerned', () => {
    expect(messageOf(exhausted({ model: null }))).not.toContain(' for ')
  })
})

describe('toSeconds', () => {
  it.each([
    [0, 1],
    [1, 1],
    [1_000, 1],
    [1_001, 2],
    [39_043_000, 39_043],
  ])('%d ms is %d s, never a moment early', (ms, seconds) => {
    expect(toSeconds(ms)).toBe(seconds)
  })
})

describe('refusalHeaders', () => {
  it('say when to come back, when that is known', () => {
    expect(refusalHeaders(exhausted())).toEqual({ 'retry-after': '25' })
    expect(refusalHeaders(exhausted({ retryAfterMs: null }))).toEqual({})
  })

  it('say what is allowed, and how to prove oneself', () => {
    expect(refusalHeaders({ kind: 'method-not-allowed', allow: 'GET' })).toEqual({ allow: 'GET' })
    expect(refusalHeaders({ kind: 'unauthenticated', message: 'm' })).toEqual({
      'www-authenticate': 'Bearer',
    })
    expect(refusalHeaders({ kind: 'internal' })).toEqual({})
  })
})
