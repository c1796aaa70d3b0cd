/**
 * The text of a live message: one JSON record that says by itself who has logged it, with the members that pino has.
 * docs/wire-format.md describes it.
 */
import type { FlatRecordReader } from '../../record/flat-record-reader.ts'
import { readText, toJson, type Members } from '../../record/members.ts'
import type { Roles, RoleFinder } from '../../record/roles.ts'
import { cutText } from '../../util/text.ts'
import { escapeLine } from '../../util/unsafe-characters.ts'

/** A longer line is published with the beginning of its text as the message: watchers must not cost much memory. Unit: bytes */
export const maxLineBytes = 16 * 1024
/** The same where names and escapes have made it longer. Unit: bytes */
export const maxLiveBytes = 20 * 1024
/** Of such a line this much is published. Unit: bytes */
const maxCutBytes = 2048

/** What the collector knows of the sender; '' and 0 where it doesn't. */
export interface RecordSource {
  app: string
  host: string
  pid: number
  roles: RoleFinder
}

/** What is known of a record. */
export interface RecordFacts {
  /** pino's number */
  level: number
  /** time of arrival, for a record without a time. Unit: ms since the epoch */
  now: number
}

/**
 * Completes a record: `level` as a number, `time` and `msg`, whatever the app calls them, and `pid`, `hostname` and
 * `name` where the record lacks them. Where it names another app or host than the collector knows, `sentBy` has what the
 * collector knows. What has all of that stays as it is; what isn't a JSON object becomes the message of a record.
 * @param line one record without its newline, of at most `maxLineBytes`
 */
export function toLiveRecord(
  line: string,
  source: RecordSource,
  facts: RecordFacts,
  reader: FlatRecordReader
): string {
  const members = reader.read(line)
  const record = escapeLine(
    members
      ? complete(line, members, source, facts)
      : `${startRecord(source, facts)},"msg":${JSON.stringify(line)}}`
  )
  const mayBeLong = record.length * 3 > maxLiveBytes // no UTF-16 unit has more bytes
  if (!mayBeLong || Buffer.byteLength(record) <= maxLiveBytes) return record
  return toCutRecord(Buffer.from(line), source, facts)
}

/** A record that is too long. @param line without its newline */
export function toCutRecord(line: Buffer, source: RecordSource, facts: RecordFacts): string {
  const msg = cutText(line.toString('utf8', 0, maxCutBytes), maxCutBytes)
  const start = startRecord(source, facts)
  return escapeLine(`${start},"recordBytes":${line.length},"msg":${JSON.stringify(msg)}}`)
}

/**
 * `{"level":…,"time":…`, and what is known of the sender.
 * @param known keys that the record has @param time as JSON
 */
function startRecord(
  { app, host, pid }: RecordSource,
  { level, now }: RecordFacts,
  known: readonly string[] = [],
  time = String(now)
): string {
  let text = `{"level":${level},"time":${time}`
  if (pid > 0 && !known.includes('pid')) text += `,"pid":${pid}`
  if (host !== '' && !known.includes('hostname')) text += `,"hostname":${JSON.stringify(host)}`
  if (app !== '' && !known.includes('name')) text += `,"name":${JSON.stringify(app)}`
  return text
}

function complete(
  line: string,
  members: Members,
  source: RecordSource,
  facts: RecordFacts
): string {
  const { keys } = members
  const roles = source.roles.find(members)
  const isOther =
    saysOther(members, 'name', source.app) || saysOther(members, 'hostname', source.host)
  if (!isOther && isUsual(members, roles, source)) return line
  let text = startRecord(
    source,
    facts,
    keys,
    roles.time === -1 ? undefined : toJson(members, roles.time)
  )
  if (isOther) text += `,"sentBy":${JSON.stringify(`${source.app}@${source.host}`)}`
  const left = ['level', 'time', 'sentBy']
  const message = keys[roles.message] === 'msg' ? undefined : readText(members, roles.message)
  if (message !== undefined) {
    text += `,"msg":${JSON.stringify(message)}`
    left.push('msg', keys[roles.message] as string)
  }
  for (const [index, key] of keys.entries()) {
    if (index === roles.level || index === roles.time || left.includes(key)) continue
    text += `,${JSON.stringify(key)}:${toJson(members, index)}`
  }
  return members.rest === '' ? `${text}}` : `${text},${members.rest}`
}

/** Whether a member has another text than the collector knows. */
function saysOther(members: Members, key: string, known: string): boolean {
  const index = known === '' ? -1 : members.keys.lastIndexOf(key)
  return index !== -1 && readText(members, index) !== known
}

/** Whether a record has all that pino's records have, under pino's names. */
function isUsual({ keys, isText }: Members, roles: Roles, source: RecordSource): boolean {
  return (
    keys[roles.level] === 'level' &&
    !isText[roles.level] &&
    keys[roles.time] === 'time' &&
    (roles.message === -1 || keys[roles.message] === 'msg') &&
    (source.pid === 0 || keys.includes('pid')) &&
    (source.host === '' || keys.includes('hostname')) &&
    (source.app === '' || keys.includes('name')) &&
    !keys.includes('sentBy')
  )
}
