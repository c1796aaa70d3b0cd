/** The text format: `2026-11-23 03:39:18,042 | INFO | sub.topic | message`, as the Python recipe writes it. */
import { FlatRecordReader } from '../../record/flat-record-reader.ts'
import { toCapitals, toLevelName, toLevelNumber } from '../../record/levels.ts'
import { readScalar, readText, type Members } from '../../record/members.ts'
import { RoleFinder, type RoleKeys, type Roles } from '../../record/roles.ts'
import { splitSubtopic, topicDelimiter } from '../../record/subtopic.ts'
import type { TimeZone } from '../time/time-zone.ts'
import { toInstant } from '../time/timestamp.ts'
import { findCaller, readCaller, type CallerMembers } from './caller.ts'
import { EntryForms } from './entry-forms.ts'
import type { EntryForm, Source } from './entry-form.ts'
import { toColumn } from './entry.ts'
import { showError, ShownMembers, toField, toMemberField } from './fields.ts'
import { recipeTemplate } from './text-template.ts'

/** How to read a sender's records. */
export interface TextSettings extends RoleKeys {
  /** level names of the logger, by number */
  levels: Readonly<Record<string, string>>
  source: Source
  /** one for all levels, or one for each of pino's in ascending order */
  templates: readonly string[]
}

/** The settings of a logger of which nothing is known. */
export const pinoSettings: TextSettings = {
  levels: {},
  source: { app: '', host: '', pid: '' },
  templates: [recipeTemplate]
}

/** Larger payloads are converted in pieces: that is faster, and a string has a maximum length. Unit: bytes */
const pieceBytes = 64 * 1024
/** So are entries much longer than their records. Unit: characters */
const maxPieceLength = 16 * 1024 * 1024

/**
 * Converts records to the text format.
 * @param payload whole NDJSON records
 * @param now time of arrival, for records without a time. Unit: ms since the epoch
 * @returns one entry a record, each ended by a newline; an entry may have several lines
 */
export function toText(
  payload: Buffer,
  settings: TextSettings,
  zone: TimeZone,
  now: number
): Buffer {
  const pieces: Buffer[] = []
  convert(payload, settings, zone, now, entries => pieces.push(Buffer.from(entries)))
  return pieces.length === 1 ? (pieces[0] as Buffer) : Buffer.concat(pieces)
}

/** The same in pieces. @param onEntries called with some of the entries, in their order */
export function convert(
  payload: Buffer,
  settings: TextSettings,
  zone: TimeZone,
  now: number,
  onEntries: (entries: string) => void
): void {
  const writer = new EntryWriter(settings, zone, now)
  for (let start = 0; start < payload.length;) {
    const end = payload.indexOf('\n', start + pieceBytes) + 1 || payload.length
    convertPiece(payload.toString('utf8', start, end), writer, onEntries)
    start = end
  }
}

function convertPiece(
  lines: string,
  writer: EntryWriter,
  onEntries: (entries: string) => void
): void {
  let entries = ''
  for (let start = 0; start < lines.length;) {
    const newline = lines.indexOf('\n', start)
    const end = newline === -1 ? lines.length : newline
    entries += writer.toEntry(lines.slice(start, end))
    start = end + 1
    if (entries.length < maxPieceLength) continue
    onEntries(entries)
    entries = ''
  }
  onEntries(entries)
}

const reader = new FlatRecordReader()

/** Which members of a record an entry shows, and how. */
interface Plan {
  roles: Roles
  caller: CallerMembers | undefined
  /** by the form that shows the others */
  shownBy: Map<EntryForm, ShownMembers>
  /** of the record before: most have the level of that one, and in a busy app many have its time */
  level: ReadValue<string | number>
  time: ReadValue<number>
  /** `level` as an entry has it */
  levelColumn: string
  /** of that level */
  form: EntryForm
  /** of that form */
  shown: ShownMembers
  /** whether an entry of these records may be short, see `#toShortEntry` */
  maybeShort: boolean
  /** the columns of a short entry, up to its message; undefined since level or time have changed */
  head: string | undefined
}

