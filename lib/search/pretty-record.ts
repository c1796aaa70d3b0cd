/** Records for people, by pino-pretty. Nothing that a sender writes can control a terminal or look like another record. */
import { prettyFactory } from 'pino-pretty'
import { TimeZone } from '../collector/time/time-zone.ts'
import { escapeLine, escapeLines } from './escape.ts'
import type { LineSettings } from './query.ts'
import type { JsonRecord } from './record-test.ts'

/** What is known of a record besides its members. */
export interface PrettyFacts {
  /** NaN where it is unknown. Unit: ms since the epoch */
  timeMs: number
  /** pino's number, NaN where it is unknown */
  level: number
}

/** Keys by which records have time, level and message; an earlier one counts more. */
interface PrettyKeys {
  time: readonly string[]
  level: readonly string[]
  message: readonly string[]
}

/** Makes records readable. */
export class PrettyPrinter {
  readonly #keys: PrettyKeys
  readonly #print: (record: object) => string

  constructor(lines: LineSettings, isColored: boolean) {
    this.#keys = toKeys(lines)
    const zone = new TimeZone(lines.timezone)
    const time = (value: unknown): string =>
      `[${typeof value === 'number' ? zone.toAsctime(value) : String(value)}]`
    this.#print = prettyFactory({
      colorize: isColored,
      ignore: '',
      translateTime: false, // or `time` would get a text without the date, in the zone of this process
      customPrettifiers: { time }
    })
  }

  /** @returns one or more lines, each with its newline; only the first one doesn't begin with a space */
  print(record: JsonRecord, { timeMs, level }: PrettyFacts): string {
    const { time, level: levelKeys, message } = this.#keys
    const shown = toSafe(record, 0) as Record<string, unknown>
    move(shown, levelKeys, 'level', Number.isNaN(level) ? undefined : level)
    move(shown, time, 'time', Number.isNaN(timeMs) ? undefined : timeMs)
    move(shown, message, 'msg', undefined)
    return this.#print(shown)
  }
}

function toKeys({ timeKey, levelKey, messageKey }: LineSettings): PrettyKeys {
  return {
    time: [timeKey, 'time', 'timestamp', '@timestamp'],
    level: [levelKey, 'level', 'severity', 'log.level'],
    message: [messageKey, 'msg', 'message']
  }
}

/** Gives a member the key that pino-pretty knows. @param value in place of the member's own */
function move(
  record: Record<string, unknown>,
  keys: readonly string[],
  usual: string,
  value: unknown
): void {
  const key = keys.find(each => Object.hasOwn(record, each))
  if (key === undefined) return
  const moved = value ?? record[key]
  delete record[key]
  record[usual] = moved
}

/** A deeper value is shown as JSON of no further depth. */
const maxDepth = 32

/** A copy of a value in which no text has anything that a terminal acts on; a stack keeps its lines. */
function toSafe(value: unknown, depth: number, key = ''): unknown {
  if (typeof value === 'string') {
    return key === 'stack' ? escapeLines(value) : escapeLine(value)
  }
  if (typeof value !== 'object' || value === null) return value
  if (depth >= maxDepth) return '…'
  if (Array.isArray(value)) return value.map(item => toSafe(item, depth + 1))
  const members = Object.entries(value).map(
    ([name, item]) => [escapeLine(name), toSafe(item, depth + 1, name)] as const
  )
  return Object.fromEntries(members)
}
