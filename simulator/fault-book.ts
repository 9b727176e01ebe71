import type { Fault, FaultRule } from './control/schema.ts'

/** What a rule can look at. */
export interface FaultTarget {
  readonly key: string | null
  readonly project: string | null
  readonly model: string | null
  readonly method: string
  readonly path: string
}

export interface Strike {
  readonly id: string
  readonly fault: Fault
}

interface Entry extends FaultRule {
  readonly id: string
  passed: number
  struck: number
}

/** The scripted faults, in the order they were added. */
export class FaultBook {
  #rules: Entry[] = []
  #nextId = 1

  add(rule: FaultRule): string {
    const id = `fault-${this.#nextId++}`
    this.#rules.push({ ...rule, id, passed: 0, struck: 0 })
    return id
  }

  clear(): void {
    this.#rules = []
  }

  get isEmpty(): boolean {
    return this.#rules.length === 0
  }

  /** The first rule that matches and still has strikes; a rule's `skip` requests pass it by. */
  strike(target: FaultTarget): Strike | null {
    for (const rule of this.#rules) {
      if (!matches(rule.match, target) || rule.struck >= (rule.times ?? Number.POSITIVE_INFINITY)) continue
      if (rule.passed < rule.skip) {
        rule.passed++
        continue
      }
      rule.struck++
      return { id: rule.id, fault: rule.fault }
    }
    return null
  }
}

function matches(match: FaultRule['match'], target: FaultTarget): boolean {
  return (
    (match.key === undefined || match.key === target.key) &&
    (match.project === undefined || match.project === target.project) &&
    (match.model === undefined || match.model === target.model) &&
    (match.method === undefined || match.method === target.method) &&
    (match.path === undefined || target.path.includes(match.path))
  )
}
