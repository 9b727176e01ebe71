import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type ApiKey, fingerprint } from '../keys/api-key.ts'
import { DAY, HOUR, MINUTE } from '../lib/time.ts'
import {
  ForeignRecordError,
  HEALTH_PREFIX,
  type HealthRecord,
  healthKey,
  healthTtlSeconds,
  parseHealthKey,
  readHealthRecord,
  readSettingsRecord,
  SETTINGS_KEY,
  settingsClaimKey,
  toSettingsRecord,
} from './keyspace.ts'

const KEY_ID = fingerprint('AIza-not-a-real-key' as ApiKey)
const RECORD: HealthRecord = {
  v: 1,
  until: 1_700_000_060_000,
  reason: 'rate-limited',
  streak: 2,
  since: 1_700_000_000_000,
}

describe('healthKey', () => {
  test('without a model, is the prefix and the fingerprint', () => {
    expect(healthKey(KEY_ID)).toBe(`${HEALTH_PREFIX}${KEY_ID}`)
  })

  test('with a model, keeps the separator unambiguous', () => {
    expect(healthKey(KEY_ID, 'gemini-3-pro')).toBe(`health/${KEY_ID}/gemini-3-pro`)
    expect(healthKey(KEY_ID, 'tunedModels/my one')).toBe(`health/${KEY_ID}/tunedModels%2Fmy%20one`)
  })

  test('any name, gives a key that stores take, and parseHealthKey gives back name and owner or nothing', () => {
    const storable = /^[!-~]{1,256}$/
    return fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1, maxLength: 300 }), (model) => {
        const key = healthKey(KEY_ID, model)
        expect(key).toMatch(storable)
        const isKept = encodeURIComponent(model).length <= 224
        expect(parseHealthKey(key)).toEqual(isKept ? { keyId: KEY_ID, model } : null)
      }),
    )
  })

  test('half of a surrogate pair in a name, does not throw', () => {
    expect(healthKey(KEY_ID, 'a\ud83d')).toBe(`health/${KEY_ID}/a%EF%BF%BD`)
  })
})

describe('parseHealthKey', () => {
  test('a key without a model, gives null for it', () => {
    expect(parseHealthKey(healthKey(KEY_ID))).toEqual({ keyId: KEY_ID, model: null })
  })

  test.each([
    '',
    'health/',
    'health//m',
    'health/a/',
    'health/a/b/c',
    'other/a',
    'health/a/%',
    'health/a/%zz',
  ])('%j, which is no health key, gives null', (key) => {
    expect(parseHealthKey(key)).toBeNull()
  })
})

describe('readHealthRecord', () => {
  test('a record of this version, is read', () => {
    expect(readHealthRecord({ ...RECORD })).toEqual(RECORD)
    expect(readHealthRecord({ ...RECORD, until: null })).toEqual({ ...RECORD, until: null })
  })

  test('fields it does not know, are dropped', () => {
    expect(readHealthRecord({ ...RECORD, extra: true })).toEqual(RECORD)
  })

  test.each([0, 2, 1.5])('version %d, is foreign by its version', (v) => {
    const error = readHealthRecord({ ...RECORD, v })
    expect(error instanceof ForeignRecordError && error.found).toBe('version')
  })

  test.each([
    null,
    [],
    'text',
    0,
    {},
    { ...RECORD, v: '1' },
    { ...RECORD, until: 'soon' },
    { ...RECORD, reason: '' },
    { ...RECORD, reason: 'x'.repeat(65) },
    { ...RECORD, streak: -1 },
    { ...RECORD, streak: 0.5 },
    { v: 1, until: null, reason: 'dead-key', streak: 1 },
  ])('%j, is foreign by its shape', (value) => {
    const error = readHealthRecord(value)
    expect(error instanceof ForeignRecordError && error.found).toBe('shape')
  })
})

describe('healthTtlSeconds', () => {
  test('a rest with an end, outlives it by an hour', () => {
    expect(healthTtlSeconds({ until: 10 * MINUTE }, 0)).toBe(70 * 60)
    expect(healthTtlSeconds({ until: HOUR + 1 }, HOUR)).toBe(3601)
  })

  test('a rest already over, leaves the hour', () => {
    expect(healthTtlSeconds({ until: 0 }, DAY)).toBe(3600)
  })

  test('a rest without an end, is kept 30 days', () => {
    expect(healthTtlSeconds({ until: null }, 0)).toBe((30 * DAY) / 1000)
  })
})

describe('readSettingsRecord', () => {
  const record = toSettingsRecord({
    revision: 3,
    updatedAt: 1_700_000_000_000,
    overrides: { MAX_RETRIES: '5' },
  })

  test('a record as it is written, is read', () => {
    expect(readSettingsRecord({ ...record })).toEqual(record)
  })

  test('overrides of any JSON, are left to whoever opens them', () => {
    const overrides = { NEW: { v: 9, parts: [1, null] }, OLD: 'text' }
    expect(readSettingsRecord({ ...record, overrides })).toEqual({ ...record, overrides })
  })

  test.each([0, 2])('version %d, is foreign by its version', (v) => {
    const error = readSettingsRecord({ ...record, v })
    expect(error instanceof ForeignRecordError && error.found).toBe('version')
  })

  test.each([
    null,
    'text',
    {},
    { ...record, revision: 0 },
    { ...record, revision: 1.5 },
    { ...record, updatedAt: '2023' },
    { ...record, overrides: [] },
    { v: 1, revision: 1, updatedAt: 0 },
  ])('%j, is foreign by its shape', (value) => {
    const error = readSettingsRecord(value)
    expect(error instanceof ForeignRecordError && error.found).toBe('shape')
  })
})

describe('settingsClaimKey', () => {
  test('any revision, is another key than that of the record', () => {
    expect(settingsClaimKey(4)).toBe(`${SETTINGS_KEY}/claim/4`)
  })
})
