import { fingerprint, toApiKey } from '../api-key.ts'
import type { PoolKey } from '../pool-key.ts'

/** A key as the operator might give it, of weight 1 and without a project unless told otherwise. */
export function poolKey(text: string, fields: Partial<Omit<PoolKey, 'id' | 'key'>> = {}): PoolKey {
  const key = toApiKey(text)
  if (key === null) throw new Error('A fixture key must be printable ASCII')
  return {
    id: fingerprint(key),
    key,
    weight: 1,
    project: null,
    tier: 'free',
    models: null,
    label: null,
    baseUrl: null,
    ...fields,
  }
}
