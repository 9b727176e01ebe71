import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { loadGenAI } from './client-packages.ts'
import { type GatewayUnderTest, GEMINI_3, pathsAtGoogle, startGateway, TOKEN } from './gateway-under-test.ts'

const { GoogleGenAI } = await loadGenAI()

let gateway: GatewayUnderTest
beforeAll(async () => {
  gateway = await startGateway()
})
beforeEach(() => gateway.simulator.clearCalls())
afterAll(() => gateway.stop())

describe('@google/genai with a base URL', () => {
  test.each([
    { pasted: '', version: undefined, asked: 'v1' },
    { pasted: '/', version: undefined, asked: 'v1' },
    { pasted: '//', version: undefined, asked: 'v1' },
    { pasted: '/v1', version: undefined, asked: 'v1' },
    { pasted: '/v1beta/', version: undefined, asked: 'v1' },
    { pasted: '/gemini', version: undefined, asked: 'v1' },
    { pasted: '/api', version: undefined, asked: 'v1' },
    { pasted: '', version: 'v1beta', asked: 'v1beta' },
    { pasted: '/v1beta/', version: 'v1beta', asked: 'v1beta' },
    { pasted: '/gemini/v1beta', version: 'v1beta', asked: 'v1beta' },
    { pasted: '', version: 'v1alpha', asked: 'v1alpha' },
    { pasted: '', version: '', asked: 'v1beta' },
  ])('ending in "$pasted" and API version $version reaches $asked', async ({ pasted, version, asked }) => {
    const ai = new GoogleGenAI({
      apiKey: TOKEN,
      httpOptions: { baseUrl: gateway.url + pasted },
      ...(version === undefined ? {} : { apiVersion: version }),
    })
    const { text } = await ai.models.generateContent({ model: GEMINI_3, contents: 'hello' })
    expect(text).toBe('You said: hello')
    expect(await ai.models.get({ model: GEMINI_3 })).toMatchObject({ name: `models/${GEMINI_3}` })
    expect(pathsAtGoogle(gateway).at(-2)).toBe(`/${asked}/models/${GEMINI_3}:generateContent`)
  })

  test('of the environment, with the key, needs nothing in the code', async () => {
    vi.stubEnv('GOOGLE_GEMINI_BASE_URL', gateway.url)
    vi.stubEnv('GEMINI_API_KEY', TOKEN)
    try {
      const { text } = await new GoogleGenAI().models.generateContent({ model: GEMINI_3, contents: 'hello' })
      expect(text).toBe('You said: hello')
    } finally {
      vi.unstubAllEnvs()
    }
  })
})
