import * as z from 'zod/mini'
import { type Millis, SECOND } from '../lib/time.ts'

/** What an error answer of Google says, whatever its wrapping: native, array-wrapped, Interactions or OpenAI style. */
export interface GoogleError {
  readonly message: string
  /** `RESOURCE_EXHAUSTED`, ...; in the Interactions form its code, such as `quota_exceeded`; null where the body was no error at all. */
  readonly status: string | null
  /** The code inside the body: it decides for errors that arrive inside a 200 stream. */
  readonly code: number | null
  /** ErrorInfo reasons, such as `API_KEY_INVALID`. */
  readonly reasons: readonly string[]
  readonly violations: readonly QuotaViolation[]
  /** From RetryInfo, or from the words "Please retry in 25.4s". */
  readonly retryDelayMs: Millis | null
  /** The consumer that Google charges, such as `projects/123`. */
  readonly project: string | null
}

interface QuotaViolation {
  readonly quotaId: string
  readonly model: string | null
  readonly limit: number | null
}

const text = z.catch(z.nullish(z.string()), null)
const detail = z.looseObject({
  '@type': text,
  reason: text,
  retryDelay: text,
  metadata: z.catch(z.nullish(z.record(z.string(), z.unknown())), null),
  violations: z.catch(
    z.nullish(
      z.array(
        z.looseObject({
          quotaId: text,
          quotaValue: z.catch(z.nullish(z.union([z.string(), z.number()])), null),
          quotaDimensions: z.catch(z.nullish(z.record(z.string(), z.unknown())), null),
        }),
      ),
    ),
    null,
  ),
})
const envelope = z.looseObject({
  error: z.looseObject({
    code: z.catch(z.nullish(z.union([z.number(), z.string()])), null),
    message: text,
    status: text,
    details: z.catch(z.nullish(z.array(z.unknown())), null),
  }),
})

const NO_DETAILS = {
  status: null,
  code: null,
  reasons: [],
  violations: [],
  retryDelayMs: null,
  project: null,
} as const

/**
 * Reads an error body by `@type`, never by position: Google has changed the order of `details` before.
 *
 * A body that is no error of Google's (HTML of a front end, an empty body) gives its text as the message and
 * nothing else.
 *
 * @source google.rpc.Status, google.rpc.ErrorInfo, google.rpc.QuotaFailure, google.rpc.RetryInfo
 */
export function readGoogleError(body: string): GoogleError {
  const parsed = envelope.safeParse(unwrap(parseJson(body)))
  if (!parsed.success) return { ...NO_DETAILS, message: body.trim().slice(0, 500) }
  const { code, message, status, details } = parsed.data.error
  const all = (details ?? []).flatMap(toDetail)
  return {
    message: message ?? '',
    status: status ?? (typeof code === 'string' ? code : null),
    code: typeof code === 'number' ? code : null,
    reasons: all.flatMap((each) => (each.reason ? [each.reason] : [])),
    violations: all.flatMap(violationsOf),
    retryDelayMs: retryDelayOf(all, message ?? ''),
    project:
      all
        .map(({ metadata }) => stringOrNull(metadata?.consumer))
        .find((consumer) => consumer?.startsWith('projects/')) ?? null,
  }
}

type Detail = z.infer<typeof detail>

/** Something in `details` that is no object says nothing. */
function toDetail(value: unknown): Detail[] {
  const parsed = detail.safeParse(value)
  return parsed.success ? [parsed.data] : []
}

function violationsOf(each: Detail): QuotaViolation[] {
  const listed = (each.violations ?? []).flatMap((violation): QuotaViolation[] =>
    violation.quotaId
      ? [
          {
            quotaId: violation.quotaId,
            model: stringOrNull(violation.quotaDimensions?.model),
            limit: limitOf(violation.quotaValue),
          },
        ]
      : [],
  )
  // The form before 2025 put one violation into ErrorInfo.metadata.
  const quotaLimit = stringOrNull(each.metadata?.quota_limit)
  if (quotaLimit === null) return listed
  const limit = limitOf(stringOrNull(each.metadata?.quota_limit_value))
  return [...listed, { quotaId: quotaLimit, model: null, limit }]
}

function retryDelayOf(details: readonly Detail[], message: string): Millis | null {
  for (const { retryDelay } of details) {
    const delay = parseDuration(retryDelay ?? '')
    if (delay !== null) return delay
  }
  const inWords = /please retry in ([\dhms.]+?)\.?(?:\s|$)/i.exec(message)
  return inWords ? parseDuration(inWords[1] ?? '') : null
}

/** `38s`, `34.07s`, `900ms`, `10h50m43.6s` in ms; null for anything else. */
export function parseDuration(duration: string): Millis | null {
  const match = /^(?:(\d+)h)?(?:(\d+)m(?!s))?(?:(\d+(?:\.\d+)?)s)?(?:(\d+(?:\.\d+)?)ms)?$/.exec(
    duration.trim(),
  )
  if (!match || duration.trim() === '') return null
  const [hours, minutes, seconds, millis] = match.slice(1).map((part) => Number(part ?? 0))
  return Math.ceil(((hours ?? 0) * 3600 + (minutes ?? 0) * 60 + (seconds ?? 0)) * SECOND + (millis ?? 0))
}

function limitOf(value: string | number | null | undefined): number | null {
  if (value === null || value === undefined || value === '') return null
  const limit = Number(value)
  return Number.isFinite(limit) ? limit : null
}

function stringOrNull(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}

function unwrap(json: unknown): unknown {
  return Array.isArray(json) ? json[0] : json
}

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch {
    return null // No JSON is an answer too: the caller falls back to the bare text.
  }
}
