import type { Json } from '../json.ts'
import { textTokens } from '../tokens.ts'
import type { Answer } from './answer.ts'

/** A valid PNG of one transparent pixel. */
const PNG_BASE64 =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='

const IMAGE_TOKENS = 1_290
const SAMPLE_RATE_HZ = 24_000
const AUDIO_TOKENS_PER_SECOND = 25
const SECONDS_PER_WORD = 0.2
const MAX_SECONDS = 2
const TONE_HZ = 440

/**
 * Text unless only an image was asked for, then a content without parts, then the image with the finish.
 *
 * @source gemini-api.md 9.6
 */
export function imageAnswer(question: string, modalities: readonly Json[]): Answer {
  const wantsText = modalities.length === 0 || modalities.includes('TEXT')
  const text = `Here is an image of: ${question}`
  const chunks = wantsText
    ? [
        { parts: [{ text }], tokens: textTokens(text) },
        { parts: null, tokens: 0 },
      ]
    : []
  const image = { parts: [{ inlineData: { mimeType: 'image/png', data: PNG_BASE64 } }], tokens: IMAGE_TOKENS }
  return { chunks: [...chunks, image], finishReason: 'STOP', thoughtsTokens: 0, modality: 'IMAGE' }
}

/** A tone as raw PCM (16 bits, mono, little-endian), a fifth of a second per word. */
export function audioAnswer(question: string): Answer {
  const words = question.split(/\s+/).length
  const seconds = Math.min(MAX_SECONDS, words * SECONDS_PER_WORD)
  const samples = Math.round(seconds * SAMPLE_RATE_HZ)
  const bytes = Buffer.alloc(samples * 2)
  for (let i = 0; i < samples; i++) {
    bytes.writeInt16LE(Math.round(8_000 * Math.sin((2 * Math.PI * TONE_HZ * i) / SAMPLE_RATE_HZ)), i * 2)
  }
  const inlineData = {
    mimeType: `audio/L16;codec=pcm;rate=${SAMPLE_RATE_HZ}`,
    data: bytes.toString('base64'),
  }
  const tokens = Math.ceil(seconds * AUDIO_TOKENS_PER_SECOND)
  return {
    chunks: [{ parts: [{ inlineData }], tokens }],
    finishReason: 'STOP',
    thoughtsTokens: 0,
    modality: 'AUDIO',
  }
}
