import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { expect, test } from 'vitest'
import { isInstalled } from './program.ts'

test('isInstalled finds a command in any folder of PATH, and only one that may be run', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'gateway-program-'))
  const path = ['', join(folder, 'absent'), folder].join(delimiter)
  const file = join(folder, 'redis-server')
  try {
    expect(isInstalled('redis-server', path)).toBe(false)
    await writeFile(file, '', { mode: 0o600 })
    expect(isInstalled('redis-server', path)).toBe(false)
    await chmod(file, 0o700)
    expect(isInstalled('redis-server', path)).toBe(true)
  } finally {
    await rm(folder, { recursive: true })
  }
})
