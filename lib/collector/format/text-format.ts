/** The text format: `2026-11-23 03:39:18,042 | INFO | sub.topic | message`, as the Python recipe writes it. */
import { toLevelName } from '../../record/levels.ts'
import { splitSubtopic } from '../../record/subtopic.ts'
import { getOwn } from '../../util/object.ts'
import type { TimeZone } from '../time/time-zone.ts'
import { toInstant } from '../time/timestamp.ts'
import { FlatRecordReader } from './flat-record-reader.ts'

/** What a sender's hello says about reading its records. */
export interface TextSettings {
  /** level names of the logger, by number */
  levels: Readonly<Record<string, string>>
  messageKey: string
  errorKey: string
}

/** The settings of a logger with pino's defaults. */
export const pinoSettings: TextSettings = { levels: {}, messageKey: 'msg', errorKey: 'err' }

const reader = new FlatRecordReader()

/** Python's level names where they differ, so that one search finds the records of both kinds of senders. */
const textLevelNames: Readonly<Record<string, string>> = { warn: 'WARNING', fatal: 'CRITICAL' }

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
  let entries = ''
  const lines = payload.toString()
  for (let start = 0, end = lines.indexOf('\n'); end !== -1; end = lines.indexOf('\n', start)) {
    entries += toTextEntry(lines.slice(start, end), settings, zone, now)
    start = end + 1
  }
  return Buffer.from(entries)
}

/** One record as an entry; a line that is not a JSON object becomes an INFO message. @param now time of arrival. Unit: ms since the epoch */
export function toTextEntry(
  line: string,
  settings: TextSettings,
  zone: TimeZone,
  now: number
): string {
  try {
    return decodeEntry(line, settings, zone, now)
  } catch {
    return joinEntry(now, 'INFO', '', line, zone) // nested too deeply for JSON.stringify
  }
}

function decodeEntry(line: string, settings: TextSettings, zone: TimeZone, now: number): string {
  const fields = reader.read(line)
  if (!fields) return joinEntry(now, 'INFO', '', line, zone)
  const { keys, values, isDigits } = fields
  const { messageKey, errorKey, levels } = settings
  let level: unknown
  let time: unknown
  let topic: unknown
  let message: unknown
  let stack = ''
  let shown = ''
  for (let index = 0; index < keys.length; index++) {
    const key = keys[index] ?? ''
    const value = values[index]
    if (key === 'level') level = isDigits?.[index] ? Number(value) : value
    else if (key === 'time') time = isDigits?.[index] ? Number(value) : value
    else if (isDigits?.[index]) shown += ` ${quote(key)}=${value as string}`
    else if (key === 'topic' && typeof value === 'string') topic = value
    else if (key === messageKey && typeof value === 'string') message = value
    else if (key === errorKey && toStack(value) !== '') stack = toStack(value)
    else shown += ` ${toField(key, value)}`
  }
  const { subtopic, text } = splitSubtopic(topic, message)
  const body = (text === '' ? shown.slice(1) : text + shown) + stack
  return joinEntry(toInstant(time) ?? now, toTextLevelName(level, levels), subtopic, body, zone)
}

function toTextLevelName(level: unknown, levelNames: Readonly<Record<string, string>>): string {
  const levelName = toLevelName(level, levelNames)
  return getOwn(textLevelNames, levelName) ?? levelName.toUpperCase()
}

/** An entry of the text format, with its newline. @param time ms since the epoch @param subtopic '' for none */
export function joinEntry(
  time: number,
  levelName: string,
  subtopic: string,
  body: string,
  zone: TimeZone
): string {
  const start = `${zone.toAsctime(time)} | ${levelName} | `
  return subtopic === '' ? `${start}${body}\n` : `${start}${subtopic} | ${body}\n`
}

function toStack(error: unknown): string {
  const stack = (error as { stack?: unknown } | null | undefined)?.stack
  return typeof stack === 'string' && stack !== '' ? `\n${stack}` : ''
}

function toField(key: string, value: unknown): string {
  return `${quote(key)}=${toValue(value)}`
}

function toValue(value: unknown): string {
  if (typeof value === 'string') return quote(value)
  return typeof value === 'number' ? String(value) : JSON.stringify(value)
}

/** A string as it is, or quoted as JSON where its end would not be clear. */
function quote(text: string): string {
  return text !== '' && !unquotable.test(text) ? text : JSON.stringify(text)
}

const unquotable = /[\s"=]/
