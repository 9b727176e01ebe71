import type { SimulatedModel } from './control/schema.ts'
import type { JsonObject } from './json.ts'

export type ThinkingLevel = 'minimal' | 'low' | 'medium' | 'high'

/** How a model thinks: by a token budget (2.5) or by a level (3 and later, which take a budget too). */
type Thinking =
  | { readonly kind: 'none' }
  | {
      readonly kind: 'budget'
      readonly min: number
      readonly max: number
      readonly canBeOff: boolean
      readonly isOnByDefault: boolean
    }
  | { readonly kind: 'level'; readonly levels: readonly ThinkingLevel[]; readonly byDefault: ThinkingLevel }

/** Free-tier limits; a model with 0 requests has no free tier. */
interface FreeTier {
  readonly rpm?: number
  readonly tpm?: number
  readonly rpd?: number
}

export interface Model {
  readonly id: string
  readonly displayName: string
  readonly version: string
  readonly answers: 'text' | 'image' | 'audio' | 'vectors' | 'live' | 'video'
  readonly inputTokenLimit: number
  readonly outputTokenLimit: number
  readonly thinking: Thinking
  /** 2.0 candidates have no index; function signatures are enforced from 3 on. */
  readonly generation: number
  readonly isRetired: boolean
  readonly quotaFamily: string
  readonly freeTier: FreeTier
  /** Smallest prompt that implicit caching keeps. */
  readonly cacheMinTokens: number
}

const CONTEXT = 1_048_576
const OUTPUT = 65_536
const NO_FREE_TIER: FreeTier = { rpm: 0, tpm: 0, rpd: 0 }
const FLASH_FREE: FreeTier = { rpm: 5, tpm: 250_000, rpd: 20 }
const LITE_FREE: FreeTier = { rpm: 15, tpm: 250_000, rpd: 500 }
const LEVELS: readonly ThinkingLevel[] = ['low', 'medium', 'high']
const ALL_LEVELS: readonly ThinkingLevel[] = ['minimal', ...LEVELS]

const byLevel = (byDefault: ThinkingLevel, levels = ALL_LEVELS): Thinking => ({
  kind: 'level',
  levels,
  byDefault,
})

function model(id: string, generation: number, more: Partial<Model> = {}): Model {
  return {
    id,
    displayName: id
      .split('-')
      .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
      .join(' '),
    version: id.endsWith('-preview') ? `${id.slice('gemini-'.length)}` : '001',
    answers: 'text',
    inputTokenLimit: CONTEXT,
    outputTokenLimit: OUTPUT,
    thinking: { kind: 'none' },
    generation,
    isRetired: false,
    quotaFamily: id.replace(/-preview(-customtools)?$/, ''),
    freeTier: FLASH_FREE,
    cacheMinTokens: 4_096,
    ...more,
  }
}

/**
 * The models of late 2026.
 *
 * @source gemini-api.md 6 (names, status), 3.7 (free-tier limits), 4.5 (thinking), 7 (cache minimum); limits of input and output where no source names them are those of the family
 */
const TABLE: readonly Model[] = [
  model('gemini-3.8-flash', 3.8, { thinking: byLevel('medium', LEVELS) }),
  model('gemini-3.7-flash', 3.7, { thinking: byLevel('medium') }),
  model('gemini-3.6-flash', 3.6, { thinking: byLevel('medium') }),
  model('gemini-3.5-flash', 3.5, { thinking: byLevel('medium') }),
  model('gemini-3.5-flash-lite', 3.5, { thinking: byLevel('minimal'), freeTier: LITE_FREE }),
  model('gemini-3.1-flash-lite', 3.1, { thinking: byLevel('minimal'), freeTier: LITE_FREE }),
  model('gemini-3.1-pro-preview', 3.1, { thinking: byLevel('high', LEVELS), freeTier: NO_FREE_TIER }),
  model('gemini-3.1-pro-preview-customtools', 3.1, {
    thinking: byLevel('high', LEVELS),
    freeTier: NO_FREE_TIER,
  }),
  model('gemini-3-flash-preview', 3, { thinking: byLevel('high'), cacheMinTokens: 1_024 }),
  model('gemini-2.5-pro', 2.5, {
    thinking: { kind: 'budget', min: 128, max: 32_768, canBeOff: false, isOnByDefault: true },
    freeTier: { rpm: 5, tpm: 250_000, rpd: 25 },
    cacheMinTokens: 2_048,
  }),
  model('gemini-2.5-flash', 2.5, {
    thinking: { kind: 'budget', min: 0, max: 24_576, canBeOff: true, isOnByDefault: true },
    freeTier: { rpm: 10, tpm: 250_000, rpd: 20 },
    cacheMinTokens: 2_048,
  }),
  model('gemini-2.5-flash-lite', 2.5, {
    thinking: { kind: 'budget', min: 512, max: 24_576, canBeOff: true, isOnByDefault: false },
    freeTier: LITE_FREE,
    cacheMinTokens: 2_048,
  }),
  model('gemini-3.1-flash-image', 3.1, {
    answers: 'image',
    inputTokenLimit: 131_072,
    outputTokenLimit: 32_768,
  }),
  model('gemini-3.1-flash-lite-image', 3.1, {
    answers: 'image',
    inputTokenLimit: 131_072,
    outputTokenLimit: 32_768,
  }),
  model('gemini-3-pro-image', 3, { answers: 'image', inputTokenLimit: 131_072, outputTokenLimit: 32_768 }),
  model('gemini-3.8-flash-tts', 3.8, { answers: 'audio', inputTokenLimit: 8_192, outputTokenLimit: 16_384 }),
  model('gemini-3.8-flash-lite-tts', 3.8, {
    answers: 'audio',
    inputTokenLimit: 8_192,
    outputTokenLimit: 16_384,
  }),
  model('gemini-3.1-flash-tts-preview', 3.1, {
    answers: 'audio',
    inputTokenLimit: 8_192,
    outputTokenLimit: 16_384,
  }),
  model('gemini-3.8-live', 3.8, { answers: 'live', inputTokenLimit: 131_072, outputTokenLimit: 8_192 }),
  model('gemini-3.1-flash-live-preview', 3.1, {
    answers: 'live',
    inputTokenLimit: 131_072,
    outputTokenLimit: 8_192,
  }),
  model('gemini-embedding-001', 2, {
    answers: 'vectors',
    inputTokenLimit: 2_048,
    outputTokenLimit: 1,
    freeTier: { rpm: 100, rpd: 1_000 },
  }),
  model('gemini-embedding-2', 2, {
    answers: 'vectors',
    inputTokenLimit: 8_192,
    outputTokenLimit: 1,
    freeTier: { rpm: 100, rpd: 1_000 },
  }),
  model('veo-3.1-generate-preview', 3, { answers: 'video', inputTokenLimit: 480, outputTokenLimit: 8_192 }),
  model('gemma-4-26b-a4b-it', 4, {
    thinking: byLevel('high', ['minimal', 'high']),
    inputTokenLimit: 262_144,
    outputTokenLimit: 32_768,
    generation: 2.5,
  }),
  model('gemma-4-31b-it', 4, {
    thinking: byLevel('high', ['minimal', 'high']),
    inputTokenLimit: 262_144,
    outputTokenLimit: 32_768,
    generation: 2.5,
  }),
  model('gemini-2.5-flash-image', 2.5, { isRetired: true, answers: 'image' }),
  model('gemini-2.0-flash', 2, { isRetired: true }),
  model('gemini-2.0-flash-lite', 2, { isRetired: true }),
  model('gemini-1.5-pro', 1.5, { isRetired: true }),
  model('gemini-1.5-flash', 1.5, { isRetired: true }),
  model('text-embedding-004', 1, { isRetired: true, answers: 'vectors' }),
  model('imagen-4.0-generate-001', 4, { isRetired: true, answers: 'image' }),
]

