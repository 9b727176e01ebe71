import { describe, expect, test } from 'vitest'
import { parseBaseUrl } from './base-url.ts'

describe('parseBaseUrl', () => {
  test.each([
    ['an origin, as it is', 'https://example.com', 'https://example.com'],
    ['slashes at the end, dropped', 'https://example.com/gemini//', 'https://example.com/gemini'],
    ['a port and a path, kept', 'http://127.0.0.1:9000/a/b', 'http://127.0.0.1:9000/a/b'],
    ['capitals in the host, lowered', 'HTTPS://Example.COM/Path', 'https://example.com/Path'],
  ])('%s', (_what, text, expected) => {
    expect(parseBaseUrl(text)).toBe(expected)
  })

  test.each([
    ['no URL', 'example.com'],
    ['another scheme', 'ftp://example.com'],
    ['a user and password', 'https://user:pass@example.com'],
    ['a query', 'https://example.com?key=1'],
    ['a fragment', 'https://example.com/#a'],
    ['nothing', ''],
  ])('refuses %s', (_what, text) => {
    expect(parseBaseUrl(text)).toBeNull()
  })
})
