import { describe, expect, test } from 'vitest'
import { type ApiKey, fingerprint, fingerprintText, maskKey, toApiKey } from './api-key.ts'

function key(text: string): ApiKey {
  const made = toApiKey(text)
  if (made === null) throw new Error('not a key')
  return made
}

describe('toApiKey', () => {
  test.each(['AIzaSyA0123456789', 'AQ.Ab8RN6_-x', 'k', 'relay:key;with,marks'])('accepts %s', (text) => {
    expect(toApiKey(text)).toBe(text)
  })

  test.each([
    ['nothing', ''],
    ['a space', 'a b'],
    ['a line break at the end', 'abc\n'],
    ['a control character', 'a\u0007b'],
    ['a delete character', 'a\u007fb'],
    ['a letter that is not ASCII', 'kéy'],
    ['a zero-width space', 'key\u200b'],
  ])('refuses %s', (_what, text) => {
    expect(toApiKey(text)).toBeNull()
  })
})

describe('maskKey', () => {
  test('keeps the first and the last 7 characters of a long key', () => {
    expect(maskKey(key('AIzaSyABCDEFGHIJKLMNOPQRSTUVWXYZ1234567'))).toBe('AIzaSyA......1234567')
  })

  test('masks a short key whole', () => {
    expect(maskKey(key('x'.repeat(23)))).toBe('......')
  })
})

describe('fingerprint', () => {
  test('is 14 hex digits and the same each time', () => {
    expect(fingerprint(key('AIza-one'))).toMatch(/^[0-9a-f]{14}$/)
    expect(fingerprint(key('AIza-one'))).toBe(fingerprint(key('AIza-one')))
  })

  test('differs for every one of 20,000 keys that differ in one place', () => {
    const ids = new Set(Array.from({ length: 20_000 }, (_, i) => fingerprintText(`AIzaSy${i}`)))
    expect(ids.size).toBe(20_000)
  })

  test('never changes between versions, since stored records are named by it', () => {
    expect(fingerprintText('AIzaSyA0123456789')).toMatchInlineSnapshot(`"15cd9e3fddce07"`)
  })
})