/** A value of a record, and what it was read as; undefined where it isn't what it should be. */
interface ReadValue<T> {
  /** undefined where the record has none */
  raw: string | undefined
  value: T | undefined
}

/** Converts the records of one sender. */
export class EntryWriter {
  readonly #settings: TextSettings
  readonly #roles: RoleFinder
  readonly #zone: TimeZone
  readonly #now: number
  readonly #forms: EntryForms
  /** by the keys of a layout: all its records have the same ones */
  readonly #plans = new WeakMap<readonly string[], Plan>()
  /** the keys of the record before, and their plan */
  #lastKeys: readonly string[] | undefined
  #lastPlan: Plan | undefined

  /** @param now time of arrival, for records without a time. Unit: ms since the epoch */
  constructor(
    settings: TextSettings,
    zone: TimeZone,
    now: number,
    forms = new EntryForms(settings.templates, settings.source)
  ) {
    this.#settings = settings
    this.#roles = new RoleFinder(settings)
    this.#zone = zone
    this.#now = now
    this.#forms = forms
  }

  /**
   * One record as an entry, with its newline. A line that is not a JSON object becomes an INFO message.
   * @param levelName in place of the record's own
   */
  toEntry(line: string, levelName?: string): string {
    try {
      return this.#toEntry(line, levelName)
    } catch {
      return this.#toInfoEntry(line) // whatever is wrong with it, it is kept
    }
  }

