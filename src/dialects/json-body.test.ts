import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseJsonObject } from './json-body.ts'

const parse = (text: string) => parseJsonObject(new TextEncoder().encode(text))

describe('parseJsonObject', () => {
  it('reads an object, with or without a byte order mark', () => {
    expect(parse('{"a": "ü"}')).toEqual({ kind: 'object', value: { a: 'ü' } })
    expect(parse('\uFEFF{}')).toEqual({ kind: 'object', value: {} })
  })

  it.each(['[]', 'null', '5', '"x"', 'true'])('refuses %s, which is no object', (text) => {
    expect(parse(text)).toMatchObject({
      kind: 'bad-request',
      field: 'body',
      message: expect.stringContaining('object'),
    })
  })

  it.each(['', '{', '{"a": secret}', '{"a":1,}', "{'a':1}"])('refuses %j, which is no JSON', (text) => {
    expect(parse(text)).toMatchObject({ kind: 'bad-request', field: 'body' })
  })

  it('refuses bytes that are no UTF-8', () => {
    expect(parseJsonObject(Uint8Array.of(0x7b, 0xff, 0x7d))).toMatchObject({ kind: 'bad-request' })
  })

  it('says where it broke, never what it said', () => {
    expect(parse('{"prompt": 1 "x": 2}')).toMatchObject({ message: expect.stringMatching(/at position 13/) })
    expect(JSON.stringify(parse('{"prompt": secret}'))).not.toContain('secret')
  })

  it('never throws and never quotes, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        const parsed = parseJsonObject(bytes)
        if (parsed.kind === 'bad-request') {
          expect(parsed.message).toMatch(
            /^Invalid JSON payload received: the body (must be an object|is no valid JSON(, at position \d+( \(line \d+ column \d+\))?)?)\.$/,
          )
        }
      }),
    )
  })
})
