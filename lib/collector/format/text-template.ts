/** Templates of the text format, such as `{time} | {level} | {app}@{host} | {msg} {fields}`. */
import { findLevelNumber, pinoLevelNames } from '../../record/levels.ts'
import { unsafeCharacters } from '../../util/unsafe-characters.ts'
import { suggestName } from '../../util/suggest.ts'

/** What a template can contain. */
export const textNames = [
  'time',
  'level',
  'topic',
  'app',
  'host',
  'pid',
  'caller',
  'msg',
  'fields'
] as const
/** The name of such a placeholder. */
export type TextName = (typeof textNames)[number]

/** One template for all levels, or templates by level name. The template of `default` is for all other levels. */
export type TextTemplates = string | Readonly<Record<string, string>>

/** What the Python recipe writes: the default. */
export const recipeTemplate = '{time} | {level} | {topic} | {msg} {fields}'

/** Text between spaces that has placeholders. */
export interface Word {
  /** what separates it from the word before it in its column */
  gap: string
  names: readonly TextName[]
  /** the text before each placeholder, and the text behind the last one */
  texts: readonly string[]
  /** the placeholder, where the word is nothing else */
  only: TextName | undefined
}

/** Words that are separated from others by text without placeholders. */
export interface Column {
  /** what separates it from the column before it; of the first one always written */
  separator: string
  words: readonly Word[]
  /** the placeholder, where the column is nothing else */
  only: TextName | undefined
  /** whether it is `{msg} {fields}` */
  isBody: boolean
  /** whether it is written also where it is empty: there is a place for time, level and message in each entry */
  isAlwaysWritten: boolean
}

/** A template that was read. */
export interface TextTemplate {
  columns: readonly Column[]
  /** number of leading columns that most entries share with the one before */
  steadyColumns: number
  /** whether it begins with the time, and has the message in its last column */
  isUsual: boolean
  /** whether an entry could begin with a space that a sender has written */
  mayBeginWithSpace: boolean
  /** what follows the last column */
  end: string
  names: ReadonlySet<TextName>
}

const placeholder = /\{([^{}]*)\}/g
const unsafe = new RegExp(`[${unsafeCharacters}]`)

/** Of the configuration: there are few. */
const known = new Map<string, TextTemplate>()

/** Reads a template in which `findTemplateFault` finds nothing. */
export function readTemplate(text: string): TextTemplate {
  let template = known.get(text)
  if (!template) known.set(text, (template = parseTemplate(text)))
  return template
}

function parseTemplate(text: string): TextTemplate {
  const parts: { separator: string; words: Word[] }[] = []
  let between = ''
  for (const [token] of text.matchAll(/\s+|\S+/g)) {
    const word = toWord(token, between)
    const last = parts.at(-1)
    if (word.names.length === 0) {
      between += token
      continue
    }
    if (last && between.trim() === '') last.words.push(word)
    else parts.push({ separator: between, words: [word] })
    between = ''
  }
  const columns = parts.map(({ separator, words }) => toColumn(separator, words))
  const firstOther = columns.findIndex(
    ({ words }) => !words.every(({ names }) => names.every(name => steadyNames.has(name)))
  )
  const steadyColumns = firstOther === -1 ? columns.length : firstOther
  const [first] = columns
  const hasTime = first?.words[0]?.names.includes('time') === true
  const mayBeginWithSpace = !hasSafeStart(first)
  return {
    columns,
    steadyColumns,
    isUsual:
      hasTime &&
      !mayBeginWithSpace &&
      steadyColumns > 0 &&
      columns.at(-1)?.isAlwaysWritten === true,
    mayBeginWithSpace,
    end: between,
    names: new Set(columns.flatMap(({ words }) => words.flatMap(({ names }) => names)))
  }
}

function toColumn(separator: string, words: readonly Word[]): Column {
  const [first, second] = words
  return {
    separator,
    words,
    only: words.length === 1 ? first?.only : undefined,
    isBody:
      words.length === 2 &&
      first?.only === 'msg' &&
      second?.gap === ' ' &&
      second.only === 'fields',
    isAlwaysWritten: words.some(({ names }) => names.some(name => alwaysWritten.has(name)))
  }
}

/** Whether entries begin with the time, which is never empty, or with text of the template. */
function hasSafeStart(column: Column | undefined): boolean {
  if (!column || column.separator !== '') return true
  const { names = [], texts = [] } = column.words[0] ?? {}
  return names[0] === 'time' || (texts[0] !== '' && names.includes('time'))
}

