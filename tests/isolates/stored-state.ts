import { fingerprint, toApiKey } from '../../src/keys/api-key.ts'
import { POSITION_KEY } from '../../src/kv/keyspace.ts'
import type { KV } from '../../src/kv/kv.ts'

/** What a store holds of a cluster, with the test's own names of the keys. */
export interface StoredState {
  /** Key -> reason, of rests for every model and for one alike. */
  readonly health: Readonly<Record<string, string>>
  /** `<key> ok` or `<key> failed` -> calls, over all days and models. */
  readonly counts: Readonly<Record<string, number>>
  readonly position: number
}

/** @param keys - the keys of the pool: the store knows their fingerprints only. */
export async function readState(kv: KV, keys: readonly string[]): Promise<StoredState> {
  const names = new Map<string, string>(keys.map((key) => [fingerprintOf(key), key]))
  const nameOf = (id: string | undefined) => names.get(id ?? '') ?? `unknown ${id}`
  const [health, counters, position] = await Promise.all([
    kv.list('health/'),
    kv.list('count/'),
    kv.get(POSITION_KEY),
  ])
  if (health.next !== null || counters.next !== null) throw new Error('More than a page is stored')
  const counts: Record<string, number> = {}
  for (const [name, value] of counters.entries) {
    const [, , id, , result] = name.split('/')
    const slot = `${nameOf(id)} ${result}`
    counts[slot] = (counts[slot] ?? 0) + Number(value)
  }
  const reasons = health.entries.map(([name, value]) => {
    return [nameOf(name.split('/')[1]), (value as { readonly reason: string }).reason] as const
  })
  return { health: Object.fromEntries(reasons), counts, position: Number(position) }
}

function fingerprintOf(text: string): string {
  const key = toApiKey(text)
  if (key === null) throw new Error(`${text} is no key`)
  return fingerprint(key)
}

/** The calls that the simulator saw, by the names that `StoredState.counts` has. */
export function countCalls(
  calls: readonly { readonly key: string; readonly status: number | null }[],
): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {}
  for (const { key, status } of calls) {
    const slot = `${key} ${status === 200 ? 'ok' : 'failed'}`
    counts[slot] = (counts[slot] ?? 0) + 1
  }
  return counts
}

export function sumOf(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0)
}
