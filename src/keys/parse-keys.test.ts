import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { MAX_CLIENT_KEYS, type ParsedKeys, parseClientKeys, parseKeys } from './parse-keys.ts'

/** `key:weight` of every key read; fails the test when the text was refused. */
function weights(parsed: ParsedKeys): readonly string[] {
  return keysOf(parsed).map(({ key, weight }) => `${key}:${weight}`)
}

function keysOf(parsed: ParsedKeys) {
  if (!parsed.ok) throw new Error(`refused: ${JSON.stringify(parsed.problems)}`)
  return parsed.keys
}

function problemsOf(parsed: ParsedKeys) {
  return parsed.ok ? [] : parsed.problems
}

const WEIGHT = 'a weight that is a whole number from 1 to 1000'

describe('parseKeys, a list', () => {
  test('separates by commas, semicolons and white space of every kind', () => {
    expect(weights(parseKeys(' a,b;c d\te\r\nf\n\n,;g '))).toEqual(
      'abcdefg'.split('').map((key) => `${key}:1`),
    )
  })

  test('takes the number after the last colon as the weight', () => {
    expect(weights(parseKeys('a:3,b:1000,c:d:2'))).toEqual(['a:3', 'b:1000', 'c:d:2'])
  })

  test('accepts AIza keys, AQ. keys and any other printable ASCII', () => {
    const keys = ['AIzaSyA-0_1', 'AQ.Ab8-_x', 'sk-relay/1+2=']
    expect(keysOf(parseKeys(keys.join())).map(({ key }) => key)).toEqual(keys)
  })

  test('drops quotes around the whole and around an entry', () => {
    expect(weights(parseKeys('"a:2,b"'))).toEqual(['a:2', 'b:1'])
    expect(weights(parseKeys(`"a:2", 'b'`))).toEqual(['a:2', 'b:1'])
  })

  test.each(['', '  \n', ',,;', '""', '[]', '["", " "]'])('finds no keys in %j', (text) => {
    expect(parseKeys(text)).toEqual({ ok: true, keys: [] })
  })

  test.each(['0', '1001', '1.5', '-1', '+1', '1e2', 'x', '', '99999999999999999999'])(
    'refuses the weight "%s" by its position, blank entries not counted',
    (weight) => {
      expect(problemsOf(parseKeys(`a,,b:${weight},c`))).toEqual([
        { textIndex: 0, position: 2, expected: WEIGHT },
      ])
    },
  )

  test('refuses a key with characters that no header can carry, by its position', () => {
    expect(problemsOf(parseKeys('good,sécret,se\u0007cret,:5')).map(({ position }) => position)).toEqual([
      2, 3, 4,
    ])
  })
})

