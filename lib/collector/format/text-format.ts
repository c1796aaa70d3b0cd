/** The text format: `2026-11-23 03:39:18,042 | INFO | sub.topic | message`, as the Python recipe writes it. */
import { toLevelName } from '../../record/levels.ts'
import { splitSubtopic } from '../../record/subtopic.ts'
import { getOwn } from '../../util/object.ts'
import type { TimeZone } from '../time/time-zone.ts'
import { toInstant } from '../time/timestamp.ts'
import { FlatRecordReader } from './flat-record-reader.ts'

/** What a sender's records need to become text. */
export interface TextSettings {
  levels: Readonly<Record<string, string>>
  messageKey: string
  errorKey: string
}

/** The settings of a logger with pino's defaults. */
export const pinoSettings: TextSettings = { levels: {}, messageKey: 'msg', errorKey: 'err' }

const reader = new FlatRecordReader()

/** Python's names where it has one, so that files of both kinds of senders can be searched alike. */
const textLevelNames: Readonly<Record<string, string>> = { warn: 'WARNING', fatal: 'CRITICAL' }

/**
 * @param payload whole NDJSON records
 * @param now when they came, for records without a time. Unit: ms since the epoch
 * @returns as many entries, each ended by a newline; an entry may have several lines
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

/** One record as an entry; a line that is no record goes as INFO. @param now ms since the epoch */
export function toTextEntry(
  line: string,
  settings: TextSettings,
  zone: TimeZone,
  now: number
): string {
  try {
    return decodeEntry(line, settings, zone, now)
  } catch {
    return joinEntry(now, 'INFO', '', line, zone) // so deep that JavaScript can't write it
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
  for (let at = 0; at < keys.length; at++) {
    const key = keys[at] ?? ''
    const value = values[at]
    if (key === 'level') level = isDigits?.[at] ? Number(value) : value
    else if (key === 'time') time = isDigits?.[at] ? Number(value) : value
    else if (isDigits?.[at]) shown += ` ${quote(key)}=${value as string}`
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

/** @param at ms since the epoch */
export function joinEntry(
  at: number,
  levelName: string,
  subtopic: string,
  body: string,
  zone: TimeZone
): string {
  const start = `${zone.toAsctime(at)} | ${levelName} | `
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

/** A text as it is, or quoted where a reader couldn't tell where it ends. */
function quote(text: string): string {
  return text !== '' && !unquotable.test(text) ? text : JSON.stringify(text)
}

const unquotable = /[\s"=]/
