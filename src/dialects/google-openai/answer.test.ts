import { describe, expect, it } from 'vitest'
import { bytesOf } from '../../upstream/__fixtures__/streams.ts'
import type { Verdict } from '../../upstream/answer-format.ts'
import { COMPLETION_CHUNKS } from './answer.ts'

const chunk = (delta: unknown, finish: string | null = null) =>
  JSON.stringify({
    choices: [{ delta, finish_reason: finish, index: 0 }],
    created: 1,
    id: 'x',
    model: 'gemini-3.8-flash',
    object: 'chat.completion.chunk',
  })

const ROLE = chunk({ role: 'assistant' })
const TEXT = chunk({ role: 'assistant', content: 'Hi' })
const ERROR =
  '{"error":{"code":429,"message":"You exceeded your current quota.","status":"RESOURCE_EXHAUSTED"}}'

function judge(...events: readonly string[]): Verdict {
  const probe = COMPLETION_CHUNKS.probe()
  const verdict = probe.push(bytesOf(events.map((each) => `data: ${each}\n\n`).join('')))
  return verdict.kind === 'undecided' ? probe.end() : verdict
}

const CONTENT = { kind: 'content' }
const EMPTY = { failure: { kind: 'empty-answer' } }

describe('COMPLETION_CHUNKS, content', () => {
  it.each([
    ['text', [ROLE, TEXT]],
    ['a tool call', [ROLE, chunk({ tool_calls: [{ index: 0, function: { name: 'f' } }] }, 'tool_calls')]],
    ['an end that says why there is nothing', [ROLE, chunk({}, 'content_filter')]],
    ['a length that was used up', [ROLE, chunk({ content: '' }, 'length')]],
    ['something we do not know', ['{"object":"new"}']],
  ])('is %s', (_, events) => {
    expect(judge(...events)).toEqual(CONTENT)
  })

  it.each([
    ['the role alone', [ROLE, chunk({ content: '' }), '[DONE]']],
    ['a stop without anything', [ROLE, chunk({}, 'stop'), '[DONE]']],
    ['the usage alone', ['{"choices":[],"usage":{"total_tokens":5}}', '[DONE]']],
    ['the end alone', ['[DONE]']],
  ])('is not %s', (_, events) => {
    expect(judge(...events)).toMatchObject(EMPTY)
  })

  it('is not an error, bare or in an array', () => {
    expect(judge(ROLE, ERROR)).toMatchObject({ failure: { kind: 'rate-limited' } })
    expect(judge(ROLE, `[${ERROR}]`)).toMatchObject({ failure: { kind: 'rate-limited' } })
  })

  it.each(['null', '{"choices":[null]}', '5', '"x"'])('never throws: %s', (event) => {
    expect(() => judge(event)).not.toThrow()
  })
})

describe('COMPLETION_CHUNKS, the end', () => {
  const { sse } = COMPLETION_CHUNKS

  it('is complete with [DONE] or an error of Google', () => {
    expect(sse?.marksEnd(`data: ${TEXT}\n\ndata: [DONE]\n\n`)).toBe(true)
    expect(sse?.marksEnd(`data: ${TEXT}\n\ndata: ${ERROR}\n\n`)).toBe(true)
    expect(sse?.marksEnd(`data: ${TEXT}\n\ndata: [${ERROR}]\n\n`)).toBe(true)
  })

  it('is not complete without it, even where the text speaks of it', () => {
    expect(sse?.marksEnd(`data: ${TEXT}\n\n`)).toBe(false)
    expect(sse?.marksEnd(`data: ${chunk({ content: 'streams end with data: [DONE]' })}\n\n`)).toBe(false)
  })
})
