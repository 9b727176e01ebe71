import * as z from 'zod/mini'
import { unquote } from '../lib/unquote.ts'
import { ConfigError, type ConfigProblem } from './config-error.ts'
import { type Config, SETTINGS, type Setting, settingNamed } from './schema.ts'

/** Settings as text, by variable name. */
export type SettingTexts = Readonly<Record<string, string | undefined>>

/** The settings in force, and which overrides could not be taken. */
export interface LoadedConfig {
  readonly config: Config
  /** What is said of an override that was left out: the setting is as it would be without it. */
  readonly rejected: readonly ConfigProblem[]
}

/**
 * Reads every setting from the environment. A text that is empty or blank counts as not set, white space and one
 * pair of quotes around it are dropped, unknown variables are none of our business.
 *
 * @throws ConfigError with all problems at once.
 */
export function loadConfig(env: SettingTexts): Config {
  return loadConfigWithOverrides(env, {}).config
}

/**
 * As `loadConfig`, with overrides over the environment: the same schemas read both.
 *
 * An override stands for the setting as a whole, whatever the environment says under any of its names; a blank one
 * sets the default. One that cannot be used is left out and reported, for it must not stop a start: neither must
 * one of a setting that is not `live`, an alias, or an unknown name (of a later version, it may be).
 *
 * @throws ConfigError for what is wrong in the environment, overridden or not.
 */
export function loadConfigWithOverrides(env: SettingTexts, overrides: SettingTexts): LoadedConfig {
  const problems: ConfigProblem[] = []
  const rejected: ConfigProblem[] = Object.entries(overrides)
    .filter(([variable, text]) => text !== undefined && settingNamed(variable)?.live !== true)
    .map(([variable]) => ({ variable, expected: 'a setting that can be changed while the gateway runs' }))
  const values = Object.entries<Setting>(SETTINGS).map(([name, setting]) => {
    const own = readSetting(name, setting, env, problems)
    const override = overrides[name]
    if (override === undefined || !setting.live) return [name, own]
    const value = readSetting(name, setting, { [name]: override }, rejected)
    return [name, value === undefined ? own : value]
  })
  if (problems.length > 0) throw new ConfigError(problems)
  // Texts become typed values here: each property was read by the schema that `Config` takes its type from.
  return { config: Object.freeze(Object.fromEntries(values)) as Config, rejected }
}

/** @returns undefined when the text cannot be used; what is wrong with it is added to `problems`. */
function readSetting(
  name: string,
  setting: Setting,
  texts: SettingTexts,
  problems: ConfigProblem[],
): unknown {
  const given = [name, ...(setting.aliases ?? [])]
    .map((variable) => ({ variable, text: unquote(texts[variable] ?? '') }))
    .filter(({ text }) => text !== '')
  if (given.length === 0 && setting.default === null) return null

  const words = given.length > 0 ? given.map(({ text }) => text) : [setting.default ?? '']
  const read = z.safeParse(setting.schema, words)
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
