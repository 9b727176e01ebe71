import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openSqliteKV } from '../../src/kv/sqlite.ts'
import { SECOND } from '../../src/lib/time.ts'
import { describeKV } from './kv.suite.ts'

describeKV('sqlite', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'kv-sqlite-'))
  let now = 1_700_000_000_000
  const open = (path: string) => openSqliteKV({ path: join(folder, path), now: () => now })
  return {
    kv: open('data/kv.db'),
    passSeconds: async (seconds) => {
      now += seconds * SECOND
    },
    // A file where the folder should be.
    openBroken: async () => {
      await writeFile(join(folder, 'blocked'), '')
      return { kv: open('blocked/kv.db'), restore: () => rm(join(folder, 'blocked')) }
    },
    dispose: () => rm(folder, { recursive: true }),
  }
})
