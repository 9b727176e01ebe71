import { describe, expect, test } from 'vitest'
import { loadConfig } from '../src/config/load-config.ts'
import { SETTINGS } from '../src/config/schema.ts'
import { CHINESE, ENGLISH, fillMarkers, renderEnvExample, renderTables } from './settings-docs.ts'

/** The assignments of a .env file, read as `NAME=value` lines. */
function assignments(text: string): Record<string, string> {
  const lines = text.split('\n').filter((line) => /^[A-Z_]+=/.test(line))
  return Object.fromEntries(
    lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  )
}

describe('renderEnvExample', () => {
  test('changes no setting when it is used as it is', () => {
    expect(loadConfig(assignments(renderEnvExample()))).toEqual(loadConfig({}))
  })

  test('gives every setting with its default, once switched on', () => {
    const switchedOn = assignments(renderEnvExample().replaceAll(/^# (?=[A-Z_]+=)/gm, ''))
    expect(Object.keys(switchedOn).sort()).toEqual(Object.keys(SETTINGS).sort())
    expect(loadConfig(switchedOn)).toEqual(loadConfig({}))
  })

  test('says that it is generated, and from where', () => {
    expect(renderEnvExample().split('\n')[0]).toContain('src/config/schema.ts')
  })

  test('keeps its lines within 100 characters', () => {
    const longest = Math.max(
      ...renderEnvExample()
        .split('\n')
        .map((line) => line.length),
    )
    expect(longest).toBeLessThanOrEqual(100)
  })
})

describe('renderTables', () => {
  test.each([
    ['English', ENGLISH],
    ['Chinese', CHINESE],
  ])('has one row of three cells for every setting, in %s', (_name, language) => {
    const rows = renderTables(language)
      .split('\n')
      .filter((line) => line.startsWith('| `'))
    expect(rows.map((line) => /`(\w+)`/.exec(line)?.[1])).toEqual(Object.keys(SETTINGS))
    for (const line of rows) expect(line.split(/(?<!\\)\|/)).toHaveLength(5)
  })

  test('gives units in the language of the table', () => {
    expect(renderTables(ENGLISH)).toContain('| `TIME_OUT` | `300` s | ')
    expect(renderTables(CHINESE)).toContain('| `TIME_OUT` | `300` 秒 | ')
  })

  test('lists the other names of a setting', () => {
    expect(renderTables(ENGLISH)).toContain('| `GEMINI_API_KEY`<br>`GEMINI_API_KEYS`<br>`API_KEYS` | none | ')
  })
})

describe('fillMarkers', () => {
  const begin = '<!-- settings:begin -->'
  const end = '<!-- settings:end -->'

  test('replaces what stands between the markers', () => {
    expect(fillMarkers(`a\n${begin}\nold\n${end}\nb`, 'new')).toBe(`a\n${begin}\nnew\n${end}\nb`)
  })

  test.each([
    ['no markers', 'a'],
    ['no end', `${begin} a`],
    ['no beginning', `a ${end}`],
    ['them the wrong way round', `${end} a ${begin}`],
    ['two pairs', `${begin}${end}${begin}${end}`],
    ['two ends', `${begin}${end}${end}`],
  ])('refuses a document with %s', (_what, document) => {
    expect(fillMarkers(document, 'new')).toBeNull()
  })
})
