import * as fc from 'fast-check'
import { beforeEach, describe, expect, test } from 'vitest'
import { ForeignRecordError, SETTINGS_KEY, settingsClaimKey } from '../kv/keyspace.ts'
import { type Json, type KV, KVTypeError } from '../kv/kv.ts'
import { createMemoryKV } from '../kv/memory.ts'
import { createSealer } from './sealed-text.ts'
import {
  readStoredSettings,
  type SettingsChange,
  type SettingsWritten,
  type StoredSettings,
  writeStoredSettings,
} from './stored-settings.ts'

const START = 1_700_000_000_000
const sealer = createSealer('correct horse battery staple')
const otherSealer = createSealer('another horse, another battery')
const plainSealer = createSealer(null)

let clock = START
let kv: KV

beforeEach(() => {
  clock = START
  kv = createMemoryKV({ now: () => clock })
})

function write(
  expectedRevision: number,
  changes: SettingsChange['changes'],
  by = sealer,
): Promise<SettingsWritten> {
  return writeStoredSettings(kv, by, { expectedRevision, changes, now: clock })
}

async function read(by = sealer): Promise<StoredSettings> {
  const stored = await readStoredSettings(kv, by)
  if (stored instanceof ForeignRecordError) throw stored
  if (stored === null) throw new Error('No revision was named as known.')
  return stored
}

test('readStoredSettings opens nothing when the revision is the known one', async () => {
  await write(0, { MAX_RETRIES: '5' })
  expect(await readStoredSettings(kv, sealer, 1)).toBeNull()
  expect(await readStoredSettings(kv, sealer, 0)).toMatchObject({ revision: 1 })
})

/** What lies in the store, whole. */
async function storedJson(): Promise<string> {
  return JSON.stringify((await kv.list('')).entries)
}

/** Overwrites one override by hand. */
async function plant(variable: string, value: Json): Promise<void> {
  const record = { v: 1, revision: 1, updatedAt: START, overrides: { [variable]: value } }
  await kv.set(SETTINGS_KEY, record)
}

describe('readStoredSettings', () => {
  test('an empty store, is revision 0 without overrides', async () => {
    expect(await read()).toEqual({ revision: 0, texts: {}, rejected: [] })
  })

  test('what was written, is read back with its revision', async () => {
    const texts = { GEMINI_API_KEY: 'AIza-a:2,AIza-b', MAX_RETRIES: '7', LOG_LEVEL: ' "Debug" ' }
    expect(await write(0, texts)).toEqual({ kind: 'written', revision: 1 })
    expect(await read()).toEqual({ revision: 1, texts, rejected: [] })
  })

  test.each([
    ['another key', otherSealer],
    ['no key', plainSealer],
  ])('a reader with %s, gets what is not secret and names what it cannot open', async (_name, reader) => {
    await write(0, { GEMINI_API_KEY: 'AIzaC4N4RY', MAX_RETRIES: '7' })
    const stored = await read(reader)
    expect(stored).toEqual({
      revision: 1,
      texts: { MAX_RETRIES: '7' },
      rejected: [{ variable: 'GEMINI_API_KEY', expected: expect.stringContaining('ENCRYPTION_KEY') }],
    })
    expect(JSON.stringify(stored)).not.toContain('C4N4RY')
  })

  test('a sealed text moved under the name of another setting, is not opened', async () => {
    await write(0, { GEMINI_API_KEY: 'AIza-a' })
    const moved = JSON.stringify(await kv.get(SETTINGS_KEY)).replace('GEMINI_API_KEY', 'ALLOWED_TOKENS')
    await kv.set(SETTINGS_KEY, JSON.parse(moved))
    expect(await read()).toMatchObject({ texts: {}, rejected: [{ variable: 'ALLOWED_TOKENS' }] })
  })

  test.each([null, 7, [], {}, { v: 2, data: 'C4N4RY' }])(
    'an override that is %j, is rejected by name alone',
    async (value) => {
      await plant('MAX_RETRIES', value)
      expect(await read()).toMatchObject({ texts: {}, rejected: [{ variable: 'MAX_RETRIES' }] })
      expect(JSON.stringify(await read())).not.toContain('C4N4RY')
    },
  )

  test.each([
    ['version', { v: 2, revision: 1, updatedAt: 0, overrides: {} }],
    ['shape', { v: 1, revision: 'one' }],
    ['shape', 'text'],
  ])('a record that is foreign by its %s, is an error as a value', async (found, record) => {
    await kv.set(SETTINGS_KEY, record)
    const stored = await readStoredSettings(kv, sealer)
    expect(stored instanceof ForeignRecordError && stored.found).toBe(found)
    const written = await write(0, { MAX_RETRIES: '7' })
    expect(written.kind === 'foreign' && written.error.found).toBe(found)
    expect(await kv.get(SETTINGS_KEY)).toEqual(record)
  })

  test('a record that the store itself cannot read, is foreign by its shape', async () => {
    const corrupt = Object.assign(kv, { get: () => Promise.reject(new KVTypeError('no JSON')) })
    const stored = await readStoredSettings(corrupt, sealer)
    expect(stored instanceof ForeignRecordError && stored.found).toBe('shape')
  })

  test('a store that is down, rejects as the store does', async () => {
    await kv.close()
    await expect(readStoredSettings(kv, sealer)).rejects.toThrow('closed')
  })
})