  #toEntry(line: string, levelName: string | undefined): string {
    const record = reader.read(line)
    if (!record) return this.#toInfoEntry(line)
    const plan = this.#planFor(record)
    this.#readLevel(record, plan)
    this.#readTime(record, plan)
    const isShort = plan.maybeShort && levelName === undefined
    const entry = isShort ? this.#toShortEntry(record, plan) : undefined
    return entry ?? this.#toAnyEntry(record, plan, levelName)
  }

  /**
   * Most entries have time and level, no sub-topic, and nothing that needs an escape: their columns are those of the
   * entry before, unless the time has changed. @returns undefined for all others
   */
  #toShortEntry(record: Members, plan: Plan): string | undefined {
    const head = plan.head ?? this.#toHead(plan)
    const message = record.values[plan.roles.message] as string
    if (head === undefined || message.includes(topicDelimiter)) return undefined
    const fields = plan.shown.toFields(record)
    return head + (message === '' ? fields.slice(1) : message + fields) + plan.form.end
  }

  #toHead(plan: Plan): string | undefined {
    const { level, time, form, levelColumn } = plan
    if (level.value === undefined || time.value === undefined) return undefined
    return (plan.head = form.toHead(time.value, levelColumn, this.#zone))
  }

  #toAnyEntry(record: Members, plan: Plan, levelName: string | undefined): string {
    const { roles, shown, form, caller } = plan
    const [level, time] = [plan.level.value, plan.time.value]
    const error = roles.error === -1 ? undefined : showError(record, roles.error)
    let fields = error ? '' : shown.toFields(record)
    if (error) {
      for (const member of shown.members)
        fields += member.index === roles.error ? error.fields : toMemberField(member, record)
    }
    if (level === undefined) fields += toField(record, roles.level)
    if (time === undefined) fields += toField(record, roles.time)
    if (record.rest !== '') fields += ` ${record.rest}`
    const topic = readText(record, roles.topic)
    const { subtopic, text } = splitSubtopic(topic, readText(record, roles.message))
    return form.join(
      {
        time: time ?? this.#now,
        levelName: levelName ?? plan.levelColumn,
        subtopic: subtopic === '' ? '' : toColumn(subtopic),
        caller: caller && form.names.has('caller') ? toColumn(readCaller(record, caller)) : '',
        message: text,
        fields,
        details: error?.stack ?? '',
        isSafe: record.isSafe
      },
      this.#zone
    )
  }

  #toInfoEntry(message: string): string {
    const entry = { levelName: info, subtopic: '', caller: '', message, fields: '', details: '' }
    const form = this.#forms.forLevel(defaultLevel)
    return form.join({ time: this.#now, ...entry, isSafe: false }, this.#zone)
  }

  #readLevel(record: Members, plan: Plan): void {
    const { level: index } = plan.roles
    const raw = index === -1 ? undefined : record.values[index]
    if (raw === plan.level.raw) return
    const value = readScalar(record, index)
    const { levels } = this.#settings
    plan.level = { raw, value }
    plan.head = undefined
    plan.levelColumn = toLevelColumn(value, levels)
    if (!this.#forms.differ) return
    plan.form = this.#forms.forLevel(toLevelNumber(value, levels))
    plan.shown = plan.shownBy.get(plan.form) ?? this.#toShown(record, plan)
    plan.shownBy.set(plan.form, plan.shown)
    plan.maybeShort = isShortLayout(record, plan)
  }

  #readTime(record: Members, plan: Plan): void {
    const { time: index } = plan.roles
    const raw = index === -1 ? undefined : record.values[index]
    if (raw === plan.time.raw) return
    plan.head = undefined
    plan.time = { raw, value: toInstant(readScalar(record, index), this.#zone) }
  }

  #planFor(record: Members): Plan {
    if (!record.isSafe) return this.#makePlan(record)
    if (record.keys !== this.#lastKeys) {
      this.#lastKeys = record.keys
      this.#lastPlan = this.#findPlan(record)
    }
    return this.#lastPlan as Plan
  }

  #findPlan(record: Members): Plan {
    let plan = this.#plans.get(record.keys)
    if (!plan) this.#plans.set(record.keys, (plan = this.#makePlan(record)))
    return plan
  }

  #makePlan(record: Members): Plan {
    const roles = this.#roles.find(record)
    const caller = findCaller(record)
    const form = this.#forms.forLevel(defaultLevel)
    const shown = this.#toShown(record, { roles, caller, form })
    const shownBy = new Map([[form, shown]])
    const maybeShort = isShortLayout(record, { roles, caller, form })
    const before = { level: none, time: none, levelColumn: info, head: undefined }
    return { roles, caller, form, shown, shownBy, maybeShort, ...before }
  }

  /** The members that an entry shows as fields: those that it shows nowhere else. */
  #toShown(
    { keys }: Members,
    { roles, caller, form }: Pick<Plan, 'roles' | 'caller' | 'form'>
  ): ShownMembers {
    const isCaller = (index: number): boolean =>
      form.names.has('caller') && (index === caller?.place || index === caller?.line)
    const isShown = (index: number): boolean =>
      index !== roles.level &&
      index !== roles.time &&
      index !== roles.topic &&
      index !== roles.message &&
      !isCaller(index)
    return new ShownMembers(keys, isShown, this.#toRepeated(form))
  }

  /** What a record repeats of its sender, as JSON, by the key under which pino has it. */
  #toRepeated({ names }: EntryForm): Record<string, string> {
    const { app, host, pid } = this.#settings.source
    return {
      ...(names.has('app') && { name: JSON.stringify(app) }),
      ...(names.has('host') && { hostname: JSON.stringify(host) }),
      ...(names.has('pid') && { pid })
    }
  }
}

/** Whether records with these keys can have short entries. */
function isShortLayout(
  { isSafe }: Members,
  { roles, caller, form }: Pick<Plan, 'roles' | 'caller' | 'form'>
): boolean {
  const hasOthers = roles.topic !== -1 || roles.error !== -1 || caller !== undefined
  return isSafe && !hasOthers && roles.message !== -1 && form.isShort
}

const none = { raw: undefined, value: undefined }
/** The level of a record without one. */
const info = 'INFO'
/** The same as a number. */
const defaultLevel = 30

/** The level as an entry has it. @param level what the record has */
function toLevelColumn(
  level: string | number | undefined,
  levelNames: Readonly<Record<string, string>>
): string {
  const levelName = toLevelName(level, levelNames)
  const known = levelColumns.get(levelName)
  if (known !== undefined) return known
  const column = toColumn(toCapitals(levelName))
  if (levelColumns.size < maxLevelColumns) levelColumns.set(levelName, column)
  return column
}

const levelColumns = new Map<string, string>()
/** Loggers have a few level names, but a text may be anything. */
const maxLevelColumns = 1000
