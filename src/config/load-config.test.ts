import * as fc from 'fast-check'
import { describe, expect, expectTypeOf, test } from 'vitest'
import type { PoolKey } from '../keys/pool-key.ts'
import { ConfigError } from './config-error.ts'
import { loadConfig, loadConfigWithOverrides, type SettingTexts } from './load-config.ts'
import { type Config, SETTINGS, type Setting } from './schema.ts'

function errorOf(env: SettingTexts): ConfigError {
  try {
    loadConfig(env)
  } catch (error) {
    if (error instanceof ConfigError) return error
    throw error
  }
  throw new Error('the settings were accepted')
}

describe('loadConfig', () => {
  test('with nothing set, gives the defaults of the contract', () => {
    expect(loadConfig({})).toEqual({
      GEMINI_API_KEY: [],
      AUTH_TOKEN: null,
      ALLOWED_TOKENS: [],
      ALLOW_CLIENT_KEYS: true,
      GEMINI_BASE_URL: 'https://generativelanguage.googleapis.com',
      GEMINI_API_VERSION: 'v1beta',
      TIME_OUT: 300,
      FIRST_EVENT_TIMEOUT: 60,
      CUSTOM_HEADERS: {},
      MAX_BODY_MB: 25,
      MAX_RETRIES: 3,
      RETRY_BUDGET: 30,
      MAX_FAILURES: 3,
      FILTERED_MODELS: [],
      DATA_DIR: './data',
      REDIS_URL: null,
      KV_REST_API_URL: null,
      KV_REST_API_TOKEN: null,
      UPSTASH_REDIS_REST_URL: null,
      UPSTASH_REDIS_REST_TOKEN: null,
      ENCRYPTION_KEY: null,
      LOG_LEVEL: 'info',
      PORT: 8787,
      HOST: '127.0.0.1',
    })
  })

  test('gives each setting the type its schema reads', () => {
    expectTypeOf<Config['MAX_RETRIES']>().toEqualTypeOf<number>()
    expectTypeOf<Config['AUTH_TOKEN']>().toEqualTypeOf<string | null>()
    expectTypeOf<Config['GEMINI_API_KEY']>().toEqualTypeOf<readonly PoolKey[]>()
    expectTypeOf<Config['LOG_LEVEL']>().toEqualTypeOf<'debug' | 'info' | 'warn' | 'error'>()
  })

  test.each(['', '   ', '""', "''", '" "'])('takes %j for not set', (text) => {
    const names = Object.keys(SETTINGS)
    expect(loadConfig(Object.fromEntries(names.map((name) => [name, text])))).toEqual(loadConfig({}))
  })

  test('drops white space and quotes around any value', () => {
    expect(loadConfig({ MAX_RETRIES: ' "5" ', AUTH_TOKEN: "'s3cret-token'\n" })).toMatchObject({
      MAX_RETRIES: 5,
      AUTH_TOKEN: 's3cret-token',
    })
  })

  test('joins the keys under all three names, one key counted once', () => {
    const { GEMINI_API_KEY } = loadConfig({
      API_KEYS: '["c", "a"]',
      GEMINI_API_KEY: 'a:2',
      GEMINI_API_KEYS: 'b,c:3',
    })
    expect(GEMINI_API_KEY.map(({ key, weight }) => `${key}:${weight}`)).toEqual(['a:2', 'b:1', 'c:3'])
  })

  test('reports every problem at once, under the name the operator used', () => {
    const { problems } = errorOf({ API_KEYS: 'a:0,b,c:x', MAX_RETRIES: '3abc', PORT: '70000' })
    expect(problems).toEqual([
      { variable: 'API_KEYS', position: 1, expected: 'a weight that is a whole number from 1 to 1000' },
      { variable: 'API_KEYS', position: 3, expected: 'a weight that is a whole number from 1 to 1000' },
      { variable: 'MAX_RETRIES', expected: 'a whole number from 0 to 20' },
      { variable: 'PORT', expected: 'a whole number from 0 to 65535' },
    ])
  })

  test('says in its message which variable and entry, and what was expected', () => {
    expect(errorOf({ GEMINI_API_KEY: 'a', API_KEYS: 'b,c:0', TIME_OUT: '1h' }).message).toBe(
      [
        'Invalid settings:',
        '- API_KEYS, entry 2: expected a weight that is a whole number from 1 to 1000',
        '- TIME_OUT: expected a number of seconds from 0.1 to 3600',
      ].join('\n'),
    )
  })

  test('cuts the message, not the problems, when a thousand keys are bad', () => {
    const error = errorOf({ GEMINI_API_KEY: Array.from({ length: 1_000 }, (_, i) => `k${i}:0`).join() })
    expect(error.problems).toHaveLength(1_000)
    expect(error.message.split('\n')).toHaveLength(22)
    expect(error.message).toContain('and 980 more')
  })

  test('never tells the value of any setting it refuses', () => {
    const canary = 'C4N4RY§'
    const names = Object.keys(SETTINGS).filter((name) => name !== 'DATA_DIR')
    for (const text of [canary, `[${canary}`, `["${canary}"]`, `{"${canary}":"${canary}"}`, `k:${canary}`]) {
      const error = errorOf(Object.fromEntries(names.map((name) => [name, text])))
      expect(new Set(error.problems.map(({ variable }) => variable))).toEqual(new Set(names))
      expect(error.message + JSON.stringify(error.problems) + error.stack).not.toContain('C4N4RY')
    }
  })

  test('leaves variables it does not know alone', () => {
    expect(loadConfig({ MAX_RETRY: 'x', PATH: '/bin' })).toEqual(loadConfig({}))
  })
})