describe('parseKeys, JSON', () => {
  test('reads every field of an object, and its defaults', () => {
    const text = JSON.stringify([
      'plain:4',
      {
        key: ' full ',
        weight: 7,
        project: 'projects/1',
        tier: 'paid',
        models: ['models/gemini-2.5-pro', 'gemini-2.5-flash'],
        label: 'mine',
        baseUrl: 'https://relay.example/g/',
      },
      { key: 'bare', weight: null },
    ])
    expect(keysOf(parseKeys(text))).toMatchObject([
      { key: 'plain', weight: 4 },
      {
        key: 'full',
        weight: 7,
        project: 'projects/1',
        tier: 'paid',
        models: ['gemini-2.5-pro', 'gemini-2.5-flash'],
        label: 'mine',
        baseUrl: 'https://relay.example/g',
      },
      { key: 'bare', weight: 1, project: null, tier: 'free', models: null, label: null, baseUrl: null },
    ])
  })

  test('reads a single object', () => {
    expect(weights(parseKeys('{"key":"a:b","weight":2}'))).toEqual(['a:b:2'])
  })

  test.each([
    ['a weight as text', { weight: '5' }, WEIGHT],
    ['a weight with a fraction', { weight: 1.5 }, WEIGHT],
    ['a weight of 0', { weight: 0 }, WEIGHT],
    ['an unknown tier', { tier: 'gold' }, 'the tier free or paid'],
    ['no models at all', { models: [] }, 'models as a list of one or more model names'],
    ['a model that is no text', { models: [1] }, 'models as a list of one or more model names'],
    ['a blank project', { project: ' ' }, 'a project that is text'],
    ['a label that is no text', { label: 1 }, 'a label that is text'],
    [
      'a base URL with a password',
      { baseUrl: 'https://a:b@c.d' },
      'a baseUrl that is an http or https URL without credentials, query or fragment',
    ],
  ])('refuses %s by its position', (_what, fields, expected) => {
    const text = JSON.stringify(['first', { key: 'second', ...fields }])
    expect(problemsOf(parseKeys(text))).toEqual([{ textIndex: 0, position: 2, expected }])
  })

  test.each([
    ['a field it does not know', { key: 'a', wieght: 2 }],
    ['an object with the key as a field name', { AIzaSecret: 5 }],
    ['a number', 5],
    ['null', null],
    ['a list in the list', ['a']],
  ])('refuses %s, naming the fields it knows', (_what, entry) => {
    const [problem, ...more] = problemsOf(parseKeys(JSON.stringify([entry])))
    expect(more).toEqual([])
    expect(problem?.position).toBe(1)
    expect(problem?.expected).toContain('weight, project, tier, models, label, baseUrl')
  })

  test('refuses JSON that cannot be read, without quoting it', () => {
    const [problem] = problemsOf(parseKeys('["AIzaSecret", AIzaOther]'))
    expect(problem).toMatchObject({ position: null, expected: expect.stringContaining('valid JSON') })
    expect(problem?.expected).not.toContain('AIza')
  })

  test('reports every problem of an entry and every bad entry', () => {
    const problems = problemsOf(parseKeys('[{"key":"é","weight":0},"b:0"]'))
    expect(problems.map(({ position }) => position)).toEqual([1, 2])
    expect(problems[0]?.expected).toContain('printable ASCII')
    expect(problems[0]?.expected).toContain(WEIGHT)
  })
})

describe('parseKeys, a key given twice', () => {
  test('keeps its first place', () => {
    expect(weights(parseKeys('a,b,a'))).toEqual(['a:1', 'b:1'])
  })

  test('takes the weight given last and never adds weights up', () => {
    expect(weights(parseKeys('a:3,a:5'))).toEqual(['a:5'])
    expect(weights(parseKeys('a:3,a:1'))).toEqual(['a:1'])
  })

  test('keeps what the later entry does not say', () => {
    const text = JSON.stringify([{ key: 'a', weight: 3, project: 'p' }, { key: 'a', tier: 'paid' }, 'a'])
    expect(keysOf(parseKeys(text))).toMatchObject([{ key: 'a', weight: 3, project: 'p', tier: 'paid' }])
  })

  test('is one key across several texts, in their order', () => {
    expect(weights(parseKeys('b,a:2', '["a","c:4"]'))).toEqual(['b:1', 'a:2', 'c:4'])
  })

  test('tells which text a problem is in', () => {
    expect(problemsOf(parseKeys('a', 'b,c:0'))).toEqual([{ textIndex: 1, position: 2, expected: WEIGHT }])
  })
})

