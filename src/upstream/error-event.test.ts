import { describe, expect, it } from 'vitest'
import { BARE_ERROR } from './__fixtures__/streams.ts'
import { cutEvent, isWholeEvent, parseBareError, toErrorEvent } from './error-event.ts'

const ERROR = JSON.parse(BARE_ERROR)

describe('toErrorEvent and cutEvent', () => {
  it('write one event in one line, with Google’s line ends', () => {
    expect(toErrorEvent({ error: { message: 'two\nlines' } })).toBe(
      'data: {"error":{"message":"two\\nlines"}}\r\n\r\n',
    )
    expect(cutEvent('why')).toBe(
      'data: {"error":{"code":503,"message":"why","status":"UNAVAILABLE"}}\r\n\r\n',
    )
  })
})

describe('parseBareError', () => {
  it('finds an error, alone or in an array', () => {
    expect(parseBareError(BARE_ERROR)).toEqual(ERROR)
    expect(parseBareError(`[${BARE_ERROR}]`)).toEqual(ERROR)
  })

  it.each(['', '[]', 'null', '5', '{"candidates": []}', BARE_ERROR.slice(0, -3), `data: ${BARE_ERROR}`])(
    'finds none in %j',
    (text) => {
      expect(parseBareError(text)).toBeNull()
    },
  )
})

describe('isWholeEvent', () => {
  it.each(['data: {}', 'data:{"a": 1}\r\n', 'data: [DONE]\n', 'data: 5'])('says yes to %j', (text) => {
    expect(isWholeEvent(text)).toBe(true)
  })

  it.each(['', 'data:', 'data: {"a"', 'dat', '{}', 'data: [DON', ': comment'])('says no to %j', (text) => {
    expect(isWholeEvent(text)).toBe(false)
  })
})
