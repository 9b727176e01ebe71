import { SETTING_GROUPS, SETTINGS, type Setting, type SettingGroup } from '../src/config/schema.ts'

const SOURCE_NOTE = 'Generated from src/config/schema.ts by `npm run generate`: do not edit by hand.'

/** The settings that a newcomer fills in; all others stand in `.env.example` as comments with their defaults. */
const TO_FILL_IN: readonly string[] = ['GEMINI_API_KEY', 'AUTH_TOKEN']

const LINE_WIDTH = 100

/** `.env.example`: every setting with what it does and its default. */
export function renderEnvExample(): string {
  const sections = settingGroups().flatMap(({ group, settings }) => [
    `# ==== ${SETTING_GROUPS[group].title} ====`,
    ...settings.map(renderEnvEntry),
  ])
  return `${[`# ${SOURCE_NOTE}\n# Copy this file to .env and fill in what you need.`, ...sections].join('\n\n')}\n`
}

function renderEnvEntry([name, setting]: NamedSetting): string {
  const unit = setting.unit === undefined ? '' : ` In ${setting.unit}.`
  const aliases = setting.aliases === undefined ? '' : ` Also: ${setting.aliases.join(', ')}.`
  const comment = wrap(setting.doc.replaceAll('`', '') + unit + aliases, LINE_WIDTH - 2).map(
    (line) => `# ${line}`,
  )
  const switchedOff = TO_FILL_IN.includes(name) ? '' : '# '
  return [...comment, `${switchedOff}${name}=${setting.default ?? ''}`].join('\n')
}

function wrap(text: string, width: number): readonly string[] {
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const last = lines.at(-1)
    if (last === undefined || last.length + 1 + word.length > width) lines.push(word)
    else lines[lines.length - 1] = `${last} ${word}`
  }
  return lines
}

/** The words of a settings table in one README's language. */
export interface TableLanguage {
  readonly header: readonly [variable: string, fallback: string, meaning: string]
  readonly none: string
  readonly units: Readonly<Record<NonNullable<Setting['unit']>, string>>
  readonly title: (group: SettingGroup) => string
  readonly doc: (setting: Setting) => string
}

export const ENGLISH: TableLanguage = {
  header: ['Variable', 'Default', 'Meaning'],
  none: 'none',
  units: { seconds: 's', MB: 'MB' },
  title: (group) => SETTING_GROUPS[group].title,
  doc: (setting) => setting.doc,
}

export const CHINESE: TableLanguage = {
  header: ['变量', '默认值', '说明'],
  none: '无',
  units: { seconds: '秒', MB: 'MB' },
  title: (group) => SETTING_GROUPS[group].titleZh,
  doc: (setting) => setting.docZh,
}

/** The settings of every group, as Markdown tables under headings of level 3. */
export function renderTables(language: TableLanguage): string {
  const sections = settingGroups().map(({ group, settings }) =>
    [
      `### ${language.title(group)}\n`,
      row(language.header),
      row(language.header.map(() => '---')),
      ...settings.map(([name, setting]) =>
        row([variableCell(name, setting), defaultCell(setting, language), language.doc(setting)]),
      ),
    ].join('\n'),
  )
  return [`<!-- ${SOURCE_NOTE} -->`, ...sections].join('\n\n')
}

function row(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
}

function variableCell(name: string, setting: Setting): string {
  return [name, ...(setting.aliases ?? [])].map((variable) => `\`${variable}\``).join('<br>')
}

function defaultCell({ default: text, unit }: Setting, { none, units }: TableLanguage): string {
  if (text === null || text === '') return none
  return unit === undefined ? `\`${text}\`` : `\`${text}\` ${units[unit]}`
}

const BEGIN = '<!-- settings:begin -->'
const END = '<!-- settings:end -->'

/** The document with `content` between its settings markers, or null when it does not have one pair of them. */
export function fillMarkers(document: string, content: string): string | null {
  const [before, rest, ...secondBegin] = document.split(BEGIN)
  const [, after, ...secondEnd] = rest?.split(END) ?? []
  if (before === undefined || after === undefined || secondBegin.length + secondEnd.length > 0) return null
  return `${before}${BEGIN}\n${content}\n${END}${after}`
}

type NamedSetting = readonly [name: string, setting: Setting]

function settingGroups(): readonly { group: SettingGroup; settings: readonly NamedSetting[] }[] {
  const byGroup = new Map<SettingGroup, NamedSetting[]>()
  for (const [name, setting] of Object.entries<Setting>(SETTINGS)) {
    byGroup.set(setting.group, [...(byGroup.get(setting.group) ?? []), [name, setting]])
  }
  return [...byGroup].map(([group, settings]) => ({ group, settings }))
}