describe('writeStoredSettings', () => {
  const SECRETS = {
    GEMINI_API_KEY: 'AIzaC4N4RY',
    ALLOWED_TOKENS: 'tokenC4N4RY',
    CUSTOM_HEADERS: '{"x-relay":"C4N4RY"}',
  }

  test('secrets with a key, stand nowhere in the store', async () => {
    await write(0, { ...SECRETS, MAX_RETRIES: '7' })
    expect(await storedJson()).not.toContain('C4N4RY')
    expect(await storedJson()).not.toContain(btoa('C4N4RY').slice(0, 8))
    expect((await read()).texts).toEqual({ ...SECRETS, MAX_RETRIES: '7' })
  })

  test('secrets from before there was a key, are sealed by the next write', async () => {
    await write(0, SECRETS, plainSealer)
    expect(await storedJson()).toContain('"plain"')
    await write(1, { MAX_RETRIES: '7' })
    expect(await storedJson()).not.toContain('"plain"')
    expect((await read()).texts).toEqual({ ...SECRETS, MAX_RETRIES: '7' })
  })

  test('a writer with another key, leaves what it cannot open as it is', async () => {
    await write(0, SECRETS)
    expect(await write(1, { MAX_RETRIES: '7' }, otherSealer)).toEqual({ kind: 'written', revision: 2 })
    expect(await write(2, { MAX_RETRIES: '8' }, plainSealer)).toEqual({ kind: 'written', revision: 3 })
    expect((await read()).texts).toEqual({ ...SECRETS, MAX_RETRIES: '8' })
  })

  test('null, takes the override away and leaves the others', async () => {
    await write(0, { MAX_RETRIES: '7', TIME_OUT: '20', NOT_SET: null })
    await write(1, { MAX_RETRIES: null })
    expect(await read()).toEqual({ revision: 2, texts: { TIME_OUT: '20' }, rejected: [] })
  })

  test('the last override taken away, keeps the revision', async () => {
    await write(0, { MAX_RETRIES: '7' })
    await write(1, { MAX_RETRIES: null })
    expect(await read()).toEqual({ revision: 2, texts: {}, rejected: [] })
  })

  test('overrides of a later version, stay', async () => {
    await plant('LATER_SETTING', { v: 3, parts: ['x'] })
    await write(1, { MAX_RETRIES: '7' })
    expect(await kv.get(SETTINGS_KEY)).toMatchObject({ overrides: { LATER_SETTING: { v: 3, parts: ['x'] } } })
  })

  test('one text that is refused, writes nothing and tells no value', async () => {
    const written = await write(0, {
      MAX_RETRIES: '7',
      GEMINI_API_KEY: 'a,C4N4RY:0',
      AUTH_TOKEN: 'tokenC4N4RY',
    })
    expect(written).toEqual({
      kind: 'invalid',
      problems: [
        { variable: 'AUTH_TOKEN', expected: 'a setting that can be changed while the gateway runs' },
        {
          variable: 'GEMINI_API_KEY',
          position: 2,
          expected: 'a weight that is a whole number from 1 to 1000',
        },
      ],
    })
    expect(await storedJson()).toBe('[]')
  })

  test('more than the store takes in one value, is refused before anything is written', async () => {
    const small = Object.assign(kv, { traits: { ...kv.traits, maxValueBytes: 63 * 1024 } })
    const keys = Array.from({ length: 2_000 }, (_, index) => `AIza-${index}-0123456789012345678901234`).join()
    const change = { expectedRevision: 0, changes: { GEMINI_API_KEY: keys }, now: clock }
    const written = await writeStoredSettings(small, sealer, change)
    expect(written).toMatchObject({ kind: 'too-large', maxBytes: 63 * 1024 })
    expect(await storedJson()).toBe('[]')
  })

  test('a revision that is not the current one, is a conflict that names the current one', async () => {
    await write(0, { MAX_RETRIES: '7' })
    expect(await write(0, { MAX_RETRIES: '8' })).toEqual({ kind: 'conflict', revision: 1 })
    expect(await write(5, { MAX_RETRIES: '8' })).toEqual({ kind: 'conflict', revision: 1 })
    expect((await read()).texts).toEqual({ MAX_RETRIES: '7' })
  })

  test('ten writers of one revision at once, are one that wrote and nine in conflict', async () => {
    const results = await Promise.all(
      Array.from({ length: 10 }, (_, index) =>
        write(0, { MAX_RETRIES: String(index), ALLOWED_TOKENS: 'token-00' }),
      ),
    )
    const winners = results.flatMap(({ kind }, index) => (kind === 'written' ? [index] : []))
    expect(winners).toHaveLength(1)
    expect(results.filter(({ kind }) => kind === 'conflict')).toHaveLength(9)
    expect((await read()).texts.MAX_RETRIES).toBe(String(winners[0]))
  })

  test('writers that try again after each conflict, lose no update', async () => {
    const names = [
      'MAX_RETRIES',
      'MAX_FAILURES',
      'MAX_BODY_MB',
      'TIME_OUT',
      'RETRY_BUDGET',
      'FIRST_EVENT_TIMEOUT',
    ]
    await Promise.all(
      names.map(async (name, index) => {
        let written: SettingsWritten
        do {
          written = await write((await read()).revision, { [name]: String(index + 1) })
        } while (written.kind === 'conflict')
        expect(written.kind).toBe('written')
      }),
    )
    const { revision, texts } = await read()
    expect(revision).toBe(names.length)
    expect(texts).toEqual(Object.fromEntries(names.map((name, index) => [name, String(index + 1)])))
  })

  test('a writer that failed between claim and write, holds up others for a minute and no longer', async () => {
    await kv.set(settingsClaimKey(1), { v: 1, since: clock }, { ifAbsent: true, ttlSeconds: 60 })
    expect(await write(0, { MAX_RETRIES: '7' })).toEqual({ kind: 'conflict', revision: 0 })
    clock += 60_000
    expect(await write(0, { MAX_RETRIES: '7' })).toEqual({ kind: 'written', revision: 1 })
  })

  test('claims of revisions long written, leave the store', async () => {
    for (let revision = 0; revision < 20; revision++) {
      await write(revision, { MAX_RETRIES: '7' })
      clock += 61_000
    }
    expect((await kv.list('')).entries.map(([key]) => key)).toEqual([SETTINGS_KEY])
  })

  test('any sequence of changes, reads back as a map that had the same changes', async () => {
    const changes = fc.dictionary(
      fc.constantFrom('MAX_RETRIES', 'MAX_FAILURES', 'ALLOWED_TOKENS'),
      fc.option(fc.integer({ min: 1, max: 20 }).map(String)),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(changes, { maxLength: 6 }), async (sequence) => {
        kv = createMemoryKV({ now: () => clock })
        const expected = new Map<string, string>()
        for (const [revision, change] of sequence.entries()) {
          const padded = Object.fromEntries(
            Object.entries(change).map(([name, text]) => [
              name,
              text === null || name !== 'ALLOWED_TOKENS' ? text : `token-${text.padStart(4, '0')}`,
            ]),
          )
          for (const [name, text] of Object.entries(padded)) {
            if (text === null) expected.delete(name)
            else expected.set(name, text)
          }
          expect(await write(revision, padded)).toEqual({ kind: 'written', revision: revision + 1 })
        }
        expect((await read()).texts).toEqual(Object.fromEntries(expected))
      }),
      { numRuns: 40 },
    )
  })
})
