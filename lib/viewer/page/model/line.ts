/** One record as the list shows it. */
import { pinoLevelNames, toLevelNumber } from '../../../record/levels.ts'
import { splitSubtopic } from '../../../record/subtopic.ts'
import { isObject, parseObject } from '../../../util/object.ts'

/** What is known of a record without its other members. Names and texts are as the sender wrote them: see `showText`. */
export interface Line {
  /** NaN where it is unknown. Unit: ms since the epoch */
  readonly timeMs: number
  /** pino's number */
  readonly level: number
  readonly app: string
  readonly host: string
  readonly topic: string
  readonly message: string
  /** the line as the collector has it */
  readonly text: string
}

/** The keys of a log's records; '' = the usual ones. */
export interface LineKeys {
  readonly timeKey: string
  readonly levelKey: string
  readonly messageKey: string
}

const usualKeys: LineKeys = { timeKey: '', levelKey: '', messageKey: '' }

/** One member of a record, or of an object in it. */
export interface Member {
  /** `err.code` is the member `code` of the object `err` */
  readonly key: string
  /** a text as it is, everything else as JSON */
  readonly value: string
  /** whether a filter can ask for this value: it is a text, a number, true, false or null */
  readonly isScalar: boolean
}

type JsonObject = Record<string, unknown>

/** @param text a line of JSON, or any other text */
export function parseLine(text: string, keys: LineKeys = usualKeys): Line {
  const record = parseObject(text)
  if (!record) return { ...unknown, message: text, text }
  const { timeKey, levelKey, messageKey } = keys
  const message = firstText(record, [messageKey || 'msg', 'msg', 'message', 'text'])
  return {
    timeMs: toTimeMs(firstValue(record, [timeKey || 'time', 'time', 'timestamp', '@timestamp'])),
    level: toLevelNumber(
      firstValue(record, [levelKey || 'level', 'level', 'severity', 'log.level']),
      {}
    ),
    app: firstText(record, ['name']),
    host: firstText(record, ['hostname']),
    topic: splitSubtopic(record['topic'], message).subtopic,
    message: message === '' ? describeError(record) : message,
    text
  }
}

const unknown = { timeMs: Number.NaN, level: 30, app: '', host: '', topic: '' }

/** Objects are opened down to this depth; what is deeper stays JSON. */
const maxDepth = 6
/** A record with more members shows the first ones. */
export const maxMembers = 2000

/** The members of a line, those of objects in it included; none where it isn't a JSON object. */
export function listMembers(text: string): Member[] {
  const members: Member[] = []
  const record = parseObject(text)
  if (record) addMembers(members, record, '', 0)
  return members
}

function addMembers(members: Member[], record: JsonObject, prefix: string, depth: number): void {
  for (const [name, value] of Object.entries(record)) {
    if (members.length >= maxMembers) return
    const key = prefix + name
    if (isObject(value) && depth < maxDepth && Object.keys(value).length > 0) {
      addMembers(members, value, `${key}.`, depth + 1)
    } else {
      const isScalar = typeof value !== 'object' || value === null
      members.push({
        key,
        value: toText(value),
        isScalar
      })
    }
  }
}

const shownElsewhere = new Set(
  'level time name hostname msg pid severity log.level timestamp @timestamp message text topic v'.split(
    ' '
  )
)

/** The members that have no column of their own, as one short text. @param maxLength in characters */
export function summarize(text: string, maxLength: number): string {
  let summary = ''
  for (const [key, value] of Object.entries(parseObject(text) ?? {})) {
    if (shownElsewhere.has(key)) continue
    const shown = toText(value)
    summary += `${summary === '' ? '' : '  '}${key}=${shown.slice(0, maxLength)}`
    if (summary.length >= maxLength) return `${summary.slice(0, maxLength)}…`
  }
  return summary
}

/** A text as it is, everything else as JSON. */
function toText(value: unknown): string {
  if (typeof value === 'string') return value
  try {
    return JSON.stringify(value)
  } catch {
    return '(nested too deeply to be shown)' // JSON.stringify needs stack for each level
  }
}

/** pino's name of a level, or of the next lower one that has a name: for its colour. */
export function levelNameOf(level: number): string {
  const number = Math.min(60, Math.max(10, Math.floor(level / 10) * 10))
  return pinoLevelNames[number] ?? 'info'
}

function firstValue(record: JsonObject, keys: readonly string[]): unknown {
  const key = keys.find(each => Object.hasOwn(record, each))
  return key === undefined ? undefined : record[key]
}

function firstText(record: JsonObject, keys: readonly string[]): string {
  const value = keys.map(key => record[key]).find(each => typeof each === 'string')
  return typeof value === 'string' ? value : ''
}

/** The message of an error that was logged without a text. */
function describeError(record: JsonObject): string {
  const error = record['err']
  return isObject(error) && typeof error['message'] === 'string' ? error['message'] : ''
}

function toTimeMs(time: unknown): number {
  if (typeof time === 'number') return time
  return typeof time === 'string' ? Date.parse(time) : Number.NaN
}
