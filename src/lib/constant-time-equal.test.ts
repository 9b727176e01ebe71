import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { constantTimeEqual } from './constant-time-equal.ts'

describe('constantTimeEqual', () => {
  test('agrees with === for any two texts', () => {
    return fc.assert(fc.property(fc.string(), fc.string(), (a, b) => constantTimeEqual(a, b) === (a === b)))
  })

  test('accepts a text as equal to itself', () => {
    return fc.assert(fc.property(fc.string(), (text) => constantTimeEqual(text, `${text}`)))
  })

  test.each([
    ['a beginning of the secret', 'token-123', 'token-1234'],
    ['the secret with a tail', 'token-1234', 'token-123'],
    ['the secret twice', 'abab', 'ab'],
    ['nothing, against a secret', '', 'token-1234'],
    ['a text, against no secret', 'token-1234', ''],
    ['a lone zero character, against no secret', '\0', ''],
    ['another first character', 'xoken-1234', 'token-1234'],
    ['another last character', 'token-123x', 'token-1234'],
    ['a character whose low byte is the same', 'token-123\u0134', 'token-1234'],
  ])('refuses %s', (_what, given, secret) => {
    expect(constantTimeEqual(given, secret)).toBe(false)
  })
})
