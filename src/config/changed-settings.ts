import type { Config } from './schema.ts'

/**
 * The names of the settings that differ, in the order of the schema. No value is told, so they can be logged. A list
 * in another order is another list.
 */
export function changedSettings(before: Config, after: Config): readonly string[] {
  const old = new Map(Object.entries(before).map(([name, value]) => [name, JSON.stringify(value)]))
  return Object.entries(after)
    .filter(([name, value]) => old.get(name) !== JSON.stringify(value))
    .map(([name]) => name)
}
