import { describe, expect, it } from 'vitest'
import { createLog, LOG_LEVELS, type LogLevel } from './log.ts'

const NOW = Date.UTC(2026, 10, 21, 3)

function linesAt(level: LogLevel): { readonly lines: string[]; readonly log: ReturnType<typeof createLog> } {
  const lines: string[] = []
  return {
    lines,
    log: createLog(
      (line) => lines.push(line),
      level,
      () => NOW,
    ),
  }
}

describe('createLog', () => {
  it('writes time, level, message and fields on one line', () => {
    const { lines, log } = linesAt('info')
    log.warn('key rests', { key: '0a1b2c', model: 'gemini-3.8-flash', streak: 2, known: true, until: null })
    expect(lines).toEqual([
      '2026-11-21T03:00:00.000Z warn key rests key=0a1b2c model=gemini-3.8-flash streak=2 known=true until=null',
    ])
  })

  it.each(LOG_LEVELS)('at level %s leaves out what matters less', (level) => {
    const { lines, log } = linesAt(level)
    for (const each of LOG_LEVELS) log[each](each)
    expect(lines.map((line) => line.split(' ')[1])).toEqual(LOG_LEVELS.slice(LOG_LEVELS.indexOf(level)))
  })

  it('keeps a field that a caller made up on one line and in one word', () => {
    const { lines, log } = linesAt('info')
    log.info('m', { model: 'a\n2026 error forged=1', empty: '', quote: 'say "x"' })
    expect(lines).toEqual([
      '2026-11-21T03:00:00.000Z info m model="a\\n2026 error forged=1" empty="" quote="say \\"x\\""',
    ])
  })

  it('cuts a long field', () => {
    const { lines, log } = linesAt('info')
    log.info('m', { model: '§'.repeat(10_000), plain: 'a'.repeat(10_000) })
    expect(lines[0]?.length).toBeLessThan(1_200)
  })
})
