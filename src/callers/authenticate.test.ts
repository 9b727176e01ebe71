import * as fc from 'fast-check'
import { beforeEach, describe, expect, test, vi } from 'vitest'
import { fingerprintText } from '../keys/api-key.ts'
import { constantTimeEqual } from '../lib/constant-time-equal.ts'
import { type Access, authenticate } from './authenticate.ts'

vi.mock(import('../lib/constant-time-equal.ts'), async (original) => {
  const { constantTimeEqual: real } = await original()
  return { constantTimeEqual: vi.fn(real) }
})

const ACCESS: Access = {
  authToken: 'operator-token',
  allowedTokens: ['first-token', 'second-token', 'third-token'],
  allowClientKeys: true,
}
const CLOSED: Access = { ...ACCESS, allowClientKeys: false }

function authenticateValue(value: string, access = ACCESS) {
  return authenticate({ value, form: 'bearer' }, access)
}

beforeEach(() => {
  vi.mocked(constantTimeEqual).mockClear()
})

describe('authenticate', () => {
  test('knows the operator by AUTH_TOKEN', () => {
    expect(authenticateValue('operator-token')).toEqual({ kind: 'operator' })
  })

  test('takes AUTH_TOKEN for the operator even when ALLOWED_TOKENS repeats it', () => {
    const access = { ...ACCESS, allowedTokens: ['operator-token'] }
    expect(authenticateValue('operator-token', access)).toEqual({ kind: 'operator' })
  })

  test.each(ACCESS.allowedTokens)('knows a caller by ALLOWED_TOKENS: %s', (token) => {
    expect(authenticateValue(token)).toEqual({ kind: 'caller', id: fingerprintText(token) })
  })

  test('takes anything else for the own keys of the caller, with their weights', () => {
    expect(authenticateValue('AIzaOne:3,AQ.two')).toMatchObject({
      kind: 'own-keys',
      keys: [
        { key: 'AIzaOne', weight: 3 },
        { key: 'AQ.two', weight: 1 },
      ],
    })
  })

  test.each(['operator-toke', 'operator-token1', 'OPERATOR-TOKEN', 'first-token,second-token'])(
    'never takes %s, which is nearly a token, for the operator or a caller',
    (value) => {
      expect(authenticateValue(value).kind).toBe('own-keys')
      expect(authenticateValue(value, CLOSED).kind).toBe('unauthenticated')
    },
  )

  test.each(['gbe_wrong', 'AIzaOne,gbe_wrong', 'AIzaOne:0', 'AIza One', 'ключ', ',', ':1'])(
    'refuses %s, which cannot be a Gemini key',
    (value) => {
      expect(authenticateValue(value).kind).toBe('unauthenticated')
    },
  )

  test('refuses more keys than a caller may bring', () => {
    const list = Array.from({ length: 501 }, (_, i) => `k${i}`).join()
    expect(authenticateValue(list).kind).toBe('unauthenticated')
  })

  test('refuses a key while ALLOW_CLIENT_KEYS is false', () => {
    expect(authenticateValue('AIzaOne', CLOSED).kind).toBe('unauthenticated')
  })

  test('refuses nothing and an empty value, whatever is configured', () => {
    const access = fc.record({
      authToken: fc.constantFrom(null, '', 'operator-token'),
      allowedTokens: fc.array(fc.constantFrom('', 'first-token')),
      allowClientKeys: fc.boolean(),
    })
    return fc.assert(
      fc.property(access, (given) => {
        expect(authenticate(null, given).kind).toBe('unauthenticated')
        expect(authenticateValue('', given).kind).toBe('unauthenticated')
      }),
    )
  })

  test('with no tokens configured, knows nobody as operator or caller', () => {
    const bare: Access = { authToken: null, allowedTokens: [], allowClientKeys: true }
    return fc.assert(
      fc.property(fc.oneof(fc.string(), fc.constantFrom('null', 'undefined')), (value) => {
        expect(['own-keys', 'unauthenticated']).toContain(authenticateValue(value, bare).kind)
      }),
    )
  })

  test.each(['operator-token', 'first-token', 'third-token', 'AIzaOne'])(
    'compares %s with every token, whichever matches',
    (value) => {
      authenticateValue(value)
      expect(vi.mocked(constantTimeEqual).mock.calls).toEqual(
        [ACCESS.authToken, ...ACCESS.allowedTokens].map((token) => [value, token]),
      )
    },
  )

  test('answers a wrong token exactly as none, and says what to send', () => {
    const refused = authenticate(null, CLOSED)
    expect(authenticateValue('operator-tokem', CLOSED)).toEqual(refused)
    expect(authenticateValue('gbe_wrong')).toEqual(authenticate(null, ACCESS))
    expect(refused).toMatchObject({ message: expect.stringMatching(/^Send a token .* x-goog-api-key/) })
    expect(refused).not.toMatchObject({ message: expect.stringContaining('Gemini') })
    expect(authenticate(null, ACCESS)).toMatchObject({
      message: expect.stringContaining('own Gemini API keys'),
    })
  })
})
