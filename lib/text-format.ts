/** The text format: `2026-11-23 03:39:18,042 | INFO | sub.topic | message`, as the Python recipe writes it. */
import { parseObject } from './hello.ts'
import { lookUp, toLabel } from './levels.ts'
import { splitSubtopic } from './subtopic.ts'
import type { Zone } from './zone.ts'

/** What a sender's records need to become text. */
export interface TextSettings {
  levels: Readonly<Record<string, string>>
  messageKey: string
  errorKey: string
}

/** The settings of a logger with pino's defaults. */
export const pinoSettings: TextSettings = { levels: {}, messageKey: 'msg', errorKey: 'err' }

/** Python's names where it has one, so that files of both kinds of senders can be searched alike. */
const textLabels: Readonly<Record<string, string>> = { warn: 'WARNING', fatal: 'CRITICAL' }

/**
 * @param payload whole NDJSON records
 * @param now when they came, for records without a time. Unit: ms since the epoch
 * @returns as many entries, each ended by a newline; an entry may have several lines
 */
export function toText(payload: Buffer, settings: TextSettings, zone: Zone, now: number): Buffer {
  let entries = ''
  const lines = payload.toString()
  for (let start = 0, end = lines.indexOf('\n'); end !== -1; end = lines.indexOf('\n', start)) {
    entries += toTextEntry(lines.slice(start, end), settings, zone, now)
    start = end + 1
  }
  return Buffer.from(entries)
}

function toTextEntry(line: string, settings: TextSettings, zone: Zone, now: number): string {
  const record = parseObject(line)
  if (!record) return joinEntry(now, 'INFO', '', line, zone)
  const { level, time, topic, ...rest } = record
  const { [settings.messageKey]: message, [settings.errorKey]: error, ...fields } = rest
  if (typeof topic !== 'string' && topic !== undefined) fields['topic'] = topic
  const label = toLabel(level, settings.levels)
  const { subtopic, text } = splitSubtopic(topic, message)
  if (typeof message !== 'string' && message !== undefined) fields[settings.messageKey] = message
  const stack = toStack(error)
  if (error !== undefined && stack === '') fields[settings.errorKey] = error
  const body = [text, ...Object.entries(fields).map(toField)].filter(part => part !== '').join(' ')
  const at = toInstant(time) ?? now
  return joinEntry(
    at,
    lookUp(textLabels, label) ?? label.toUpperCase(),
    subtopic,
    body + stack,
    zone
  )
}

/** @param at ms since the epoch */
export function joinEntry(
  at: number,
  label: string,
  subtopic: string,
  body: string,
  zone: Zone
): string {
  const wall = zone.toWall(at).toISOString()
  const asctime = `${wall.slice(0, 10)} ${wall.slice(11, 19)},${wall.slice(20, 23)}`
  return subtopic === ''
    ? `${asctime} | ${label} | ${body}\n`
    : `${asctime} | ${label} | ${subtopic} | ${body}\n`
}

/** pino's times: ms or s since the epoch, or ISO 8601. @returns ms since the epoch, undefined for anything else */
function toInstant(time: unknown): number | undefined {
  const at = typeof time === 'string' ? Date.parse(time) : toMs(time)
  return at > minShownMs && at < maxShownMs ? at : undefined
}

function toMs(time: unknown): number {
  if (typeof time !== 'number') return Number.NaN
  return time < firstMsTime ? time * 1000 : time
}

/** A smaller number can only be seconds: as milliseconds it would lie in 1970. */
const firstMsTime = 30_000_000_000
/** The years 1 to 9999, less a day: only those can be written as `asctime` in every zone. */
const minShownMs = Date.parse('0001-01-02T00:00:00Z')
const maxShownMs = Date.parse('9999-12-30T00:00:00Z')

function toStack(error: unknown): string {
  const stack = (error as { stack?: unknown } | null | undefined)?.stack
  return typeof stack === 'string' && stack !== '' ? `\n${stack}` : ''
}

function toField([key, value]: [string, unknown]): string {
  return `${quote(key)}=${typeof value === 'string' ? quote(value) : JSON.stringify(value)}`
}

/** A text as it is, or quoted where a reader couldn't tell where it ends. */
function quote(text: string): string {
  return text !== '' && !/[\s"=]/.test(text) ? text : JSON.stringify(text)
}
