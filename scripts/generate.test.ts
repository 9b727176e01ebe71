import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { generate } from './generate.ts'

let root: string

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'generate-'))
})

afterEach(() => rm(root, { recursive: true }))

async function writeReadmes(body: string): Promise<void> {
  await writeFile(join(root, 'README.md'), body)
  await writeFile(join(root, 'README.zh-CN.md'), body)
}

const MARKED = '# Title\n\n<!-- settings:begin -->\nOLD TABLE\n<!-- settings:end -->\n\nafter\n'

describe('generate', () => {
  test('writes all three files so that a check then finds nothing', async () => {
    await writeReadmes(MARKED)
    expect(await generate(root, 'write')).toEqual([])
    expect(await generate(root, 'check')).toEqual([])
  })

  test('keeps what stands around the markers', async () => {
    await writeReadmes(MARKED)
    await generate(root, 'write')
    const readme = await readFile(join(root, 'README.md'), 'utf8')
    expect(readme).toMatch(
      /^# Title\n\n<!-- settings:begin -->\n[\s\S]*`MAX_RETRIES`[\s\S]*<!-- settings:end -->\n\nafter\n$/,
    )
    expect(readme).not.toContain('OLD TABLE')
  })

  test('when checking stale files, names each and the command, and writes nothing', async () => {
    await writeReadmes(MARKED)
    expect(await generate(root, 'check')).toEqual([
      '.env.example is stale; run: npm run generate',
      'README.md is stale; run: npm run generate',
      'README.zh-CN.md is stale; run: npm run generate',
    ])
    expect(await readFile(join(root, 'README.md'), 'utf8')).toBe(MARKED)
  })

  test.each(['check', 'write'] as const)('to %s, asks for a README that is missing', async (mode) => {
    const complaints = await generate(root, mode)
    expect(complaints).toContainEqual(
      expect.stringMatching(/^README\.md is missing: .*settings:begin.*npm run generate$/),
    )
    expect(complaints).toContainEqual(expect.stringMatching(/^README\.zh-CN\.md is missing/))
  })

  test.each(['check', 'write'] as const)('to %s, asks for markers that are missing', async (mode) => {
    await writeReadmes('# Title\n')
    expect(await generate(root, mode)).toContainEqual(
      expect.stringMatching(/^README\.md needs one line .*settings:begin/),
    )
    expect(await readFile(join(root, 'README.md'), 'utf8')).toBe('# Title\n')
  })
})
