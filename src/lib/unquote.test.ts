import { describe, expect, test } from 'vitest'
import { unquote } from './unquote.ts'

describe('unquote', () => {
  test.each([
    ['plain text, left as it is', 'abc', 'abc'],
    ['white space around, dropped', ' \tabc\r\n', 'abc'],
    ['double quotes around, dropped', ' "abc" ', 'abc'],
    ['single quotes around, dropped', "' abc '", 'abc'],
    ['two quoted items, left as they are', '"a","b"', '"a","b"'],
    ['quotes that do not match, left as they are', '"abc\'', '"abc\''],
    ['a lone quote, left as it is', '"', '"'],
    ['a pair of quotes around nothing, emptied', '""', ''],
    ['JSON in single quotes, unwrapped', '\'["a"]\'', '["a"]'],
  ])('%s', (_what, text, expected) => {
    expect(unquote(text)).toBe(expected)
  })
})
