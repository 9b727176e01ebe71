import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createSealer, type OpenFailure, type SealedText } from './sealed-text.ts'

const PASSPHRASE = 'correct horse battery staple'
const PLACE = 'settings/GEMINI_API_KEY'
const CANARY = 'AIzaC4N4RY'

const sealer = createSealer(PASSPHRASE)
const plainSealer = createSealer(null)

type Encrypted = Extract<SealedText, { alg: 'A256GCM' }>

async function sealCanary(): Promise<Encrypted> {
  const sealed = await sealer.seal(CANARY, PLACE)
  if (sealed.alg !== 'A256GCM') throw new Error('the text was not encrypted')
  return sealed
}

function kindOf(opened: string | OpenFailure): OpenFailure['kind'] {
  if (typeof opened === 'string') throw new Error('the text was opened')
  return opened.kind
}

/** Every text that has one bit of one byte changed. */
function alterations(base64url: string): string[] {
  const bytes = Buffer.from(base64url, 'base64url')
  return [...bytes.keys()].map((index) => {
    const altered = Buffer.from(bytes)
    altered.writeUInt8(altered.readUInt8(index) ^ (1 << (index % 8)), index)
    return altered.toString('base64url')
  })
}

describe('a sealer with a key', () => {
  test('any text, opens to the same text, also with a sealer made anew', async () => {
    const text = fc.string({ unit: 'binary', maxLength: 200 })
    await fc.assert(
      fc.asyncProperty(text, fc.string({ maxLength: 40 }), async (given, place) => {
        const sealed = await sealer.seal(given, place)
        expect(await createSealer(PASSPHRASE).open(sealed, place)).toBe(given)
      }),
      { numRuns: 50 },
    )
  })

  test('a text of half a megabyte, opens to the same text', async () => {
    const text = 'AIzaSy-key_0123456789,'.repeat(24_000)
    expect(await sealer.open(await sealer.seal(text, PLACE), PLACE)).toBe(text)
  })

  test('what it seals, is an envelope of this version that survives JSON and shows nothing of the text', async () => {
    const sealed = await sealCanary()
    expect(sealed).toEqual({
      v: 1,
      alg: 'A256GCM',
      nonce: expect.stringMatching(/^[\w-]{16}$/),
      data: expect.stringMatching(/^[\w-]+$/),
    })
    expect(await sealer.open(JSON.parse(JSON.stringify(sealed)), PLACE)).toBe(CANARY)
    expect(Buffer.from(sealed.data, 'base64url').toString('latin1')).not.toContain('C4N4RY')
  })

  test('the same text sealed again, has another nonce and other data', async () => {
    const sealed = await Promise.all(Array.from({ length: 100 }, sealCanary))
    expect(new Set(sealed.map(({ nonce }) => nonce)).size).toBe(100)
    expect(new Set(sealed.map(({ data }) => data)).size).toBe(100)
  })

  test('a text sealed by another process, opens: key and envelope stay what they were', async () => {
    const sealed: SealedText = {
      v: 1,
      alg: 'A256GCM',
      nonce: 'vCdlqZa2tBNikdho',
      data: 'QRYrv1ORFjmoxA6uStzBCKvBXb26hPXrEj0',
    }
    expect(await sealer.open(sealed, PLACE)).toBe(CANARY)
  })

  test('any byte of nonce, text or tag altered, is not authentic', async () => {
    const sealed = await sealCanary()
    const altered = [
      ...alterations(sealed.nonce).map((nonce) => ({ ...sealed, nonce })),
      ...alterations(sealed.data).map((data) => ({ ...sealed, data })),
    ]
    expect(altered).toHaveLength(12 + CANARY.length + 16)
    for (const one of altered) expect(kindOf(await sealer.open(one, PLACE))).toBe('not-authentic')
  })

  test('a text that starts with a byte order mark, keeps it', async () => {
    expect(await sealer.open(await sealer.seal('\ufefftext', PLACE), PLACE)).toBe('\ufefftext')
  })

  test('data cut short, is not authentic', async () => {
    const sealed = await sealCanary()
    for (const data of ['', sealed.data.slice(0, 8), sealed.data.slice(0, -4)]) {
      expect(kindOf(await sealer.open({ ...sealed, data }, PLACE))).toBe('not-authentic')
    }
  })

  test('another key, is not authentic', async () => {
    const sealed = await sealCanary()
    expect(kindOf(await createSealer(`${PASSPHRASE}!`).open(sealed, PLACE))).toBe('not-authentic')
  })

  test('a text moved to another place, is not authentic', async () => {
    expect(kindOf(await sealer.open(await sealCanary(), 'settings/ALLOWED_TOKENS'))).toBe('not-authentic')
  })

  test('a text from before there was a key, is opened', async () => {
    expect(await sealer.open(await plainSealer.seal(CANARY, PLACE), PLACE)).toBe(CANARY)
  })
})

