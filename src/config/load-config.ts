import * as z from 'zod/mini'
import { unquote } from '../lib/unquote.ts'
import { ConfigError, type ConfigProblem } from './config-error.ts'
import { type Config, SETTINGS, type Setting } from './schema.ts'

/** Settings as text, by variable name. */
export type SettingTexts = Readonly<Record<string, string | undefined>>

/**
 * Reads every setting from the environment. A text that is empty or blank counts as not set, white space and one
 * pair of quotes around it are dropped, unknown variables are none of our business.
 *
 * Stored overrides will be `SettingTexts` too: laid over `env` (only settings that are `live`) before they come here,
 * they go through the same schemas.
 *
 * @throws ConfigError with all problems at once.
 */
export function loadConfig(env: SettingTexts): Config {
  const problems: ConfigProblem[] = []
  const values = Object.entries(SETTINGS).map(
    ([name, setting]) => [name, readSetting(name, setting, env, problems)] as const,
  )
  if (problems.length > 0) throw new ConfigError(problems)
  // Texts become typed values here: each property was read by the schema that `Config` takes its type from.
  return Object.freeze(Object.fromEntries(values)) as Config
}

function readSetting(name: string, setting: Setting, env: SettingTexts, problems: ConfigProblem[]): unknown {
  const given = [name, ...(setting.aliases ?? [])]
    .map((variable) => ({ variable, text: unquote(env[variable] ?? '') }))
    .filter(({ text }) => text !== '')
  if (given.length === 0 && setting.default === null) return null

  const texts = given.length > 0 ? given.map(({ text }) => text) : [setting.default ?? '']
  const read = z.safeParse(setting.schema, texts)
  if (read.success) return read.data
  for (const { path, message } of read.error.issues) {
    const [text, position] = path
    const variable = given[Number(text ?? 0)]?.variable ?? name
    problems.push({
      variable,
      expected: message,
      ...(typeof position === 'number' && { position }),
    })
  }
  return undefined
}
