import { describe, expect, it } from 'vitest'
import { redact } from './redact.ts'

describe('redact', () => {
  it.each([
    ['a standard key', 'AIzaSyD-0123456789_abcdefghijklmnopqrstu', '[key]'],
    ['a key of the new form', 'AQ.Ab8RN6J_0123456789-abcdef', '[key]'],
    ['a key within words', 'the key AIzaSyD0123456789abcdef is bad', 'the key [key] is bad'],
    ['a key in a URL', 'https://x/v1?key=AIzaSyD0123456789abcdef&alt=sse', 'https://x/v1?key=[key]&alt=sse'],
    ['two keys', 'AIzaSyD0123456789, AQ.Ab8RN60123456', '[key], [key]'],
    [
      "Google's own words about a consumer",
      "Consumer 'api_key:relay-key-of-any-form' has been suspended.",
      "Consumer 'api_key:[key]' has been suspended.",
    ],
    ['a container in JSON', '{"containerInfo":"api_key:12 34"}', '{"containerInfo":"api_key:[key] 34"}'],
  ])('takes %s out', (_, text, redacted) => {
    expect(redact(text)).toBe(redacted)
  })

  it.each(['API key not valid. Please pass a valid API key.', 'AIza', 'See FAQ.troubleshooting-guide', ''])(
    'leaves %j alone',
    (text) => {
      expect(redact(text)).toBe(text)
    },
  )
})