describe('parseKeys, any input', () => {
  const key = fc.string({ unit: fc.constantFrom(...'AIzaQ.-_:0123456789'), minLength: 12 })
  const anything = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.json(),
    fc
      .array(fc.record({ key, weight: fc.anything(), extra: fc.anything() }))
      .map((entries) => toJson(entries)),
  )

  function toJson(value: unknown): string {
    return JSON.stringify(value, (_name, field: unknown) => (typeof field === 'bigint' ? `${field}` : field))
  }

  test('never throws', () => {
    return fc.assert(
      fc.property(anything, (text) => {
        parseKeys(text)
        parseClientKeys(text)
      }),
    )
  })

  test('never repeats a key or a weight in a problem', () => {
    const weight = fc.string({ unit: fc.constantFrom(...'@#%^'), minLength: 3 })
    const entry = fc.oneof(
      fc.tuple(key, weight).map(([k, w]) => [k, w, `${k}:${w}`] as const),
      fc.tuple(key, weight).map(([k, w]) => [k, w, JSON.stringify({ [k]: w })] as const),
      fc.tuple(key, weight).map(([k, w]) => [k, w, JSON.stringify([{ key: k, weight: w }])] as const),
      fc.tuple(key, weight).map(([k, w]) => [k, w, `[${k}${w}]`] as const),
    )
    return fc.assert(
      fc.property(entry, ([k, w, text]) => {
        const told = JSON.stringify(problemsOf(parseKeys(text)))
        expect(told).not.toBe('[]')
        expect(told).not.toContain(k)
        expect(told).not.toContain(w)
      }),
    )
  })

  test('reads back what it has read', () => {
    const text = fc.oneof(
      fc
        .array(fc.tuple(key, fc.integer({ min: 1, max: 1000 })))
        .map((pairs) => pairs.map((p) => p.join(':')).join()),
      fc
        .array(
          fc.record(
            {
              key,
              weight: fc.integer({ min: 1, max: 1000 }),
              project: fc.constantFrom('p1', 'p2', null),
              tier: fc.constantFrom('free', 'paid'),
              models: fc.constantFrom(null, ['a'], ['a', 'b']),
              baseUrl: fc.constantFrom(null, 'https://a.b/c'),
            },
            { requiredKeys: ['key'] },
          ),
        )
        .map((entries) => JSON.stringify(entries)),
    )
    return fc.assert(
      fc.property(text, (given) => {
        const keys = keysOf(parseKeys(given))
        const again = parseKeys(JSON.stringify(keys.map(({ id: _id, ...entry }) => entry)))
        expect(keysOf(again)).toEqual(keys)
      }),
    )
  })

  test('reads 10,000 keys in a time that grows with their number, not its square', () => {
    const list = (count: number) =>
      Array.from({ length: count }, (_, i) => `AIza${i}${'x'.repeat(35)}:3`).join()
    expect(keysOf(parseKeys(list(10_000)))).toHaveLength(10_000)

    const fastest = (text: string) =>
      Math.min(
        ...Array.from({ length: 5 }, () => {
          const start = performance.now()
          parseKeys(text)
          return performance.now() - start
        }),
      )
    expect(fastest(list(10_000))).toBeLessThan(40 * fastest(list(1_000)))
  })
})

describe('parseClientKeys', () => {
  test('separates by commas, with weights, and merges doubles', () => {
    expect(weights(parseClientKeys('a:2, b ,,a'))).toEqual(['a:2', 'b:1'])
  })

  test('reads no JSON, so that a caller cannot say where the gateway connects to', () => {
    const parsed = parseClientKeys('{"key":"a","baseUrl":"http://169.254.169.254"}')
    expect(parsed.ok).toBe(false)
  })

  test('refuses white space within a key, such as two header values joined into one', () => {
    expect(problemsOf(parseClientKeys('a, Bearer b')).map(({ position }) => position)).toEqual([2])
  })

  test('accepts as many different keys as allowed, and refuses one more', () => {
    const list = (count: number) => Array.from({ length: count }, (_, i) => `k${i}`).join()
    expect(keysOf(parseClientKeys(list(MAX_CLIENT_KEYS)))).toHaveLength(MAX_CLIENT_KEYS)
    expect(keysOf(parseClientKeys(`${list(MAX_CLIENT_KEYS)},k0`))).toHaveLength(MAX_CLIENT_KEYS)
    expect(problemsOf(parseClientKeys(list(MAX_CLIENT_KEYS + 1)))).toEqual([
      { textIndex: 0, position: null, expected: 'at most 500 keys' },
    ])
    expect(problemsOf(parseClientKeys('a,b,c', 2))).toHaveLength(1)
  })
})
