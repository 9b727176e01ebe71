import * as z from 'zod/mini'
import { unquote } from '../lib/unquote.ts'
import { type ApiKey, fingerprint, toApiKey } from './api-key.ts'
import { BASE_URL_RULE, parseBaseUrl } from './base-url.ts'
import type { PoolKey } from './pool-key.ts'

/** Most keys that one caller may bring in one request. */
export const MAX_CLIENT_KEYS = 500

const MAX_WEIGHT = 1_000

/** What is wrong with one entry. Never holds any of the text itself: a field put wrongly may be the key. */
interface KeyProblem {
  /** Which of the texts, 0-based. */
  readonly textIndex: number
  /** Which entry of that text, 1-based, blank ones not counted; null: the text as a whole. */
  readonly position: number | null
  /** What was expected there, to be read after the word "expected". */
  readonly expected: string
}

export type ParsedKeys =
  | { readonly ok: true; readonly keys: readonly PoolKey[] }
  | { readonly ok: false; readonly problems: readonly KeyProblem[] }

/**
 * Reads the operator's keys. Each text is either
 * - a list: `key` or `key:weight`, separated by commas, semicolons or white space; the last colon splits, so a
 *   key that has a colon of its own needs a weight after it; or
 * - JSON: an array of such strings and of objects `{key, weight, project, tier, models, label, baseUrl}`, or one
 *   object. A field that is null counts as absent.
 *
 * Blank entries and quotes around an entry are dropped. A key given twice stays at its first place; fields that
 * a later entry gives replace the earlier ones (weights never add up). Any problem refuses everything.
 */
export function parseKeys(...texts: readonly string[]): ParsedKeys {
  return toPool(texts.map(splitEntries))
}

/**
 * Reads the keys that a caller brings for its own request: `key` or `key:weight`, separated by commas only.
 * No JSON, since a caller must not choose where this gateway connects to (`baseUrl`).
 */
export function parseClientKeys(text: string, maxKeys = MAX_CLIENT_KEYS): ParsedKeys {
  const parsed = toPool([text.split(',').map(unquote).filter(isNotBlank)])
  if (!parsed.ok || parsed.keys.length <= maxKeys) return parsed
  return { ok: false, problems: [{ textIndex: 0, position: null, expected: `at most ${maxKeys} keys` }] }
}

/** Full-width ones too: Chinese input methods write them. */
const SEPARATORS = /[\s,;，；、]+/

const WEIGHT_RULE = `a weight that is a whole number from 1 to ${MAX_WEIGHT}`
const MODELS_RULE = 'models as a list of one or more model names'

const entrySchema = z.strictObject(
  {
    key: checkedText('a key of printable ASCII characters without spaces', toApiKey),
    weight: z.nullish(
      z.int(WEIGHT_RULE).check(z.minimum(1, WEIGHT_RULE), z.maximum(MAX_WEIGHT, WEIGHT_RULE)),
    ),
    project: z.nullish(checkedText('a project that is text', unlessBlank)),
    tier: z.nullish(z.enum(['free', 'paid'], 'the tier free or paid')),
    models: z.nullish(
      z.array(checkedText(MODELS_RULE, toModelName), MODELS_RULE).check(z.minLength(1, MODELS_RULE)),
    ),
    label: z.nullish(checkedText('a label that is text', unlessBlank)),
    baseUrl: z.nullish(checkedText(`a baseUrl that is ${BASE_URL_RULE}`, parseBaseUrl)),
  },
  'a key as text, or an object with a key and no other fields than weight, project, tier, models, label, baseUrl',
)

type KeyEntry = z.output<typeof entrySchema>

/** Text that `read` accepts; null from it means refused. */
function checkedText<T>(expected: string, read: (text: string) => T | null) {
  return z.pipe(
    z.string(expected),
    z.transform((text, payload): T => {
      const value = read(text.trim())
      if (value !== null) return value
      payload.issues.push({ code: 'custom', message: expected, input: null })
      return z.NEVER
    }),
  )
}

function unlessBlank(text: string): string | null {
  return text === '' ? null : text
}

function toModelName(text: string): string | null {
  return unlessBlank(text.replace(/^models\//, ''))
}

const JSON_RULE = 'valid JSON (an array of keys, or one object), or a list of keys separated by commas'

/** The entries of one text that are not blank, or null when it is JSON that cannot be read. */
function splitEntries(text: string): readonly unknown[] | null {
  const list = unquote(text)
  if (!/^[[{]/.test(list)) return list.split(SEPARATORS).map(unquote).filter(isNotBlank)
  try {
    const json: unknown = JSON.parse(list)
    return Array.isArray(json) ? json.filter(isNotBlank) : [json]
  } catch {
    return null // the parser's own message quotes the text
  }
}

function isNotBlank(entry: unknown): boolean {
  return typeof entry !== 'string' || entry.trim() !== ''
}

function toPool(texts: readonly (readonly unknown[] | null)[]): ParsedKeys {
  const problems: KeyProblem[] = []
  const pool = new Map<ApiKey, PoolKey>()
  for (const [textIndex, entries] of texts.entries()) {
    if (entries === null) problems.push({ textIndex, position: null, expected: JSON_RULE })
    for (const [index, entry] of (entries ?? []).entries()) {
      const read = entrySchema.safeParse(typeof entry === 'string' ? splitWeight(entry.trim()) : entry)
      if (read.success) {
        pool.set(read.data.key, merge(read.data, pool.get(read.data.key)))
      } else {
        const expected = [...new Set(read.error.issues.map((issue) => issue.message))].join('; and ')
        problems.push({ textIndex, position: index + 1, expected })
      }
    }
  }
  return problems.length > 0 ? { ok: false, problems } : { ok: true, keys: [...pool.values()] }
}

/** `key:weight` as the object it is short for; NaN stands for a weight that is no number. */
function splitWeight(entry: string): { key: string; weight?: number } {
  const colon = entry.lastIndexOf(':')
  if (colon === -1) return { key: entry }
  const weight = entry.slice(colon + 1)
  return { key: entry.slice(0, colon), weight: /^\d+$/.test(weight) ? Number(weight) : Number.NaN }
}

function merge(entry: KeyEntry, before: PoolKey | undefined): PoolKey {
  return {
    id: before?.id ?? fingerprint(entry.key),
    key: entry.key,
    weight: entry.weight ?? before?.weight ?? 1,
    project: entry.project ?? before?.project ?? null,
    tier: entry.tier ?? before?.tier ?? 'free',
    models: entry.models ?? before?.models ?? null,
    label: entry.label ?? before?.label ?? null,
    baseUrl: entry.baseUrl ?? before?.baseUrl ?? null,
  }
}
