import * as z from 'zod'
import { errorNames } from '../error-names.ts'

/** The states a simulated key can be in; each but `ok` is a refusal of gemini-api.md 3.1 to 3.3. */
export const keyStates = [
  'ok',
  'invalid',
  'expired',
  'deleted',
  'unsupported-token',
  'leaked',
  'suspended',
  'service-disabled',
  'referrer-blocked',
  'service-blocked',
  'ip-blocked',
  'prepaid-empty',
  'prepaid-empty-429',
  'spend-cap',
] as const

const limit = z.int().min(0)

/** Limits of one (project, model). An absent one is not enforced; 0 is Google's `limit: 0`. */
const quotaLimitsSchema = z.strictObject({
  rpm: limit.optional(),
  tpm: limit.optional(),
  rpd: limit.optional(),
})

export const keySchema = z.strictObject({
  key: z.string().min(1),
  /** What the call log calls this key; the key itself when absent. */
  id: z.string().min(1).optional(),
  /** Keys of one project share its quotas. A project of its own, made from the key, when absent. */
  project: z.string().min(1).optional(),
  tier: z.enum(['free', 'paid']).default('paid'),
  state: z.enum(keyStates).default('ok'),
  /** By model id, quota family or `*`; laid over the tier's own limits. They belong to the project. */
  quotas: z.record(z.string(), quotaLimitsSchema).optional(),
})

export const keyChangeSchema = z.strictObject({
  key: z.string().min(1),
  state: z.enum(keyStates).optional(),
  tier: z.enum(['free', 'paid']).optional(),
})

export const quotaSchema = z.strictObject({
  project: z.string().min(1),
  /** Model id, quota family or `*`. */
  model: z.string().min(1),
  ...quotaLimitsSchema.shape,
})

const milliseconds = z.number().min(0)

/** How fast answers come, in ms. All 0: as fast as the machine allows, each event in a packet of its own. */
export const pacingSchema = z.strictObject({
  headersMs: milliseconds.default(0),
  firstEventMs: milliseconds.default(0),
  gapMs: milliseconds.default(0),
})

export const settingsSchema = z.strictObject({
  /** Unary JSON is compressed for clients that accept gzip, as Google does. */
  gzip: z.boolean().exactOptional(),
  /** Unknown keys work, each in a paid project of its own. */
  acceptAnyKey: z.boolean().exactOptional(),
  recordCalls: z.boolean().exactOptional(),
  /** `Corrupted thought signature.` also when the signature comes from another project. */
  bindSignaturesToProject: z.boolean().exactOptional(),
  /** Order of `details` in 429 bodies: 2026 is Help, QuotaFailure, RetryInfo; 2025 is QuotaFailure, Help, RetryInfo. */
  quotaBodies: z.enum(['2025', '2026']).exactOptional(),
  /** What Google thinks of the caller's egress address: unsupported refuses free-tier keys. */
  location: z.enum(['supported', 'unsupported']).exactOptional(),
})

const count = z.int().min(0)
const rawError = z.strictObject({
  status: z.int().min(200).max(599),
  headers: z.record(z.string(), z.string()).default({}),
  body: z.string().default(''),
})

/** What goes wrong with one reply. Parts combine: `{ gapMs: 50, cut: { afterEvents: 2 } }`. */
const faultSchema = z.strictObject({
  /** Answer with this error, by name or raw. */
  error: z.union([z.enum(errorNames), rawError]).optional(),
  retryAfterSeconds: count.optional(),
  headersMs: milliseconds.optional(),
  firstEventMs: milliseconds.optional(),
  gapMs: milliseconds.optional(),
  /** A 200 with nothing in it, in one of the shapes of gemini-api.md 4.4. */
  empty: z.enum(['stop-without-parts', 'empty-text', 'no-candidates', 'empty-body', 'other']).optional(),
  /** Destroy the socket. An event count of 0 is after the headers; `atByte` goes that far into the next event. */
  cut: z
    .union([z.literal('before-headers'), z.strictObject({ afterEvents: count, atByte: count.optional() })])
    .optional(),
  /** Go silent with the socket open. */
  stall: z.union([z.literal('before-headers'), z.strictObject({ afterEvents: count })]).optional(),
  /** End cleanly after this many events, whatever was still to come. */
  endAfterEvents: count.optional(),
  midStreamError: z
    .strictObject({
      afterEvents: count,
      form: z.enum(['raw', 'data']).default('raw'),
      error: z.enum(errorNames).default('internal'),
    })
    .optional(),
  /** A malformed event after this many events; the rest follows it. */
  garbage: z
    .strictObject({
      afterEvents: count,
      text: z.string().default('data: {"candidates": [{"content"\r\n\r\n'),
    })
    .optional(),
  /** Body offsets at which the bytes go out as separate writes. */
  splitAt: z.union([count, z.array(count), z.literal('every-byte')]).optional(),
  newline: z.enum(['crlf', 'lf', 'cr']).optional(),
  /** Put one more event before the last, with this many bytes of text. */
  hugeEventBytes: count.max(64 * 1024 * 1024).optional(),
})

export const faultRuleSchema = z.strictObject({
  match: z
    .strictObject({
      key: z.string().optional(),
      project: z.string().optional(),
      model: z.string().optional(),
      /** API method: generateContent, streamGenerateContent, countTokens, models.list, openai.chat, ... */
      method: z.string().optional(),
      /** A piece of the request's path. */
      path: z.string().optional(),
    })
    .default({}),
  /** How often it strikes; for ever when absent. */
  times: z.int().min(1).optional(),
  /** Let this many matching requests pass first. */
  skip: count.default(0),
  fault: faultSchema,
})

export const modelSchema = z.strictObject({
  id: z.string().min(1),
  /** A known model whose abilities it has; `gemini-3.8-flash` when absent. */
  like: z.string().optional(),
  retired: z.boolean().optional(),
  inputTokenLimit: z.int().min(1).optional(),
  outputTokenLimit: z.int().min(1).optional(),
})

export const clockSchema = z.strictObject({
  /** Unix ms. */
  now: z.number(),
  /** Whether time then stands still until moved. */
  isFrozen: z.boolean().default(true),
})

export const callFilterSchema = z.strictObject({
  method: z.string().optional(),
  key: z.string().optional(),
  model: z.string().optional(),
})

export type KeyState = (typeof keyStates)[number]
export type SimulatedKey = z.input<typeof keySchema>
export type SimulatedKeyChange = z.input<typeof keyChangeSchema>
export type QuotaLimits = z.infer<typeof quotaLimitsSchema>
export type SimulatedQuota = z.input<typeof quotaSchema>
export type SimulatedModel = z.input<typeof modelSchema>
export type Pacing = z.infer<typeof pacingSchema>
export type SettingsChange = z.infer<typeof settingsSchema>
export type Settings = Required<SettingsChange>
export type Fault = z.infer<typeof faultSchema>
export type FaultRule = z.infer<typeof faultRuleSchema>
export type FaultRuleInput = z.input<typeof faultRuleSchema>
export type ClockSetting = z.input<typeof clockSchema>
export type CallFilter = z.infer<typeof callFilterSchema>