const alwaysWritten: ReadonlySet<TextName> = new Set(['time', 'level', 'msg'])
const steadyNames: ReadonlySet<TextName> = new Set(['time', 'level', 'app', 'host', 'pid'])

function toWord(token: string, gap: string): Word {
  const names = [...token.matchAll(placeholder)].map(([, name]) => name as TextName)
  const texts = token.split(/\{[^{}]*\}/)
  const isBare = names.length === 1 && texts.every(text => text === '')
  return { gap, names, texts, only: isBare ? names[0] : undefined }
}

/** @returns one template for all levels, or one for each of pino's in ascending order */
export function listTemplates(templates: TextTemplates): string[] {
  if (typeof templates === 'string') return [templates]
  const byLevel = new Map<number | undefined, string>()
  for (const [name, template] of Object.entries(templates))
    byLevel.set(findLevelNumber(name), template)
  const others = templates[otherLevels] ?? recipeTemplate
  return Object.keys(pinoLevelNames).map(level => byLevel.get(Number(level)) ?? others)
}

/** Key of the template for levels that have none of their own. */
export const otherLevels = 'default'

/** What is wrong with templates, as a message that follows the option's name; undefined where nothing is. */
export function findTemplatesFault(templates: TextTemplates): string | undefined {
  if (typeof templates === 'string') return findTemplateFault(templates)
  const namesByLevel = new Map<number, string>()
  for (const [name, template] of Object.entries(templates)) {
    const level = findLevelNumber(name)
    if (level === undefined && name !== otherLevels) return describeUnknownLevel(name)
    const other = level === undefined ? undefined : namesByLevel.get(level)
    if (other !== undefined) {
      return `must have one template for a level, got '${other}' and '${name}', which are the same; leave one out`
    }
    if (level !== undefined) namesByLevel.set(level, name)
    const fault = findTemplateFault(template)
    if (fault !== undefined) return `(${name}) ${fault}`
  }
  return undefined
}

/** What is wrong with the name of a level, as a message that follows the option's name. */
export function describeUnknownLevel(name: string): string {
  const names = [otherLevels, ...Object.values(pinoLevelNames)]
  const shown = /^[\w -]{1,20}$/.test(name) ? ` '${name}'` : ''
  return `has an unknown level${shown}${suggestName(name.toLowerCase(), names)}; known: ${names.join(', ')}`
}

function findTemplateFault(template: string): string | undefined {
  const names = [...template.matchAll(placeholder)].map(([, name = '']) => name)
  const unknown = names.find(name => !isTextName(name))
  const all = textNames.map(toShown).join(' ')
  if (unknown !== undefined) {
    const [, name = '', form = ''] = /^(\w+)([:!,][\w<>^+.# -]{0,20})$/.exec(unknown) ?? []
    if (isTextName(name)) {
      return `has {${name}${form}}: widths and formats are not supported; write ${toShown(name)}`
    }
    const shown = /^[\w -]{0,20}$/.test(unknown) ? unknown : '…' // a key may stand there
    return `has an unknown placeholder {${shown}}${suggestPlaceholder(unknown)}; known: ${all}`
  }
  if (!names.includes('msg')) return `must contain {msg}, or no message is written; known: ${all}`
  const doubled = names.find((name, index) => names.indexOf(name) < index)
  if (doubled !== undefined) return `must contain {${doubled}} only once`
  if (/^\s/.test(template)) {
    return 'must not begin with a space: a line that begins with one continues the previous entry'
  }
  if (unsafe.test(template)) return 'must be one line without control characters'
  return undefined
}

/** Whether it is the name of a placeholder. */
export function isTextName(name: string): name is TextName {
  return (textNames as readonly string[]).includes(name)
}

const toShown = (name: string): string => `{${name}}`

function suggestPlaceholder(unknown: string): string {
  const meant = Object.hasOwn(otherNames, unknown) ? otherNames[unknown] : undefined
  return meant === undefined
    ? suggestName(unknown, textNames, toShown)
    : ` (did you mean '${toShown(meant)}'?)`
}

/** What Python's logging and pino call the same. */
const otherNames: Readonly<Record<string, TextName>> = {
  asctime: 'time',
  date: 'time',
  timestamp: 'time',
  levelname: 'level',
  severity: 'level',
  subtopic: 'topic',
  name: 'app',
  root: 'app',
  hostname: 'host',
  process: 'pid',
  pathname: 'caller',
  filename: 'caller',
  lineno: 'caller',
  source: 'caller',
  message: 'msg',
  extra: 'fields'
}
