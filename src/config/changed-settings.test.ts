import { describe, expect, test } from 'vitest'
import { changedSettings } from './changed-settings.ts'
import { loadConfig } from './load-config.ts'

describe('changedSettings', () => {
  test('two configurations of the same texts, names nothing', () => {
    const env = { GEMINI_API_KEY: 'a:2,b', CUSTOM_HEADERS: '{"x-a":"1"}' }
    expect(changedSettings(loadConfig(env), loadConfig(env))).toEqual([])
  })

  test('values, lists and what was not set, names each that differs and tells no value', () => {
    const before = loadConfig({ GEMINI_API_KEY: 'a,b', MAX_RETRIES: '3', LOG_LEVEL: 'info' })
    const after = loadConfig({ GEMINI_API_KEY: 'a,b:2', MAX_RETRIES: '4', AUTH_TOKEN: 'new-token' })
    expect(changedSettings(before, after)).toEqual(['GEMINI_API_KEY', 'AUTH_TOKEN', 'MAX_RETRIES'])
    expect(changedSettings(after, before)).toEqual(['GEMINI_API_KEY', 'AUTH_TOKEN', 'MAX_RETRIES'])
  })
})
