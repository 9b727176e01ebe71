import { closeSync, mkdirSync, openSync } from 'node:fs'
import { dirname } from 'node:path'
import Database from 'libsql'
import { type Millis, SECOND } from '../lib/time.ts'
import { type Json, type KV, type KVTraits, KVTypeError, KVUnavailableError } from './kv.ts'
import {
  requireDeltas,
  requireKey,
  requirePrefix,
  toCounter,
  toPageSize,
  toStoredJson,
  toWholeTtl,
} from './kv-input.ts'
import { explainSqliteError } from './sqlite-error.ts'

export interface SqliteKVOptions {
  /** The file; made with its folder when absent, and readable by its owner alone, as it may come to hold keys. */
  readonly path: string
  /** Unix time in ms. Processes that share the file must agree on it. */
  readonly now: () => Millis
  /** How long a call may block this process while another one writes. */
  readonly busyTimeoutMs?: Millis
}

const TRAITS: KVTraits = {
  atomicIncrement: true,
  consistency: 'strong',
  minTtlSeconds: 1,
  maxValueBytes: 1024 * 1024,
}

/** Writes take well under a millisecond each: who waits for so long waits for a program that holds the file open. */
const BUSY_TIMEOUT: Millis = SECOND

/** Expired rows are dropped by the first write after so long. */
const SWEEP_INTERVAL: Millis = 60 * SECOND

/** `PRAGMA user_version` of the files this driver reads. */
const SCHEMA_VERSION = 1

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS kv (key TEXT PRIMARY KEY, value TEXT NOT NULL, expires INTEGER) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS kv_expires ON kv (expires) WHERE expires IS NOT NULL;
  PRAGMA user_version = ${SCHEMA_VERSION};
