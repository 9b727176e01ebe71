import type { KeyState, QuotaLimits, SimulatedKey, SimulatedKeyChange } from './control/schema.ts'
import { hash } from './hash.ts'
import type { Tier } from './quota-errors.ts'

/** A registered key with everything filled in. */
export interface RingKey {
  readonly key: string
  readonly id: string
  readonly project: string
  readonly tier: Tier
  readonly state: KeyState
}

/** The keys that the simulated Google knows. */
export class KeyRing {
  readonly #keys = new Map<string, RingKey>()
  readonly #quotas = new Map<string, Map<string, QuotaLimits>>()

  constructor(keys: readonly SimulatedKey[]) {
    for (const { key, id = key, project, tier = 'paid', state = 'ok', quotas = {} } of keys) {
      const owner = project ?? `project-of-${id}`
      this.#keys.set(key, { key, id, project: owner, tier, state })
      for (const [model, limits] of Object.entries(quotas)) {
        const ofProject = this.#quotas.get(owner) ?? new Map<string, QuotaLimits>()
        ofProject.set(model, { ...ofProject.get(model), ...limits })
        this.#quotas.set(owner, ofProject)
      }
    }
  }

  get(key: string): RingKey | undefined {
    return this.#keys.get(key)
  }

  /** Registers a key seen for the first time, in a paid project of its own. */
  adopt(key: string): RingKey {
    const adopted: RingKey = { key, id: key, project: `project-${hash(key)}`, tier: 'paid', state: 'ok' }
    this.#keys.set(key, adopted)
    return adopted
  }

  /** @throws when the key is not registered: the test that asks has a mistake. */
  update({ key, state, tier }: SimulatedKeyChange): void {
    const known = this.#keys.get(key)
    if (!known) throw new Error('updateKey: no such key')
    this.#keys.set(key, { ...known, state: state ?? known.state, tier: tier ?? known.tier })
  }

  /** Limits that came with the keys of a project, by model id, family or `*`. */
  quotasOf(project: string): ReadonlyMap<string, QuotaLimits> | undefined {
    return this.#quotas.get(project)
  }

  get size(): number {
    return this.#keys.size
  }
}
