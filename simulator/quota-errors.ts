import {
  type GoogleError,
  help,
  quotaFailure,
  resourceExhausted,
  retryInfo,
  SERVICE,
} from './google-error.ts'
import { hash } from './hash.ts'
import type { JsonObject } from './json.ts'

export type QuotaMetric = 'rpm' | 'tpm' | 'rpd'
export type Tier = 'free' | 'paid'

/** What the body of a 429 quotes. */
export interface QuotaContext {
  readonly tier: Tier
  /** The name under which Google counts the model, e.g. gemini-3.1-pro for gemini-3.1-pro-preview. */
  readonly quotaFamily: string
  readonly quotaBodies: '2025' | '2026'
  /** The limits to quote; a typical one stands in for an absent one. */
  readonly limits: { readonly [metric in QuotaMetric]?: number | undefined }
  /** ms until a request would be let through again, by metric. */
  readonly waitMs: { readonly [metric in QuotaMetric]?: number | undefined }
  /** ms until the next midnight in America/Los_Angeles. */
  readonly msToPacificMidnight: number
}

interface MetricName {
  readonly metric: string
  readonly id: string
}

const METRICS: Record<Tier, Record<QuotaMetric | 'tpd', MetricName>> = {
  free: {
    rpm: {
      metric: 'generate_content_free_tier_requests',
      id: 'GenerateRequestsPerMinutePerProjectPerModel-FreeTier',
    },
    tpm: {
      metric: 'generate_content_free_tier_input_token_count',
      id: 'GenerateContentInputTokensPerModelPerMinute-FreeTier',
    },
    rpd: {
      metric: 'generate_content_free_tier_requests',
      id: 'GenerateRequestsPerDayPerProjectPerModel-FreeTier',
    },
    tpd: {
      metric: 'generate_content_free_tier_input_token_count',
      id: 'GenerateContentInputTokensPerModelPerDay-FreeTier',
    },
  },
  paid: {
    rpm: { metric: 'generate_requests_per_model', id: 'GenerateRequestsPerMinutePerProjectPerModel' },
    tpm: {
      metric: 'generate_content_paid_tier_input_token_count',
      id: 'GenerateContentPaidTierInputTokensPerModelPerMinute',
    },
    rpd: { metric: 'generate_requests_per_model_per_day', id: 'GenerateRequestsPerDayPerProjectPerModel' },
    tpd: {
      metric: 'generate_content_paid_tier_input_token_count',
      id: 'GenerateContentPaidTierInputTokensPerModelPerDay',
    },
  },
}

/** Quoted where a fault names a limit that nobody set. */
const TYPICAL_LIMITS: Record<Tier, Record<QuotaMetric, number>> = {
  free: { rpm: 5, tpm: 250_000, rpd: 20 },
  paid: { rpm: 1_000, tpm: 4_000_000, rpd: 250 },
}

const TYPICAL_WAIT_MS = 25_465.784708
const MISLEADING_WAITS_MS = [25_465.784708, 34_074.824224, 38_211.500119]

const INTRODUCTION =
  'You exceeded your current quota, please check your plan and billing details. For more information on this error, head to: https://ai.google.dev/gemini-api/docs/rate-limits. To monitor your current usage, head to: https://ai.dev/rate-limit. '

/**
 * The 429 of one or several violated limits.
 *
 * A free-tier day limit carries the short, misleading delay that Google was seen to send; a paid one the true one.
 *
 * @source gemini-api.md 3.3 and 9.9
 */
export function quotaError(violated: readonly QuotaMetric[], context: QuotaContext): GoogleError {
  const limits = violated.map((metric) => ({
    ...METRICS[context.tier][metric],
    value: context.limits[metric] ?? TYPICAL_LIMITS[context.tier][metric],
  }))
  return exhausted(limits, waitFor(violated, context), context)
}

/** The 429 of a model that the project's tier does not have: every limit is 0, and values of 0 are left out. */
export function limitZeroError(context: QuotaContext): GoogleError {
  const names = METRICS[context.tier]
  const limits = [names.tpd, names.rpd, names.rpm, names.tpm].map((name) => ({ ...name, value: 0 }))
  return exhausted(limits, misleadingWaitMs(context), context)
}

function waitFor(violated: readonly QuotaMetric[], context: QuotaContext): number {
  if (violated.includes('rpd')) {
    return context.tier === 'free' ? misleadingWaitMs(context) : context.msToPacificMidnight
  }
  return Math.max(...violated.map((metric) => context.waitMs[metric] ?? TYPICAL_WAIT_MS))
}

function misleadingWaitMs(context: QuotaContext): number {
  return MISLEADING_WAITS_MS[hash(context.quotaFamily) % MISLEADING_WAITS_MS.length] ?? TYPICAL_WAIT_MS
}

function exhausted(
  limits: readonly (MetricName & { readonly value: number })[],
  waitMs: number,
  context: QuotaContext,
): GoogleError {
  const lines = limits.map(
    ({ metric, value }) =>
      `\n* Quota exceeded for metric: ${SERVICE}/${metric}, limit: ${value}, model: ${context.quotaFamily}`,
  )
  const violations = limits.map(
    ({ metric, id, value }): JsonObject => ({
      quotaMetric: `${SERVICE}/${metric}`,
      quotaId: id,
      quotaDimensions: { location: 'global', model: context.quotaFamily },
      ...(value > 0 && { quotaValue: String(value) }),
    }),
  )
  const message = `${INTRODUCTION}${lines.join('')}\nPlease retry in ${formatWait(waitMs)}.`
  const failure = quotaFailure(violations)
  const link = help('Learn more about Gemini API quotas', 'https://ai.google.dev/gemini-api/docs/rate-limits')
  const retry = retryInfo(`${Math.floor(waitMs / 1_000)}s`)
  return resourceExhausted(
    message,
    context.quotaBodies === '2025' ? [failure, link, retry] : [link, failure, retry],
  )
}

/** `25.465784708s`, `10h50m43.651927829s`: Go's way to print a duration. */
export function formatWait(waitMs: number): string {
  const seconds = waitMs / 1_000
  const hours = Math.floor(seconds / 3_600)
  const minutes = Math.floor((seconds % 3_600) / 60)
  const rest = Number((seconds % 60).toFixed(9))
  return `${hours > 0 ? `${hours}h` : ''}${hours > 0 || minutes > 0 ? `${minutes}m` : ''}${rest}s`
}
