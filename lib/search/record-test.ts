/** Tests of a record's members, and where a line must be looked at for them. */
import { splitSubtopic } from '../record/subtopic.ts'
import { escapeRegExp } from '../util/regexp.ts'
import { AnyCursor, PatternCursor, TextCursor, type Cursor } from './cursors.ts'
import { findPlainPart } from './literals.ts'
import type { Field, Query } from './query.ts'

/** A record as JSON.parse makes it. */
export type JsonRecord = Readonly<Record<string, unknown>>

/** A test of a record. */
export interface RecordTest {
  matches(record: JsonRecord): boolean
  /** text that a record must have to match, or an escape in its place; '' where none is known */
  text: string
  /** finds what may match; undefined where each record must be looked at */
  cursor: Cursor | undefined
  /** whether a line that is not a JSON object can't match */
  isForRecords: boolean
}

/** How pino names the app and the host. */
const [appKey, hostKey] = ['name', 'hostname']

/** @param messageKey of the log's records; '' = the usual ones */
export function toRecordTests(query: Query, messageKey: string): RecordTest[] {
  const { apps, hosts, topics, fields, notApps, notHosts, notFields } = query
  const tests = fields.map(toFieldTest)
  if (apps.length > 0) tests.push(toAnyTest(apps, record => isListed(apps, record[appKey])))
  if (hosts.length > 0) tests.push(toAnyTest(hosts, record => isListed(hosts, record[hostKey])))
  if (topics.length > 0) {
    tests.push(
      toAnyTest(topics, record => {
        const topic = readTopic(record, messageKey)
        return topics.some(each => topic.startsWith(each))
      })
    )
  }
  return [
    ...tests,
    ...notApps.map(app => toNegativeTest(record => record[appKey] === app)),
    ...notHosts.map(host => toNegativeTest(record => record[hostKey] === host)),
    ...notFields.map(toFieldTest).map(test => toNegativeTest(record => test.matches(record)))
  ]
}

function isListed(names: readonly string[], value: unknown): boolean {
  return typeof value === 'string' && names.includes(value)
}

/** The app that a record names, '' for none. */
export function readApp(record: JsonRecord): string {
  return toText(record[appKey])
}

/** The host that a record names, '' for none. */
export function readHost(record: JsonRecord): string {
  return toText(record[hostKey])
}

/** A record's sub-topic, '' for none. */
export function readTopic(record: JsonRecord, messageKey: string): string {
  const message = [messageKey, 'msg', 'message'].map(key => record[key])
  const text = message.find(value => typeof value === 'string')
  return splitSubtopic(record['topic'], text).subtopic
}

function toText(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

function toTest(text: string, matches: RecordTest['matches']): RecordTest {
  const part = findPlainPart(text)
  const cursor = part === '' ? undefined : toTextCursor(part)
  return { matches, text: part, cursor, isForRecords: true }
}

/** A test that needs one of several texts. */
function toAnyTest(texts: readonly string[], matches: RecordTest['matches']): RecordTest {
  const parts = texts.map(findPlainPart)
  const shortest = parts.reduce((least, each) => (each.length < least.length ? each : least))
  if (shortest === '') return { matches, text: '', cursor: undefined, isForRecords: true }
  return {
    matches,
    text: shortest,
    cursor: new AnyCursor(parts.map(toTextCursor)),
    isForRecords: true
  }
}

/** A line that is no record has no members, so that nothing excludes it. */
function toNegativeTest(excludes: RecordTest['matches']): RecordTest {
  return {
    matches: record => !excludes(record),
    text: '',
    cursor: undefined,
    isForRecords: false
  }
}

/** A text may be written with escapes: a line that has any is looked at, too. */
function toTextCursor(text: string): Cursor {
  return new AnyCursor([new TextCursor(text), new TextCursor(String.raw`\u`)])
}

function toFieldTest({ key, value }: Field): RecordTest {
  const test = toTest(value, record => hasMember(record, key, value))
  if (value === '' || !Number.isFinite(Number(value))) return test
  // JavaScript writes it with an exponent, but others don't.
  if (/e/i.test(value)) return { ...test, text: '', cursor: undefined }
  const cursors = [test.cursor ?? [], toNumberCursor(key)].flat()
  return { ...test, cursor: new AnyCursor(cursors) }
}

/** Stops where a member may be a number in other digits than JavaScript's: 1700 as 1.7e3, or 0.3 as 0.29999999999999999999. */
function toNumberCursor(path: string): Cursor {
  const key = path.slice(path.lastIndexOf('.') + 1) // its own key ends with this
  const number = String.raw`(?:[\d.]+[eE]|[\d.]{16})`
  const isPlain = /^[\w -]+$/.test(key)
  const start = isPlain ? String.raw`${escapeRegExp(key)}"\s*:\s*-?` : ''
  return new PatternCursor(new RegExp(start + number, 'u'), 'ndjson')
}

/** Whether an object has this value at a path of keys. A key may have dots itself, so the path is split at each. */
function hasMember(object: object, path: string, value: string): boolean {
  if (isValue(getOwn(object, path), value)) return true
  for (let dot = path.indexOf('.'); dot >= 0; dot = path.indexOf('.', dot + 1)) {
    const inner = getOwn(object, path.slice(0, dot))
    if (typeof inner !== 'object' || inner === null) continue
    if (hasMember(inner, path.slice(dot + 1), value)) return true
  }
  return false
}

function getOwn(object: object, key: string): unknown {
  return Object.hasOwn(object, key) ? (object as JsonRecord)[key] : undefined
}

function isValue(value: unknown, wanted: string): boolean {
  if (typeof value === 'string') return value === wanted
  return (value === null || isScalar(value)) && String(value) === wanted
}

function isScalar(value: unknown): value is number | boolean {
  return typeof value === 'number' || typeof value === 'boolean'
}
