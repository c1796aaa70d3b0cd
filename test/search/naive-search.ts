/** The same as a search, as simple as can be: reads a whole file, splits it, and looks at each entry. */
import { LineFacts } from '../../lib/collector/blocks/line-facts.ts'
import type { Field, LineSettings, Query } from '../../lib/search/query.ts'

/** An entry that matches. */
export interface NaiveEntry {
  /** without its newline, in latin1 */
  bytes: string
  timeMs: number
  level: number
}

/** @returns the entries that match, without their newlines, as bytes in latin1 */
export function searchNaively(file: Buffer, query: Query, lines: LineSettings): string[] {
  return findNaively(file, query, lines).map(({ bytes }) => bytes)
}

/** @returns the entries that match */
export function findNaively(file: Buffer, query: Query, lines: LineSettings): NaiveEntry[] {
  const facts = new LineFacts(lines)
  const entries: NaiveEntry[] = []
  for (const line of file.toString('latin1').split('\n')) {
    facts.read(Buffer.from(line, 'latin1'), 0, line.length)
    const last = entries.at(-1)
    if (last && lines.format === 'text' && line.startsWith('    ')) last.bytes += `\n${line}`
    else entries.push({ bytes: line, timeMs: facts.timeMs, level: facts.level })
  }
  return entries.filter(({ bytes, timeMs, level }) => {
    const text = Buffer.from(bytes, 'latin1').toString()
    return (
      !/^\r?$/.test(bytes) &&
      ((query.withUntimed && Number.isNaN(timeMs)) ||
        ((Number.isFinite(query.sinceMs) ? timeMs >= query.sinceMs : true) &&
          (Number.isFinite(query.untilMs) ? timeMs < query.untilMs : true))) &&
      (query.level === 0 || (Number.isNaN(level) ? 30 : level) >= query.level) &&
      query.patterns.every(source => new RegExp(source, 'mu').test(text)) &&
      query.texts.every(wanted => hasText(text, wanted, lines.format)) &&
      hasMembers(text, query)
    )
  })
}

/** Of NDJSON, the line as it is, or with its escapes decoded. */
function hasText(line: string, wanted: string, format: LineSettings['format']): boolean {
  const isAnyCase = wanted === wanted.toLowerCase()
  return [line, format === 'ndjson' ? decode(line) : line].some(text =>
    (isAnyCase ? text.toLowerCase() : text).includes(wanted)
  )
}

function decode(line: string): string {
  return line.replaceAll(/\\(?:u([\dA-Fa-f]{4})|(["/\\bfnrt]))/g, (_, hex, short) =>
    hex === undefined
      ? (JSON.parse(`"\\${short}"`) as string)
      : String.fromCharCode(Number.parseInt(hex as string, 16))
  )
}

function hasMembers(text: string, query: Query): boolean {
  const { apps, hosts, topics, fields, notApps, notHosts, notFields } = query
  const record = toRecord(text)
  if (!record) return apps.length + hosts.length + topics.length + fields.length === 0
  const message = [record['msg'], record['message']].find(each => typeof each === 'string') ?? ''
  const own = typeof record['topic'] === 'string' ? record['topic'] : ''
  const prefix = /^(\S+?)::/.exec(message)?.[1] ?? ''
  const members = listMembers(record)
  const hasField = ({ key, value }: Field): boolean =>
    members.some(([path, member]) => path === key && toText(member) === value)
  return (
    (apps.length === 0 || apps.some(app => record['name'] === app)) &&
    (hosts.length === 0 || hosts.some(host => record['hostname'] === host)) &&
    (topics.length === 0 || topics.some(topic => (own || prefix).startsWith(topic))) &&
    fields.every(hasField) &&
    notApps.every(app => record['name'] !== app) &&
    notHosts.every(host => record['hostname'] !== host) &&
    !notFields.some(hasField)
  )
}

/** All members, those of objects in objects included, with their keys joined by dots. */
function listMembers(object: object): [path: string, member: unknown][] {
  return Object.entries(object).flatMap(([key, member]: [string, unknown]) => {
    const isNested = typeof member === 'object' && member !== null
    const inner = isNested ? listMembers(member) : []
    return [[key, member], ...inner.map(([path, each]) => [`${key}.${path}`, each])] as [
      string,
      unknown
    ][]
  })
}

function toText(value: unknown): string | undefined {
  if (typeof value === 'string') return value
  const isScalar = value === null || typeof value === 'number' || typeof value === 'boolean'
  return isScalar ? String(value) : undefined
}

function toRecord(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
    return isObject ? (value as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}

/** What `--json` prints of these entries. */
export function toOutput(entries: readonly string[], { format }: LineSettings): string {
  if (format === 'ndjson') return entries.map(entry => `${entry}\n`).join('')
  return entries.map(entry => `${Buffer.from(entry, 'latin1').toString()}\n`).join('')
}

/** The output of entries of the text format, without what else is known of them. */
export function readOutput(output: string, { format }: LineSettings): string {
  if (format === 'ndjson') return output
  const lines = Buffer.from(output, 'latin1').toString().trimEnd().split('\n')
  const texts = lines.filter(line => line !== '').map(line => JSON.parse(line) as { text: string })
  return texts.map(({ text }) => `${text}\n`).join('')
}