describe('loadConfigWithOverrides', () => {
  test('an override of a live setting, lies over the environment', () => {
    const { config, rejected } = loadConfigWithOverrides(
      { MAX_RETRIES: '5', TIME_OUT: '20' },
      { MAX_RETRIES: ' "7" ' },
    )
    expect(config).toMatchObject({ MAX_RETRIES: 7, TIME_OUT: 20 })
    expect(rejected).toEqual([])
  })

  test('an override, hides what the environment says under an alias too', () => {
    const { config } = loadConfigWithOverrides({ API_KEYS: 'a,b' }, { GEMINI_API_KEY: 'c:2' })
    expect(config.GEMINI_API_KEY.map(({ key, weight }) => `${key}:${weight}`)).toEqual(['c:2'])
  })

  test.each(['', ' ', '""'])('an override that is %j, sets the default', (text) => {
    const env = { FILTERED_MODELS: 'gemini-pro', MAX_RETRIES: '5' }
    const { config } = loadConfigWithOverrides(env, { FILTERED_MODELS: text, MAX_RETRIES: text })
    expect(config).toEqual(loadConfig({}))
  })

  test('an invalid override, is left out and reported without its value', () => {
    const { config, rejected } = loadConfigWithOverrides(
      { MAX_RETRIES: '5', API_KEYS: 'a' },
      { MAX_RETRIES: 'C4N4RY', GEMINI_API_KEY: 'b,C4N4RY:0', LOG_LEVEL: 'debug' },
    )
    expect(config).toEqual(loadConfig({ MAX_RETRIES: '5', API_KEYS: 'a', LOG_LEVEL: 'debug' }))
    expect(rejected).toEqual([
      {
        variable: 'GEMINI_API_KEY',
        position: 2,
        expected: 'a weight that is a whole number from 1 to 1000',
      },
      { variable: 'MAX_RETRIES', expected: 'a whole number from 0 to 20' },
    ])
  })

  test.each(['AUTH_TOKEN', 'ENCRYPTION_KEY', 'PORT', 'API_KEYS', 'NO_SUCH_SETTING', '__proto__', 'toString'])(
    'an override of %s, which is no live setting, is left out and reported',
    (variable) => {
      const overrides = Object.fromEntries([[variable, '12345678901234567']])
      expect(loadConfigWithOverrides({}, overrides)).toEqual({
        config: loadConfig({}),
        rejected: [{ variable, expected: 'a setting that can be changed while the gateway runs' }],
      })
    },
  )

  test('an override that is undefined, is none', () => {
    expect(loadConfigWithOverrides({}, { PORT: undefined, MAX_RETRIES: undefined })).toEqual({
      config: loadConfig({}),
      rejected: [],
    })
  })

  test('an environment that is wrong, throws even where an override hides it', () => {
    expect(() => loadConfigWithOverrides({ MAX_RETRIES: 'x' }, { MAX_RETRIES: '1' })).toThrow(ConfigError)
  })

  test('any texts as overrides, never throw, and leave each setting as the environment or as the override has it', () => {
    const names = Object.keys(SETTINGS)
    const overrides = fc.dictionary(fc.constantFrom(...names, 'OTHER'), fc.string())
    return fc.assert(
      fc.property(overrides, (texts) => {
        const { config, rejected } = loadConfigWithOverrides({}, texts)
        const refused = new Set(rejected.map(({ variable }) => variable))
        const taken = Object.entries(texts).filter(([name]) => !refused.has(name))
        expect(config).toEqual(loadConfig(Object.fromEntries(taken)))
      }),
    )
  })
})

describe('SETTINGS', () => {
  test.each(Object.entries<Setting>(SETTINGS))('%s is documented in both languages', (_name, setting) => {
    expect(setting.doc).toMatch(/^[A-Z].*\.$/)
    expect(setting.docZh).toMatch(/\p{Script=Han}.*。$/u)
  })

  test('hold no name twice, aliases included', () => {
    const names = Object.entries<Setting>(SETTINGS).flatMap(([name, { aliases = [] }]) => [name, ...aliases])
    expect(new Set(names).size).toBe(names.length)
  })
})
