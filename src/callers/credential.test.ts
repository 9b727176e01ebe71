import { describe, expect, test } from 'vitest'
import { loadConfig } from '../config/load-config.ts'
import { CREDENTIAL_HEADERS, readCredential } from './credential.ts'

const ALL_FORMS = { authorization: 'Bearer b', 'x-goog-api-key': 'g', 'x-api-key': 'x' }

function read(headers: Record<string, string>, search = '') {
  return readCredential(new Headers(headers), search)
}

describe('readCredential', () => {
  test('reads each form', () => {
    expect(read({ authorization: 'Bearer t' })).toEqual({ value: 't', form: 'bearer' })
    expect(read({ 'x-goog-api-key': 't' })).toEqual({ value: 't', form: 'x-goog-api-key' })
    expect(read({ 'x-api-key': 't' })).toEqual({ value: 't', form: 'x-api-key' })
    expect(read({}, '?key=t')).toEqual({ value: 't', form: 'query' })
  })

  test('takes the first present form: Bearer, x-goog-api-key, x-api-key, query', () => {
    const { authorization: _bearer, ...noBearer } = ALL_FORMS
    expect(read(ALL_FORMS, '?key=q')?.value).toBe('b')
    expect(read(noBearer, '?key=q')?.value).toBe('g')
    expect(read({ 'x-api-key': 'x' }, '?key=q')?.value).toBe('x')
  })

  test.each(['Bearer', 'Bearer ', 'bearer  \t'])('counts the blank header %j as absent', (authorization) => {
    expect(read({ ...ALL_FORMS, authorization })).toEqual({ value: 'g', form: 'x-goog-api-key' })
  })

  test('counts blank values of every form as absent', () => {
    const blank = { authorization: 'Bearer ', 'x-goog-api-key': ' ', 'x-api-key': '' }
    expect(read(blank, '?key=')).toBeNull()
    expect(read(blank, '?key=+%20')).toBeNull()
    expect(read(blank, '?key=&key=q')?.value).toBe('q')
  })

  test.each(['bearer t', 'BEARER t', 'Bearer   t  ', 'Bearer\tt'])(
    'reads the scheme in any case: %j',
    (text) => {
      expect(read({ authorization: text })?.value).toBe('t')
    },
  )

  test.each(['Basic dDp0', 'Token t', 'Bearert', 't'])('passes over another scheme: %s', (authorization) => {
    expect(read({ authorization, 'x-api-key': 'x' })?.form).toBe('x-api-key')
  })

  test.each([
    ['after other parameters', '?alt=sse&key=a%2Fb', 'a/b'],
    ['with its name percent-encoded', '?%6Bey=t', 't'],
    ['without the question mark', 'key=t', 't'],
  ])('reads a query key %s', (_what, search, value) => {
    expect(read({}, search)?.value).toBe(value)
  })

  test.each(['', '?', '?alt=sse', '?monkey=t', '?a=key', '?Key=t'])(
    'finds no key in the query %j',
    (search) => {
      expect(read({}, search)).toBeNull()
    },
  )
})

describe('CREDENTIAL_HEADERS', () => {
  test.each(CREDENTIAL_HEADERS)('%s cannot come in by CUSTOM_HEADERS either', (name) => {
    expect(() => loadConfig({ CUSTOM_HEADERS: JSON.stringify({ [name]: 'x' }) })).toThrow('CUSTOM_HEADERS')
  })
})