describe('a sealer without a key', () => {
  test('any text, opens to the same text', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary' }), async (text) => {
        const sealed = await plainSealer.seal(text, PLACE)
        expect(sealed.alg).toBe('plain')
        expect(await plainSealer.open(sealed, PLACE)).toBe(text)
      }),
    )
  })

  test('an encrypted text, asks for the key', async () => {
    const opened = await plainSealer.open(await sealCanary(), PLACE)
    expect(opened).toEqual({ kind: 'no-key', expected: expect.stringContaining('ENCRYPTION_KEY') })
  })
})

describe.each([
  ['with a key', sealer],
  ['without a key', plainSealer],
])('a sealer %s', (_name, own) => {
  test.each([
    { v: 2, alg: 'A256GCM', nonce: 'AAAA', data: 'AAAA' },
    { v: 2, parts: [] },
    { v: 0, alg: 'plain', data: 'AAAA' },
  ])('%j, is of a foreign version', async (stored) => {
    expect(kindOf(await own.open(stored, PLACE))).toBe('foreign-version')
  })

  test.each([
    null,
    'text',
    7,
    [],
    {},
    { v: 1 },
    { v: 1, alg: 'none', data: 'AAAA' },
    { v: 1, alg: 'plain', data: 'A' },
    { v: 1, alg: 'plain', data: 'not base64url' },
    { v: 1, alg: 'plain', data: 7 },
    { v: 1, alg: 'A256GCM', data: 'AAAA' },
  ])('%j, is no sealed text', async (stored) => {
    expect(kindOf(await own.open(stored, PLACE))).toBe('shape')
  })

  test('any JSON, opens or fails with a value', () => {
    const envelope = fc.record({
      v: fc.oneof(fc.constant(1), fc.jsonValue()),
      alg: fc.constantFrom('A256GCM', 'plain'),
      nonce: fc.oneof(fc.base64String(), fc.jsonValue()),
      data: fc.oneof(fc.base64String(), fc.jsonValue()),
    })
    return fc.assert(
      fc.asyncProperty(fc.oneof(envelope, fc.jsonValue()), async (stored) => {
        const opened = await own.open(JSON.parse(JSON.stringify(stored)), PLACE)
        expect(typeof opened === 'string' || opened.expected !== '').toBe(true)
      }),
    )
  })
})

test('a nonce of another length, is no sealed text for a sealer with a key', async () => {
  expect(kindOf(await sealer.open({ ...(await sealCanary()), nonce: 'AAAA' }, PLACE))).toBe('shape')
})

test('every failure, tells nothing of the text or the key', async () => {
  const sealed = await sealCanary()
  const failures = [
    await plainSealer.open(sealed, PLACE),
    await sealer.open(sealed, 'elsewhere'),
    await sealer.open({ v: 2, data: CANARY }, PLACE),
    await sealer.open(CANARY, PLACE),
  ]
  expect(failures.map(kindOf)).toEqual(['no-key', 'not-authentic', 'foreign-version', 'shape'])
  const told = JSON.stringify(failures)
  expect(told).not.toContain('C4N4RY')
  expect(told).not.toContain(PASSPHRASE)
  expect(told).not.toContain(sealed.data)
})
