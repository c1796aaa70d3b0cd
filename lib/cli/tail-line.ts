import { prettyFactory } from 'pino-pretty'
import { PlainMessage } from '../collector/format/plain-message.ts'
import { recallTopic, type TopicParts } from '../collector/format/topic-parts.ts'
import { TimeZone } from '../collector/time/time-zone.ts'
import { pinoLevelNames } from '../record/levels.ts'
import { getOwn, isObject, parseObject } from '../util/object.ts'
import { escapeLine, escapeText } from '../util/unsafe-characters.ts'
import {
  matchesRecord,
  matchesSource,
  type LiveFilter,
  type LiveSource
} from '../wire/live-filter.ts'

/** Of a longer topic only the beginning counts. Unit: bytes */
const maxTopicBytes = 1024

/** Which records are shown, and how. */
export interface TailLineOptions {
  filter: LiveFilter
  /** matches the record's line of JSON; undefined = all */
  grep: RegExp | undefined
  /** whether records are written as NDJSON */
  isJson: boolean
  isColored: boolean
}

type JsonObject = Record<string, unknown>

/**
 * Turns plain messages into lines for people, or NDJSON. Whatever a record contains, no terminal acts on the lines, and none
 * looks like several.
 */
export class TailLines {
  readonly #options: TailLineOptions
  readonly #zone = new TimeZone('local')
  readonly #toReadable: (record: object) => string
  /** of the record that is being written, where pino has no name for its level */
  #levelName: string | undefined

  constructor(options: TailLineOptions) {
    this.#options = options
    this.#toReadable = prettyFactory({
      colorize: options.isColored,
      singleLine: true,
      ignore: '',
      translateTime: 'SYS:HH:MM:ss.l',
      customPrettifiers: {
        level: (_level, _key, _record, { labelColorized }) => this.#levelName ?? labelColorized
      }
    })
  }

  /** @param now time of arrival. Unit: ms since the epoch @returns the line with its newline; undefined where a filter excludes it */
  toLine(topic: Buffer, text: Buffer, now: number): string | undefined {
    const parts = recallTopic(topic.toString('utf8', 0, maxTopicBytes))
    const message = new PlainMessage(parts, text, this.#zone, now)
    let line = message.toRecord()
    let record = parseObject(line)
    if (!record) {
      line = message.toUnreadRecord()
      record = parseObject(line) as JsonObject
    }
    if (!this.#matches(record, parts) || this.#options.grep?.test(line) === false) return undefined
    if (this.#options.isJson) return escapeJson(line)
    this.#levelName = findLevelName(record['level'], parts)
    return this.#write(record, line)
  }

  #matches(record: JsonObject, { app: root, level: ofTopic, subtopic }: TopicParts): boolean {
    const { level } = record
    const { filter } = this.#options
    const isSource = toSources(record, root).some(source => matchesSource(filter, source))
    return isSource && matchesRecord(filter, typeof level === 'number' ? level : ofTopic, subtopic)
  }

  #write(record: JsonObject, line: string): string {
    try {
      return this.#toReadable(toSafe(record))
    } catch {
      // Keys that pino-pretty stumbles over, or objects nested too deep for it.
      return `${escapeLine(line.trimEnd())}\n`
    }
  }
}

/** Who may have logged a record: whom it names, who has sent it, and the app that a gap record is about. */
function toSources({ name, hostname, sentBy, gap }: JsonObject, root: string): LiveSource[] {
  const said = { root, app: toText(name), host: toText(hostname) }
  const sender = toText(sentBy)
  const split = sender.lastIndexOf('@')
  const sentFrom = { root, app: sender.slice(0, Math.max(0, split)), host: sender.slice(split + 1) }
  const about = isObject(gap) ? [{ root, app: toText(gap['app']), host: toText(gap['host']) }] : []
  return [said, sentFrom, ...about]
}

/** @returns undefined where pino has a name for the level */
function findLevelName(level: unknown, { hasLevel, levelName }: TopicParts): string | undefined {
  if (getOwn(pinoLevelNames, String(level)) !== undefined) return undefined
  return hasLevel ? escapeLine(levelName) : `LEVEL ${String(level)}`
}

function toText(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

/** A line of JSON with its newline. */
function escapeJson(line: string): string {
  return `${escapeLine(line.slice(0, -1))}\n`
}

/** The record with all its texts escaped. Further lines of its message are indented, so that they don't look like records. */
function toSafe(record: JsonObject): JsonObject {
  const members = Object.entries(record).map(([key, value]): [string, unknown] => {
    if (typeof value !== 'string') return [escapeLine(key), toSafeValue(value)]
    const isLong = key === 'msg' || key === 'stack'
    return [
      escapeLine(key),
      isLong ? escapeText(value).replaceAll('\n', '\n    ') : escapeLine(value)
    ]
  })
  return Object.fromEntries(members)
}

/** Newlines stay, for stacks of errors: pino-pretty writes others as escapes. */
function toSafeValue(value: unknown): unknown {
  if (typeof value === 'string') return escapeText(value)
  if (Array.isArray(value)) return value.map(toSafeValue)
  if (!isObject(value)) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [escapeLine(key), toSafeValue(item)])
  )
}