const ALIASES: Readonly<Record<string, string>> = {
  'gemini-flash-latest': 'gemini-3.8-flash',
  'gemini-flash-lite-latest': 'gemini-3.5-flash-lite',
  'gemini-pro-latest': 'gemini-3.1-pro-preview',
}

/** Methods of `supportedGenerationMethods`, by what the model answers with. */
const METHODS: Record<Model['answers'], readonly string[]> = {
  text: ['generateContent', 'countTokens', 'createCachedContent', 'batchGenerateContent'],
  image: ['generateContent', 'countTokens', 'batchGenerateContent'],
  audio: ['generateContent', 'countTokens', 'batchGenerateContent'],
  vectors: ['embedContent', 'countTextTokens', 'countTokens', 'asyncBatchEmbedContent'],
  live: ['bidiGenerateContent', 'countTokens'],
  video: ['predictLongRunning'],
}

/** Whether a model serves an API method; streaming and batches go with their plain forms. */
export function serves(model: Model, method: string): boolean {
  const plain =
    method === 'streamGenerateContent'
      ? 'generateContent'
      : method === 'batchEmbedContents'
        ? 'embedContent'
        : method
  return METHODS[model.answers].includes(plain)
}

/** The known models by id, aliases included. */
export class ModelTable {
  readonly #models = new Map<string, Model>()

  constructor() {
    for (const entry of TABLE) this.#models.set(entry.id, entry)
    for (const [alias, id] of Object.entries(ALIASES)) {
      const target = this.#models.get(id)
      if (target) this.#models.set(alias, { ...target, id: alias })
    }
  }

  get(id: string): Model | undefined {
    return this.#models.get(id)
  }

  /** Those that models.list shows. */
  listed(): readonly Model[] {
    return [...this.#models.values()].filter((entry) => !entry.isRetired)
  }

  /** Adds models, or changes known ones. */
  set(models: readonly SimulatedModel[]): void {
    for (const { id, like, retired, inputTokenLimit, outputTokenLimit } of models) {
      const base = this.#models.get(id) ?? this.#models.get(like ?? 'gemini-3.8-flash')
      if (!base) throw new Error(`No model ${JSON.stringify(like)} to be like`)
      this.#models.set(id, {
        ...base,
        id,
        displayName: this.#models.has(id) ? base.displayName : id,
        quotaFamily: this.#models.has(id) ? base.quotaFamily : id,
        isRetired: retired ?? base.isRetired,
        inputTokenLimit: inputTokenLimit ?? base.inputTokenLimit,
        outputTokenLimit: outputTokenLimit ?? base.outputTokenLimit,
      })
    }
  }
}

/** The model as models.get shows it. */
export function describeModel(model: Model): JsonObject {
  const generates = METHODS[model.answers].includes('generateContent')
  return {
    name: `models/${model.id}`,
    version: model.version,
    displayName: model.displayName,
    description: `${model.displayName} (simulated)`,
    inputTokenLimit: model.inputTokenLimit,
    outputTokenLimit: model.outputTokenLimit,
    supportedGenerationMethods: METHODS[model.answers],
    ...(generates && { temperature: 1, topP: 0.95, topK: 64, maxTemperature: 2 }),
    ...(model.thinking.kind !== 'none' && { thinking: true }),
  }
}
