import { describe, expect, it } from 'vitest'
import {
  BLOCKED_EVENTS,
  EMPTY_EVENTS,
  IMAGE_EVENTS,
  TEXT_EVENTS,
  TOOL_CALL_EVENTS,
} from './__fixtures__/streams.ts'
import { carriesContent } from './gemini-content.ts'

const ofParts = (...parts: unknown[]) => ({ candidates: [{ content: { role: 'model', parts } }] })

describe('carriesContent, recorded events', () => {
  it.each([
    ['text', TEXT_EVENTS[0], true],
    ['a function call', TOOL_CALL_EVENTS[0], true],
    ['an empty text beside STOP', TOOL_CALL_EVENTS[1], false],
    ['content without parts', IMAGE_EVENTS[0], false],
    ['an image', IMAGE_EVENTS[1], true],
    ['a blocked prompt', BLOCKED_EVENTS[0], true],
    ['STOP and nothing else', EMPTY_EVENTS[0], false],
  ])('%s', (_, event, carries) => {
    expect(carriesContent(JSON.parse(event ?? ''))).toBe(carries)
  })
})

describe('carriesContent', () => {
  it.each([
    ['a thought', ofParts({ text: 'hm', thought: true })],
    ['a part after an empty one', ofParts({ text: '' }, { text: 'x' })],
    [
      'the second candidate',
      { candidates: [{ finishReason: 'STOP' }, ...ofParts({ text: 'x' }).candidates] },
    ],
    ['code and its result', ofParts({ executableCode: { code: '1' } }, { codeExecutionResult: {} })],
    ['something that is no response', { totalTokens: 5 }],
    ['an array', []],
    ['a text', 'x'],
    ['null', null],
  ])('says yes to %s', (_, response) => {
    expect(carriesContent(response)).toBe(true)
  })

  it.each([
    ['no candidates at all', {}],
    ['the shell alone', { usageMetadata: {}, modelVersion: 'm', responseId: 'r', promptFeedback: {} }],
    ['no candidate', { candidates: [] }],
    [
      'a candidate without content',
      { candidates: [{ finishReason: 'OTHER', finishMessage: 'internal error' }] },
    ],
    ['a candidate that is null', { candidates: [null] }],
    ['no parts', ofParts()],
    ['an empty text', ofParts({ text: '' })],
    ['an empty text with its signature', ofParts({ text: '', thoughtSignature: 'Ep' })],
    ['a signature alone', ofParts({ thoughtSignature: 'Ep' })],
  ])('says no to %s', (_, response) => {
    expect(carriesContent(response)).toBe(false)
  })

  it.each([
    'MAX_TOKENS',
    'SAFETY',
    'RECITATION',
    'LANGUAGE',
    'BLOCKLIST',
    'PROHIBITED_CONTENT',
    'SPII',
    'IMAGE_SAFETY',
    'IMAGE_PROHIBITED_CONTENT',
    'IMAGE_RECITATION',
    'TOO_MANY_TOOL_CALLS',
    'MISSING_THOUGHT_SIGNATURE',
  ])('takes %s for an answer: another attempt would end the same way', (finishReason) => {
    expect(carriesContent({ candidates: [{ finishReason }] })).toBe(true)
  })

  it.each([
    'STOP',
    'OTHER',
    'MALFORMED_FUNCTION_CALL',
    'UNEXPECTED_TOOL_CALL',
    'NO_IMAGE',
    'FINISH_REASON_UNSPECIFIED',
  ])('takes %s without content for a hiccup', (finishReason) => {
    expect(carriesContent({ candidates: [{ content: { role: 'model' }, finishReason }] })).toBe(false)
  })
})
