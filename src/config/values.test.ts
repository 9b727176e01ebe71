import { describe, expect, test } from 'vitest'
import * as z from 'zod/mini'
import {
  baseUrl,
  flag,
  headers,
  listOf,
  matching,
  oneOf,
  poolKeys,
  seconds,
  type ValueSchema,
  wholeNumber,
} from './values.ts'

/** The value read from the texts, or what was expected and where. */
function read<Value>(schema: ValueSchema<Value>, ...texts: readonly string[]) {
  const result = z.safeParse(schema, texts)
  return result.success ? result.data : result.error.issues.map(({ message, path }) => [message, ...path])
}

describe('flag', () => {
  test.each(['true', '1', 'yes', 'on', 'TRUE', 'Yes'])('reads %s as true', (text) => {
    expect(read(flag(), text)).toBe(true)
  })

  test.each(['false', '0', 'no', 'off', 'False', 'OFF'])('reads %s as false', (text) => {
    expect(read(flag(), text)).toBe(false)
  })

  test.each(['2', 'y', 'truee', 'null'])('refuses %s', (text) => {
    expect(read(flag(), text)).toEqual([['true or false']])
  })
})

describe('wholeNumber', () => {
  test.each([
    ['0', 0],
    ['20', 20],
    ['007', 7],
  ])('reads %s', (text, value) => {
    expect(read(wholeNumber(0, 20), text)).toBe(value)
  })

  test.each(['3abc', '-1', '21', '1.5', '1e1', '0x1', 'NaN', 'Infinity', '١'])('refuses %s', (text) => {
    expect(read(wholeNumber(0, 20), text)).toEqual([['a whole number from 0 to 20']])
  })
})

describe('wholeNumber, with a least value above 0', () => {
  test('refuses what is below it', () => {
    expect(read(wholeNumber(1, 20), '0')).toEqual([['a whole number from 1 to 20']])
  })
})

describe('seconds', () => {
  test.each([
    ['0.5', 0.5],
    ['30', 30],
  ])('reads %s', (text, value) => {
    expect(read(seconds(0.1, 60), text)).toBe(value)
  })

  test.each(['0', '61', '30s', '.5', '5.', '1e1', '-1'])('refuses %s', (text) => {
    expect(read(seconds(0.1, 60), text)).toEqual([['a number of seconds from 0.1 to 60']])
  })
})

describe('oneOf', () => {
  test('reads a word in any case', () => {
    expect(read(oneOf('debug', 'info'), 'INFO')).toBe('info')
  })

  test('refuses another word, naming the words', () => {
    expect(read(oneOf('debug', 'info'), 'loud')).toEqual([['one of debug, info']])
  })
})

describe('matching', () => {
  test('reads what matches and refuses the rest', () => {
    expect(read(matching(/^v\d$/, 'a version'), 'v1')).toBe('v1')
    expect(read(matching(/^v\d$/, 'a version'), 'one')).toEqual([['a version']])
  })
})

describe('listOf', () => {
  const words = listOf(/^[a-z]+$/, 'a word')

  test.each([
    ['a comma list', 'a, b,,c\nd'],
    ['quoted items', `"a",'b',"c","d"`],
    ['a JSON array', '["a", " b ", "", "c", "d"]'],
    ['doubles', 'a,b,a,c,d,d'],
  ])('reads %s', (_what, text) => {
    expect(read(words, text)).toEqual(['a', 'b', 'c', 'd'])
  })

  test('refuses each bad item by its position', () => {
    expect(read(words, 'a,1,b,2')).toEqual([
      ['a word', 0, 2],
      ['a word', 0, 4],
    ])
  })

  test.each(['["a"', '["a", 1]', '[["a"]]'])('refuses %s, which is no array of strings', (text) => {
    expect(read(words, text)).toEqual([['a list separated by commas, or a JSON array of strings']])
  })

  test('normalizes an item before it must match', () => {
    expect(
      read(
        listOf(/^[a-z]+$/, 'a word', (item) => item.toLowerCase()),
        'A,b',
      ),
    ).toEqual(['a', 'b'])
  })
})

describe('baseUrl', () => {
  test('drops the slash at the end', () => {
    expect(read(baseUrl(), 'https://example.com/x/')).toBe('https://example.com/x')
  })

  test('refuses a URL with a password', () => {
    expect(read(baseUrl(), 'https://a:b@example.com')).toEqual([
      ['an http or https URL without credentials, query or fragment'],
    ])
  })
})

describe('poolKeys', () => {
  test('reads every text', () => {
    expect(read(poolKeys(), 'a', '["b:2"]')).toMatchObject([{ key: 'a' }, { key: 'b', weight: 2 }])
  })

  test('says in which text a problem is', () => {
    expect(read(poolKeys(), 'a', '[')).toEqual([[expect.stringContaining('valid JSON'), 1]])
  })
})

describe('headers', () => {
  test('reads names in lower case, and their values', () => {
    expect(read(headers(), '{"CF-AIG-Authorization": " Bearer x ", "x-a": ""}')).toEqual({
      'cf-aig-authorization': 'Bearer x',
      'x-a': '',
    })
  })

  test.each(['x', '[]', '[["a","b"]]', '{"a":1}', '{"a":{}}', 'null'])(
    'refuses %s, which is no object of text',
    (text) => {
      expect(read(headers(), text)).toEqual([['a JSON object of header names and text values']])
    },
  )

  test.each(['Authorization', 'X-Goog-Api-Key', 'cookie', 'Host', 'content-length', 'transfer-encoding'])(
    'refuses %s by its position, in any case',
    (name) => {
      expect(read(headers(), JSON.stringify({ 'x-a': 'b', [name]: 'c' }))).toEqual([
        ['a valid header name that is neither a credential nor set by the connection', 0, 2],
      ])
    },
  )

  test.each(['', 'a b', 'a:b', 'é', 'a\n'])('refuses the name %j unless trimming mends it', (name) => {
    const result = read(headers(), JSON.stringify({ [name]: 'c' }))
    if (name.trim() === 'a') expect(result).toEqual({ a: 'c' })
    else expect(result).toEqual([[expect.stringContaining('a valid header name'), 0, 1]])
  })

  test.each(['a\r\nx-b: c', 'a\0', '密'])('refuses the value %j', (value) => {
    expect(read(headers(), JSON.stringify({ 'x-a': value }))).toEqual([
      ['a header value of printable ASCII characters', 0, 1],
    ])
  })
})
