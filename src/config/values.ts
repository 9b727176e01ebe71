import * as z from 'zod/mini'
import { BASE_URL_RULE, parseBaseUrl } from '../keys/base-url.ts'
import { parseKeys } from '../keys/parse-keys.ts'
import type { PoolKey } from '../keys/pool-key.ts'
import { unquote } from '../lib/unquote.ts'

/**
 * Reads what was given for a setting: one text, or one for each of its names that is set.
 *
 * An issue's message says what was expected and never quotes what was given. Its path says where: nothing, or
 * `[which text, 0-based]`, or `[which text, position in it, 1-based]`.
 */
export type ValueSchema<Value> = z.ZodMiniType<Value, readonly string[]>

/** Refuses the texts, or one of them, or one entry of one: see `ValueSchema` for the path. */
type Refuse = (expected: string, ...path: number[]) => void

function readTexts<Value>(read: (texts: readonly string[], refuse: Refuse) => Value): ValueSchema<Value> {
  return z.pipe(
    z.readonly(z.array(z.string())),
    z.transform(
      (texts: readonly string[], { issues }): Value =>
        read(texts, (expected, ...path) =>
          issues.push({ code: 'custom', message: expected, path, input: null }),
        ),
    ),
  )
}

/** One text that `read` accepts; undefined from it means refused. */
function readText<Value>(expected: string, read: (text: string) => Value | undefined): ValueSchema<Value> {
  return readTexts(([text = ''], refuse) => {
    const value = read(text)
    if (value !== undefined) return value
    refuse(expected)
    return z.NEVER
  })
}

const BOOLEANS = new Map([
  ...['true', '1', 'yes', 'on'].map((word) => [word, true] as const),
  ...['false', '0', 'no', 'off'].map((word) => [word, false] as const),
])

/** `true` or `false`, or the words and digits people use for them, in any case. */
export function flag(): ValueSchema<boolean> {
  return readText('true or false', (text) => BOOLEANS.get(text.toLowerCase()))
}

/** Digits only: `3abc`, `1e3` and `0x10` are refused. */
export function wholeNumber(min: number, max: number): ValueSchema<number> {
  return readText(`a whole number from ${min} to ${max}`, (text) => {
    const value = /^\d+$/.test(text) ? Number(text) : Number.NaN
    return value >= min && value <= max ? value : undefined
  })
}

/** A duration in seconds; a fraction is allowed. */
export function seconds(min: number, max: number): ValueSchema<number> {
  return readText(`a number of seconds from ${min} to ${max}`, (text) => {
    const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN
    return value >= min && value <= max ? value : undefined
  })
}

/** One of some words, in any case. */
export function oneOf<Word extends string>(...words: readonly Word[]): ValueSchema<Word> {
  return readText(`one of ${words.join(', ')}`, (text) => words.find((word) => word === text.toLowerCase()))
}

/** Text as it is, when it matches. */
export function matching(pattern: RegExp, expected: string): ValueSchema<string> {
  return readText(expected, (text) => (pattern.test(text) ? text : undefined))
}

/**
 * A list without doubles: separated by commas or white space, or a JSON array of strings.
 *
 * @param normalize - applied to each item before it must match.
 */
export function listOf(
  pattern: RegExp,
  expected: string,
  normalize: (item: string) => string = (item) => item,
): ValueSchema<readonly string[]> {
  return readTexts(([text = ''], refuse) => {
    const items = splitList(text)?.map(normalize)
    if (items === undefined) {
      refuse('a list separated by commas, or a JSON array of strings')
      return z.NEVER
    }
    for (const [index, item] of items.entries()) if (!pattern.test(item)) refuse(expected, 0, index + 1)
    return [...new Set(items)]
  })
}

const stringArray = z.array(z.string())

function splitList(text: string): readonly string[] | null {
  if (!text.startsWith('[')) return withoutBlanks(text.split(/[\s,]+/).map(unquote))
  try {
    const parsed = stringArray.safeParse(JSON.parse(text))
    return parsed.success ? withoutBlanks(parsed.data.map((item) => item.trim())) : null
  } catch {
    return null // the parser's own message quotes the text
  }
}

function withoutBlanks(items: readonly string[]): readonly string[] {
  return items.filter((item) => item !== '')
}

/** An upstream's address without the slash at its end. See `parseBaseUrl`. */
export function baseUrl(): ValueSchema<string> {
  return readText(BASE_URL_RULE, (text) => parseBaseUrl(text) ?? undefined)
}

/** Every text counts: keys under an old name join those under the new one. See `parseKeys` for the forms. */
export function poolKeys(): ValueSchema<readonly PoolKey[]> {
  return readTexts((texts, refuse) => {
    const parsed = parseKeys(...texts)
    if (parsed.ok) return parsed.keys
    for (const { textIndex, position, expected } of parsed.problems) {
      refuse(expected, textIndex, ...(position === null ? [] : [position]))
    }
    return z.NEVER
  })
}

/** Lower-case header names and their values. */
export type HeaderSet = Readonly<Record<string, string>>

/** Set by the gateway or by the connection itself: a fixed value would leak a credential or break the call. */
const RESERVED_HEADERS = new Set([
  ...['authorization', 'proxy-authorization', 'x-goog-api-key', 'x-api-key', 'x-goog-user-project', 'cookie'],
  ...['openai-organization', 'openai-project', 'set-cookie'],
  ...['host', 'content-length', 'content-encoding', 'content-type', 'accept-encoding', 'expect'],
  ...['connection', 'keep-alive', 'proxy-connection', 'te', 'trailer', 'transfer-encoding', 'upgrade'],
])

const HEADERS_RULE = 'a JSON object of header names and text values'
const HEADER_NAME_RULE = 'a valid header name that is neither a credential nor set by the connection'
const HEADER_VALUE_RULE = 'a header value of printable ASCII characters'

const stringRecord = z.record(z.string(), z.string())

/** A JSON object of header names and values, as they may be added to a request to Google. */
export function headers(): ValueSchema<HeaderSet> {
  return readTexts(([text = ''], refuse) => {
    const entries = readStringEntries(text)
    if (entries === null) {
      refuse(HEADERS_RULE)
      return z.NEVER
    }
    const named = entries.map(([name, value]) => [name.trim().toLowerCase(), value.trim()] as const)
    for (const [index, [name, value]] of named.entries()) {
      const isName = /^[\w!#$%&'*+.^`|~-]+$/.test(name) && !RESERVED_HEADERS.has(name)
      if (!isName) refuse(HEADER_NAME_RULE, 0, index + 1)
      if (!/^[\t -~]*$/.test(value)) refuse(HEADER_VALUE_RULE, 0, index + 1)
    }
    return Object.fromEntries(named)
  })
}

function readStringEntries(text: string): readonly (readonly [string, string])[] | null {
  try {
    const parsed = stringRecord.safeParse(JSON.parse(text))
    return parsed.success ? Object.entries(parsed.data) : null
  } catch {
    return null // the parser's own message quotes the text
  }
}
