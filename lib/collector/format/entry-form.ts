import type { TimeZone } from '../time/time-zone.ts'
import { escapeBody, escapeStart, indent, type Entry } from './entry.ts'
import type { Column, TextName, TextTemplate, Word } from './text-template.ts'

/** What a template shows of a sender, as `toColumn` returns it; '' where it isn't known. */
export interface Source {
  app: string
  host: string
  pid: string
}

/** Columns of an entry and what they depend on. */
interface Steady {
  asctime: string
  levelName: string
  /** the columns, with the separator of the last column behind them */
  head: string
}

/** Writes the entries of one sender by one template. */
export class EntryForm {
  readonly names: ReadonlySet<TextName>
  readonly #template: TextTemplate
  readonly #source: Source
  /** columns that most entries share with the one before, which has them in `#last` */
  readonly #steady: readonly Column[]
  readonly #others: readonly Column[]
  /** whether `#others` show the topic alone, as the recipe does */
  readonly #isTopicAll: boolean
  readonly #last: Column
  /** what ends an entry, with its newline */
  readonly end: string
  /** whether an entry without sub-topic and source place is `toHead()`, the message, its fields and `end` */
  readonly isShort: boolean
  #before: Steady = { asctime: '', levelName: '', head: '' }

  constructor(template: TextTemplate, source: Source) {
    const { columns, steadyColumns, end } = template
    this.names = template.names
    this.#template = template
    this.#source = source
    this.#steady = columns.slice(0, steadyColumns)
    this.#others = columns.slice(steadyColumns, -1)
    this.#isTopicAll = this.#others.every(({ only }) => only === 'topic')
    this.#last = columns.at(-1) as Column
    this.end = `${end}\n`
    const areOthersEmpty = this.#others.every(({ only }) => only === 'topic' || only === 'caller')
    this.isShort = template.isUsual && this.#last.isBody && areOthersEmpty
  }

  /** An entry as it is written, with its newline. Each line of it but the first begins with four spaces. */
  join(entry: Entry, zone: TimeZone): string {
    const escaped = escapeBody(entry)
    const asctime = zone.toAsctime(entry.time)
    const line = this.#template.isUsual
      ? this.#joinUsual(escaped, asctime)
      : this.#joinAny(escaped, asctime)
    return entry.details === '' ? line : line + indent(entry.details)
  }

  /** The columns before the message, where `isShort`. @param timeMs ms since the epoch @param levelName as `toColumn` returns it */
  toHead(timeMs: number, levelName: string, zone: TimeZone): string {
    return this.#steadyOf(levelName, zone.toAsctime(timeMs)).head
  }

  /** Joins what begins with the time, and ends with the message: each separator belongs to the column behind it. */
  #joinUsual(entry: Entry, asctime: string): string {
    const before = this.#steadyOf(entry.levelName, asctime)
    const { message, fields } = entry
    const others = this.#isTopicAll && entry.subtopic === '' ? '' : this.#addOthers(entry, asctime)
    const { separator } = this.#last
    const head =
      others === ''
        ? before.head
        : before.head.slice(0, before.head.length - separator.length) + others + separator
    if (!this.#last.isBody) return head + this.#toColumn(this.#last, entry, asctime) + this.end
    return head + (message === '' ? fields.slice(1) : message + fields) + this.end
  }

  #steadyOf(levelName: string, asctime: string): Steady {
    const before = this.#before
    if (asctime === before.asctime && levelName === before.levelName) return before
    return (this.#before = this.#toSteady(levelName, asctime))
  }

  #addOthers(entry: Entry, asctime: string): string {
    let others = ''
    for (const column of this.#others) {
      const text = this.#toColumn(column, entry, asctime)
      if (text !== '') others += column.separator + text
    }
    return others
  }

  #toSteady(levelName: string, asctime: string): Steady {
    const entry = { ...emptyEntry, levelName }
    const parts: string[] = []
    for (const column of this.#steady) {
      const text = this.#toColumn(column, entry, asctime)
      if (text !== '' || column.isAlwaysWritten) parts.push(column.separator, text)
    }
    parts.push(this.#last.separator)
    // Unlike +, join makes one text of the parts at once.
    return { asctime, levelName, head: parts.join('') }
  }

  #joinAny(entry: Entry, asctime: string): string {
    const { columns, mayBeginWithSpace } = this.#template
    const start = columns[0]?.separator ?? ''
    let line = start
    for (const column of columns) {
      const text = this.#toColumn(column, entry, asctime)
      if (line.length === start.length) line += text
      else if (text !== '' || column.isAlwaysWritten) line += column.separator + text
    }
    const whole = line + this.end
    return mayBeginWithSpace ? escapeStart(whole) : whole
  }

  #toColumn({ words, only, isBody }: Column, entry: Entry, asctime: string): string {
    if (only !== undefined) return this.#valueOf(only, entry, asctime)
    const { message, fields } = entry
    if (isBody) return message === '' ? fields.slice(1) : message + fields
    let text = ''
    for (const word of words) {
      const shown = this.#toWord(word, entry, asctime)
      if (shown !== '') text += text === '' ? shown : word.gap + shown
    }
    return text
  }

  #toWord({ only, names, texts }: Word, entry: Entry, asctime: string): string {
    if (only !== undefined) return this.#valueOf(only, entry, asctime)
    let shown = ''
    for (const [index, name] of names.entries()) {
      const value = this.#valueOf(name, entry, asctime)
      if (value !== '') shown += shown === '' ? value : (texts[index] as string) + value
    }
    return shown === '' ? '' : `${texts[0]}${shown}${texts.at(-1)}`
  }

  #valueOf(name: TextName, entry: Entry, asctime: string): string {
    switch (name) {
      case 'time':
        return asctime
      case 'level':
        return entry.levelName
      case 'topic':
        return entry.subtopic
      case 'caller':
        return entry.caller
      case 'msg':
        return entry.message
      case 'fields':
        return entry.fields.slice(1)
      case 'app':
      case 'host':
      case 'pid':
        return this.#source[name]
    }
  }
}

/** Of which the columns that most entries share show nothing. */
const emptyEntry: Entry = {
  time: 0,
  levelName: '',
  subtopic: '',
  caller: '',
  message: '',
  fields: '',
  details: '',
  isSafe: true
}
