import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'libsql'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { MINUTE } from '../lib/time.ts'
import { KVUnavailableError } from './kv.ts'
import { openSqliteKV, type SqliteKVOptions } from './sqlite.ts'

const NOW = 1_700_000_000_000

let folder = ''
let path = ''

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sqlite-kv-'))
  path = join(folder, 'kv.db')
})

afterEach(() => rm(folder, { recursive: true }))

function open(options: Partial<SqliteKVOptions> = {}) {
  return openSqliteKV({ path, now: () => NOW, busyTimeoutMs: 1, ...options })
}

function startProcess(script: string) {
  return spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '--eval', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
}

async function messageOf(call: Promise<unknown>): Promise<string> {
  const error = await call.then(
    () => null,
    (reason: unknown) => reason,
  )
  if (!(error instanceof KVUnavailableError))
    throw new Error(`expected a KVUnavailableError, got ${String(error)}`)
  return error.message
}

describe('openSqliteKV on its file', () => {
  test('closed and opened again, everything is there', async () => {
    const first = open()
    await first.set('key', { a: 1 })
    await first.increment({ count: 5 }, { ttlSeconds: 60 })
    await first.close()
    const second = open()
    expect(await second.get('key')).toEqual({ a: 1 })
    expect(await second.increment({ count: 1 })).toEqual({ count: 6 })
    await second.close()
  })

  test('ended without close, everything written is there', async () => {
    const crashed = open()
    await crashed.set('key', 1)
    const second = open()
    expect(await second.get('key')).toBe(1)
    await second.close()
    await crashed.close()
  })

  test('after close, the file is whole without its -wal', async () => {
    const kv = open()
    await kv.set('key', 1)
    await kv.close()
    await writeFile(join(folder, 'copy.db'), await readFile(path))
    const copy = open({ path: join(folder, 'copy.db') })
    expect(await copy.get('key')).toBe(1)
    await copy.close()
  })

  test('a new file and its folder, nobody else can read them', async () => {
    const deep = join(folder, 'a', 'b', 'kv.db')
    const kv = open({ path: deep })
    await kv.set('key', 1)
    const modeOf = async (file: string) => ((await stat(file)).mode & 0o777).toString(8)
    expect(await modeOf(deep)).toBe('600')
    expect(await modeOf(`${deep}-wal`)).toBe('600')
    expect(await modeOf(join(folder, 'a', 'b'))).toBe('700')
    await kv.close()
  })

  test('expired rows leave the file with a later write', async () => {
    let now = NOW
    const kv = open({ now: () => now })
    for (let i = 0; i < 10; i++) await kv.set(`short/${i}`, i, { ttlSeconds: 1 })
    now += 2 * MINUTE
    await kv.set('other', 1)
    const db = new Database(path)
    expect(db.prepare('SELECT key FROM kv').raw().all()).toEqual([['other']])
    db.close()
    await kv.close()
  })
})

describe('openSqliteKV shared', () => {
  test('two connections see each other and take turns', async () => {
    const [a, b] = [open(), open()]
    await a.set('key', 'from a')
    expect(await b.get('key')).toBe('from a')
    await b.set('key', 'from b')
    expect(await a.get('key')).toBe('from b')
    expect(await a.set('lease', 1, { ifAbsent: true })).toBe(true)
    expect(await b.set('lease', 2, { ifAbsent: true })).toBe(false)
    expect(await Promise.all([a.increment({ n: 1 }), b.increment({ n: 1 })])).toEqual([{ n: 1 }, { n: 2 }])
    await a.close()
    await b.close()
  })

  test('two processes adding at once, from the first opening of the file on, lose nothing', async () => {
    const add = `
      import { openSqliteKV } from ${JSON.stringify(new URL('./sqlite.ts', import.meta.url).href)}
      const kv = openSqliteKV({ path: ${JSON.stringify(path)}, now: Date.now })
      for (let i = 0; i < 500; i++) await kv.increment({ n: 1 })
      await kv.close()`
    const exits = [startProcess(add), startProcess(add)].map((child) => once(child, 'exit'))
    expect((await Promise.all(exits)).map(([code]) => code)).toEqual([0, 0])
    const kv = open()
    expect(await kv.get('n')).toBe(1000)
    await kv.close()
  }, 30_000)

  test('a write while another process is in one, waits for it', async () => {
    const kv = open({ busyTimeoutMs: 20_000 })
    await kv.set('key', 1)
    const child = startProcess(`
      import Database from 'libsql'
      const db = new Database(${JSON.stringify(path)})
      db.exec('BEGIN IMMEDIATE')
      console.log('writing')
      setTimeout(() => db.exec("UPDATE kv SET value = '2'; COMMIT"), 50)`)
    const exit = once(child, 'exit')
    await once(child.stdout, 'data')
    expect(await kv.increment({ key: 1 })).toEqual({ key: 3 })
    await exit
    await kv.close()
  }, 30_000)
})

describe('openSqliteKV on a file it cannot use says which and what to do', () => {
  test('garbage: move it away; moved away, the next call makes a new one', async () => {
    await writeFile(path, 'this is no database. '.repeat(100))
    const kv = open()
    expect(await messageOf(kv.get('key'))).toBe(
      `${path} is damaged. Move it away with its -wal and -shm files: a new one is made.`,
    )
    await rename(path, `${path}.broken`)
    expect(await kv.set('key', 1)).toBe(true)
    await kv.close()
  })

  test('damaged while in use and then moved away: the next call makes a new one', async () => {
    const kv = open()
    const moreThanItsCache = 50
    for (let i = 0; i < moreThanItsCache; i++) await kv.set(`large/${i}`, 'x'.repeat(100_000))
    for (const file of [path, `${path}-wal`]) await writeFile(file, 'this is no database. '.repeat(300_000))
    expect(await messageOf(kv.list('large/'))).toContain('is damaged')
    for (const end of ['', '-wal', '-shm']) await rename(`${path}${end}`, `${path}${end}.broken`)
    expect(await kv.set('key', 3)).toBe(true)
    expect(await kv.get('key')).toBe(3)
    await kv.close()
  })

  test('a file of another schema: run that version or move it away, and it stays as it is', async () => {
    const db = new Database(path)
    db.exec('CREATE TABLE other (a); PRAGMA user_version = 7')
    db.close()
    const kv = open()
    expect(await messageOf(kv.get('key'))).toContain(
      `${path} was made by another version of this program (schema 7`,
    )
    await kv.close()
  })

  test('locked by another program: end it; once it has ended, calls work', async () => {
    const kv = open()
    await kv.set('key', 1)
    const other = new Database(path)
    other.exec('BEGIN IMMEDIATE')
    expect(await messageOf(kv.set('key', 2))).toBe(
      `${path} is locked: another program keeps it open for writing. End that program.`,
    )
    expect(await messageOf(kv.increment({ n: 1 }))).toContain('is locked')
    expect(await kv.get('key')).toBe(1)
    other.exec('ROLLBACK')
    expect(await kv.set('key', 2)).toBe(true)
    other.close()
    await kv.close()
  })

  test('a folder in its place: choose another place', async () => {
    await mkdir(path)
    const kv = open()
    expect(await messageOf(kv.get('key'))).toBe(
      `${path} cannot be written. Make its folder writable for this process, or choose another DATA_DIR.`,
    )
    await kv.close()
  })

  test('no file can be there: choose another place', async () => {
    const kv = open({ path: '/dev/null/kv.db' })
    expect(await messageOf(kv.get('key'))).toContain('/dev/null/kv.db cannot be written')
    await kv.close()
  })
})
