import * as z from 'zod/mini'
import type { Brand } from '../lib/brand.ts'
import { HOUR, type Millis, SECOND } from '../lib/time.ts'
import type { Json } from './kv.ts'

/**
 * Every key in the store: how it is built, how long it lives, what it holds. `docs/storage-schema.md` says who
 * writes it and what its loss costs.
 */

/** As in `keys/api-key.ts`, which ranks above this folder. */
type KeyId = Brand<string, 'KeyId'>

export const HEALTH_PREFIX = 'health/'

/** With prefix, fingerprint and separator a health key stays below the 256 bytes of a key. */
const MAX_MODEL_BYTES = 224
/** Ends a name that was cut. No name encodes to a `%` without two digits, so none is mistaken for it. */
const CUT = '%'

/** A failure streak is remembered for so long after its rest, for the next rest to be longer. */
const STREAK_MEMORY: Millis = HOUR
/** A rest without end is written anew whenever the key is found dead again; that of a deleted key goes away. */
const ENDLESS_TTL_SECONDS = 30 * 24 * 3_600

/** Goes up when a field changes its meaning. */
const HEALTH_VERSION = 1

/** The settings that were changed while the gateway ran: one record. */
export const SETTINGS_KEY = 'settings'

/**
 * How long the right to write a revision of the settings is held. A writer that fails leaves it behind, and nobody
 * writes that revision until it ends; one that is held up for longer may overwrite another's revision.
 */
export const SETTINGS_CLAIM_TTL_SECONDS = 60

/** Goes up when a field changes its meaning. */
const SETTINGS_VERSION = 1

const versioned = z.object({ v: z.number() })

const healthRecord = z.object({
  v: z.literal(HEALTH_VERSION),
  /** Unix time in ms; null: until a person or a probe clears it. */
  until: z.nullable(z.number()),
  /** A `Failure['kind']`, or one of a later version. */
  reason: z.string().check(z.minLength(1), z.maxLength(64)),
  /** Failures in a row. */
  streak: z.number().check(z.int(), z.nonnegative()),
  /** When the rest began: Unix time in ms. */
  since: z.number(),
})

/** That a key rests, for one model or for all. A healthy key has no record. */
export type HealthRecord = Readonly<z.infer<typeof healthRecord>>

const settingsRecord = z.object({
  v: z.literal(SETTINGS_VERSION),
  /** 1 for the first change, one more for each that follows. */
  revision: z.int().check(z.positive()),
  /** Unix time in ms. */
  updatedAt: z.number(),
  /** By variable name: the text, or a sealed text (`config/sealed-text.ts`). Names may be of a later version. */
  overrides: z.record(z.string(), z.json()),
})

/** The settings that lie over those of the environment. */
export type SettingsRecord = Readonly<z.infer<typeof settingsRecord>>

/** A stored record that this version cannot read: skip it. A value to return, never thrown into a request. */
export class ForeignRecordError extends Error {
  override readonly name = 'ForeignRecordError'
  /** `version`: another version of this program wrote it. `shape`: it is no such record at all. */
  readonly found: 'version' | 'shape'

  constructor(found: 'version' | 'shape') {
    super(found === 'version' ? 'A record of another version' : 'A record that cannot be read')
    this.found = found
  }
}

/**
 * `health/<keyId>` or `health/<keyId>/<model>`, the model percent-encoded so that a `/` in it separates nothing.
 *
 * @param model - null: for every model. One that is no well-formed name, or longer than any of Google's, still
 *   gets a key that can be written, but `parseHealthKey` will not know it.
 */
export function healthKey(keyId: KeyId, model: string | null = null): string {
  return model === null ? HEALTH_PREFIX + keyId : `${HEALTH_PREFIX}${keyId}/${encodeModel(model)}`
}

/** @returns null for a key of another kind, or a model whose name was cut. */
export function parseHealthKey(key: string): { readonly keyId: KeyId; readonly model: string | null } | null {
  const [, id, model] = /^health\/([^/]+)(?:\/([^/]+))?$/.exec(key) ?? []
  if (id === undefined) return null
  const keyId = id as KeyId
  if (model === undefined) return { keyId, model: null }
  try {
    return { keyId, model: decodeURIComponent(model) }
  } catch {
    return null
  }
}

/** How long a record is kept: its rest and an hour more; without an end 30 days. */
export function healthTtlSeconds({ until }: Pick<HealthRecord, 'until'>, now: Millis): number {
  if (until === null) return ENDLESS_TTL_SECONDS
  return Math.ceil((Math.max(until - now, 0) + STREAK_MEMORY) / SECOND)
}

/** The `reason` of a record that ends all rests of its key which began before its `since`. */
export const REVIVED = 'revived'

/** How many turns of the operator's pool all isolates together have leased: where the next one begins. */
export const POSITION_KEY = 'position'

/** Counters of calls are kept for a month and some days. */
export const COUNTER_TTL_SECONDS = 40 * 24 * 3_600

/**
 * `count/<day>/<keyId>/<model>/<result>`: calls to Google on one day.
 *
 * @param day - in UTC, `2026-11-21`.
 */
export function counterKey(day: string, keyId: KeyId, model: string, result: 'ok' | 'failed'): string {
  return `count/${day}/${keyId}/${encodeModel(model)}/${result}`
}

/** Reads what `health/...` holds. A record of a later version with the fields of this one is foreign all the same. */
export function readHealthRecord(value: Json): HealthRecord | ForeignRecordError {
  return healthRecord.safeParse(value).data ?? foreign(value, HEALTH_VERSION)
}

/** `settings/claim/<revision>`: held by the one who may write that revision. */
export function settingsClaimKey(revision: number): string {
  return `${SETTINGS_KEY}/claim/${revision}`
}

/** A record as it is written. */
export function toSettingsRecord(fields: Omit<SettingsRecord, 'v'>): SettingsRecord {
  return { v: SETTINGS_VERSION, ...fields }
}

/** Reads what `settings` holds. What the overrides hold is checked where they are opened. */
export function readSettingsRecord(value: Json): SettingsRecord | ForeignRecordError {
  return settingsRecord.safeParse(value).data ?? foreign(value, SETTINGS_VERSION)
}

function foreign(value: Json, ownVersion: number): ForeignRecordError {
  const version = versioned.safeParse(value).data?.v
  return new ForeignRecordError(version === undefined || version === ownVersion ? 'shape' : 'version')
}

function encodeModel(model: string): string {
  const encoded = encodeURIComponent(model.replaceAll(/\p{Surrogate}/gu, '\ufffd'))
  return encoded.length <= MAX_MODEL_BYTES ? encoded : encoded.slice(0, MAX_MODEL_BYTES - CUT.length) + CUT
}
