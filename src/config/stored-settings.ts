import {
  ForeignRecordError,
  readSettingsRecord,
  SETTINGS_CLAIM_TTL_SECONDS,
  SETTINGS_KEY,
  type SettingsRecord,
  settingsClaimKey,
  toSettingsRecord,
} from '../kv/keyspace.ts'
import { type Json, type KV, KVTypeError } from '../kv/kv.ts'
import type { Millis } from '../lib/time.ts'
import type { ConfigProblem } from './config-error.ts'
import { loadConfigWithOverrides, type SettingTexts } from './load-config.ts'
import { settingNamed } from './schema.ts'
import type { Sealer } from './sealed-text.ts'

/** The overrides in the store, opened. Holds secrets. */
export interface StoredSettings {
  /** Goes up with every write; 0 while nothing was ever written. */
  readonly revision: number
  /** For `loadConfigWithOverrides`. */
  readonly texts: SettingTexts
  /** The overrides that could not be opened: they are not in `texts`, and the environment's value holds. */
  readonly rejected: readonly ConfigProblem[]
}

export interface SettingsChange {
  /** The revision that the change was made on. */
  readonly expectedRevision: number
  /** By variable name; null: the override goes, and the environment's value holds again. */
  readonly changes: Readonly<Record<string, string | null>>
  /** Unix time in ms. */
  readonly now: Millis
}

export type SettingsWritten =
  | { readonly kind: 'written'; readonly revision: number }
  /**
   * Somebody else wrote `revision` since. When that is the expected one, a write of the next is under way, or failed
   * less than `SETTINGS_CLAIM_TTL_SECONDS` ago.
   */
  | { readonly kind: 'conflict'; readonly revision: number }
  /** Nothing was written, for these reasons. */
  | { readonly kind: 'invalid'; readonly problems: readonly ConfigProblem[] }
  | { readonly kind: 'too-large'; readonly bytes: number; readonly maxBytes: number }
  | { readonly kind: 'foreign'; readonly error: ForeignRecordError }

/**
 * Reads the settings that were changed at run time. Whether their texts can be used is for `loadConfigWithOverrides`
 * to say, as the rules may be those of another version than the writer's.
 *
 * @param knownRevision - what the caller has already: opening secrets costs CPU time, and most looks find no news.
 * @returns null when the revision is the known one. ForeignRecordError when the record as a whole cannot be read: go on with the settings at hand.
 * @throws KVUnavailableError
 */
export async function readStoredSettings(
  kv: KV,
  sealer: Sealer,
  knownRevision: number | null = null,
): Promise<StoredSettings | ForeignRecordError | null> {
  const record = await readRecord(kv)
  if (record instanceof ForeignRecordError) return record
  if (record.revision === knownRevision) return null
  const texts: [variable: string, text: string][] = []
  const rejected: ConfigProblem[] = []
  for (const [variable, stored] of Object.entries(record.overrides)) {
    const opened = await openText(sealer, variable, stored)
    if (typeof opened === 'string') texts.push([variable, opened])
    else rejected.push({ variable, expected: opened.expected })
  }
  return { revision: record.revision, texts: Object.fromEntries(texts), rejected }
}

/**
 * Changes settings at run time: all of `changes` or nothing. Texts that the schemas refuse never reach the store;
 * overrides that are not changed stay, also those that this version does not know or cannot open.
 *
 * No update is lost between writers on a strong store: the right to write a revision is claimed with `ifAbsent`,
 * which one of them gets. Accepted: a writer that is held up for more than `SETTINGS_CLAIM_TTL_SECONDS` between its
 * claim and its write may overwrite another's. On an eventual store (Workers KV) two writers within its delay, about a
 * minute, may both be told `written`, and the later one's record stays, whole.
 *
 * @throws KVUnavailableError: the change may or may not have been written; read to know.
 */
export async function writeStoredSettings(
  kv: KV,
  sealer: Sealer,
  { expectedRevision, changes, now }: SettingsChange,
): Promise<SettingsWritten> {
  const { rejected } = loadConfigWithOverrides({}, withoutNulls(changes))
  if (rejected.length > 0) return { kind: 'invalid', problems: rejected }

  const current = await readRecord(kv)
  if (current instanceof ForeignRecordError) return { kind: 'foreign', error: current }
  const conflict = { kind: 'conflict', revision: current.revision } as const
  if (current.revision !== expectedRevision) return conflict

  const revision = expectedRevision + 1
  const overrides = await changedOverrides(sealer, current.overrides, changes)
  const record = toSettingsRecord({ revision, updatedAt: now, overrides })
  const { maxValueBytes: maxBytes } = kv.traits
  const bytes = new TextEncoder().encode(JSON.stringify(record)).length
  if (bytes > maxBytes) return { kind: 'too-large', bytes, maxBytes }

  const claimOptions = { ifAbsent: true, ttlSeconds: SETTINGS_CLAIM_TTL_SECONDS }
  const isOurs = await kv.set(settingsClaimKey(revision), { v: record.v, since: now }, claimOptions)
  if (!isOurs) return conflict
  await kv.set(SETTINGS_KEY, record)
  return { kind: 'written', revision }
}

type Overrides = SettingsRecord['overrides']

/** A record, or one without overrides where there is none yet. */
async function readRecord(
  kv: KV,
): Promise<Pick<SettingsRecord, 'revision' | 'overrides'> | ForeignRecordError> {
  try {
    const value = await kv.get(SETTINGS_KEY)
    return value === null ? { revision: 0, overrides: {} } : readSettingsRecord(value)
  } catch (error) {
    if (error instanceof KVTypeError) return new ForeignRecordError('shape')
    throw error
  }
}

/** Secrets that stay are sealed anew where they can be opened: those from before there was a key get encrypted. */
async function changedOverrides(
  sealer: Sealer,
  current: Overrides,
  changes: SettingsChange['changes'],
): Promise<Overrides> {
  const overrides = new Map(Object.entries(current))
  for (const [variable, stored] of overrides) {
    if (!isSecret(variable)) continue
    const opened = await openText(sealer, variable, stored)
    if (typeof opened === 'string') overrides.set(variable, await sealer.seal(opened, placeOf(variable)))
  }
  for (const [variable, text] of Object.entries(changes)) {
    if (text === null) overrides.delete(variable)
    else overrides.set(variable, isSecret(variable) ? await sealer.seal(text, placeOf(variable)) : text)
  }
  return Object.fromEntries(overrides)
}

/** A bare string is a text as it is. */
async function openText(sealer: Sealer, variable: string, stored: Json) {
  return typeof stored === 'string' ? stored : sealer.open(stored, placeOf(variable))
}

/** What a sealed text is bound to. */
function placeOf(variable: string): string {
  return `${SETTINGS_KEY}/${variable}`
}

function isSecret(variable: string): boolean {
  return settingNamed(variable)?.secret === true
}

function withoutNulls(changes: SettingsChange['changes']): SettingTexts {
  const given = Object.entries(changes).filter((change): change is [string, string] => change[1] !== null)
  return Object.fromEntries(given)
}