`

/** Sorts after every character a key may have: where the keys of a prefix end. */
const AFTER_ALL_KEYS = '\x7f'

/**
 * A store in one SQLite file, for Node and Bun. Several processes may use the file at once.
 *
 * The file is opened by the first call, and a call after a failed one tries again. Each call runs to its end
 * synchronously (microseconds; a write waits for the disk at checkpoints only), so it is as atomic as a transaction.
 * A power cut may lose the last writes, never the file (WAL with synchronous = NORMAL).
 */
export function openSqliteKV(options: SqliteKVOptions): KV {
  return new SqliteKV(options)
}

class SqliteKV implements KV {
  readonly traits = TRAITS
  readonly #options: SqliteKVOptions
  #connection: Connection | null = null
  #isClosed = false
  #sweptAt: Millis = 0

  constructor(options: SqliteKVOptions) {
    this.#options = options
  }

  async get(key: string): Promise<Json | null> {
    requireKey(key)
    return this.#run(({ select }) => {
      const row = select.get(key, this.#options.now())
      return row === undefined ? null : JSON.parse(row.value)
    })
  }

  async set(
    key: string,
    value: Json,
    options: { readonly ttlSeconds?: number; readonly ifAbsent?: boolean } = {},
  ): Promise<boolean> {
    requireKey(key)
    const text = toStoredJson(value, TRAITS.maxValueBytes)
    const expires = this.#expiry(options.ttlSeconds)
    return this.#run((connection) => {
      this.#sweep(connection)
      if (options.ifAbsent) return connection.insert.run(key, text, expires, this.#options.now()).changes > 0
      connection.upsert.run(key, text, expires)
      return true
    })
  }

  async delete(key: string): Promise<void> {
    requireKey(key)
    this.#run((connection) => connection.remove.run(key))
  }

  async list(prefix: string, options: { readonly after?: string; readonly limit?: number } = {}) {
    const { after = '' } = options
    requirePrefix(prefix)
    requirePrefix(after)
    const limit = toPageSize(options.limit)
    return this.#run(({ selectRange }) => {
      const end = prefix + AFTER_ALL_KEYS
      const rows = selectRange.all(prefix, end, after, this.#options.now(), limit + 1)
      const page = rows.slice(0, limit)
      return {
        entries: page.map(({ key, value }): [string, Json] => [key, JSON.parse(value)]),
        next: rows.length > limit ? (page.at(-1)?.key ?? null) : null,
      }
    })
  }

  async increment(
    deltas: Readonly<Record<string, number>>,
    options: { readonly ttlSeconds?: number } = {},
  ): Promise<Readonly<Record<string, number>>> {
    const steps = requireDeltas(deltas)
    const expiresWhenNew = this.#expiry(options.ttlSeconds)
    return this.#run((connection) => {
      this.#sweep(connection)
      const now = this.#options.now()
      return connection.inOneTransaction(() =>
        Object.fromEntries(
          steps.map(([key, delta]) => {
            const row = connection.select.get(key, now)
            const sum = row === undefined ? delta : toCounter(key, row.value) + delta
            connection.upsert.run(key, String(sum), row === undefined ? expiresWhenNew : row.expires)
            return [key, sum]
          }),
        ),
      )
    })
  }

  async close(): Promise<void> {
    try {
      if (this.#connection !== null) this.#run(({ close }) => close())
    } finally {
      this.#connection = null
      this.#isClosed = true
    }
  }

  #run<T>(work: (connection: Connection) => T): T {
    if (this.#isClosed) throw new KVUnavailableError('The store is closed')
    try {
      this.#connection ??= connect(this.#options)
      return work(this.#connection)
    } catch (error) {
      if (error instanceof KVTypeError) throw error
      // Only a new connection sees that the file was mended, or moved away.
      this.#connection?.drop()
      this.#connection = null
      if (error instanceof KVUnavailableError) throw error
      throw new KVUnavailableError(explainSqliteError(error, this.#options.path), { cause: error })
    }
  }

  #sweep({ removeExpired }: Connection): void {
    const now = this.#options.now()
    if (now - this.#sweptAt < SWEEP_INTERVAL) return
    this.#sweptAt = now
    removeExpired.run(now)
  }

  #expiry(ttlSeconds: number | undefined): Millis | null {
    const ttl = toWholeTtl(ttlSeconds, TRAITS.minTtlSeconds)
    return ttl === null ? null : this.#options.now() + ttl * SECOND
  }
}

interface Row {
  readonly key: string
  readonly value: string
  readonly expires: Millis | null
}

type Connection = ReturnType<typeof connect>

/** Opens the file and prepares every statement. Throws what Node or SQLite says: `explainSqliteError` makes sense of it. */
function connect({ path, busyTimeoutMs = BUSY_TIMEOUT }: SqliteKVOptions) {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  closeSync(openSync(path, 'a', 0o600))
  const db = new Database(path, { timeout: busyTimeoutMs })
  try {
    db.pragma('journal_mode = WAL')
    db.pragma('synchronous = NORMAL')
    ensureSchema(db, path)
    return { ...prepareAll(db), drop: () => db.close(), close: () => closeWhole(db) }
  } catch (error) {
    db.close()
    throw error
  }
}

function prepareAll(db: Database.Database) {
  const isLive = '(expires IS NULL OR expires > ?)'
  const write = `INSERT INTO kv (key, value, expires) VALUES (?, ?, ?)
    ON CONFLICT (key) DO UPDATE SET value = excluded.value, expires = excluded.expires`
  const select = db.prepare<[string, Millis]>(
    `SELECT key, value, expires FROM kv WHERE key = ? AND ${isLive}`,
  )
  const selectRange = db.prepare<[string, string, string, Millis, number]>(
    `SELECT key, value, expires FROM kv WHERE key >= ? AND key < ? AND key > ? AND ${isLive} ORDER BY key LIMIT ?`,
  )
  return {
    select: { get: (key: string, now: Millis) => select.get(key, now) as Row | undefined },
    selectRange: {
      all: (...range: Parameters<typeof selectRange.all>) => selectRange.all(...range) as Row[],
    },
    upsert: db.prepare<[string, string, Millis | null]>(write),
    /** Takes the place of an expired row only. */
    insert: db.prepare<[string, string, Millis | null, Millis]>(`${write} WHERE kv.expires <= ?`),
    remove: db.prepare<[string]>('DELETE FROM kv WHERE key = ?'),
    removeExpired: db.prepare<[Millis]>('DELETE FROM kv WHERE expires <= ?'),
    inOneTransaction: <T>(work: () => T): T => db.transaction(work).immediate(),
  }
}

/** Writes to a new file only: an open one must be readable while another process writes. */
function ensureSchema(db: Database.Database, path: string): void {
  const [row] = db.pragma('user_version') as { readonly user_version: number }[]
  const version = row?.user_version ?? 0
  if (version === SCHEMA_VERSION) return
  if (version !== 0) {
    throw new KVUnavailableError(
      `${path} was made by another version of this program (schema ${version}, not ${SCHEMA_VERSION}). ` +
        'Run that version, or move the file away: a new one is made.',
    )
  }
  db.exec(SCHEMA)
}

/** Leaves a file that is whole without its -wal, so that it can be copied. */
function closeWhole(db: Database.Database): void {
  db.pragma('wal_checkpoint(TRUNCATE)')
  db.close()
}
