import type { FactSettings } from '../collector/blocks/line-facts.ts'
import { ZmqPubError } from '../errors.ts'

/** What is searched for. Only plain values, so that worker threads can get it as a message. */
export interface Query {
  /** the first time; -Infinity = all. Unit: ms since the epoch */
  sinceMs: number
  /** the first time that is too late; Infinity = all. Unit: ms since the epoch */
  untilMs: number
  /** also records without a readable time, whatever the times are */
  withUntimed: boolean
  /** the lowest level, as pino's number; 0 = all */
  level: number
  /** sources of regular expressions, each of which must match; see `toPattern` */
  patterns: readonly string[]
  /** texts that an entry must have, as they are; see `toTextPattern` */
  texts: readonly string[]
  /** names of apps, of which a record must have one; empty = all */
  apps: readonly string[]
  /** names of hosts, of which a record must have one; empty = all */
  hosts: readonly string[]
  /** prefixes of the sub-topic, one of which must be a record's; empty = all */
  topics: readonly string[]
  /** members that a record must have, each with its value */
  fields: readonly Field[]
  /** names of apps that a record must not have */
  notApps: readonly string[]
  /** names of hosts that a record must not have */
  notHosts: readonly string[]
  /** members that a record must not have with this value */
  notFields: readonly Field[]
}

/** The query that matches everything. */
export const everything: Query = {
  sinceMs: Number.NEGATIVE_INFINITY,
  untilMs: Number.POSITIVE_INFINITY,
  withUntimed: false,
  level: 0,
  patterns: [],
  texts: [],
  apps: [],
  hosts: [],
  topics: [],
  fields: [],
  notApps: [],
  notHosts: [],
  notFields: []
}

/** A member and its value. */
export interface Field {
  /** its key; `a.b` is also the member `b` of the object `a` */
  key: string
  /** as text: a record may have it as a string, a number, true, false or null */
  value: string
}

/** How the lines of a log are read. */
export interface LineSettings extends FactSettings {
  /** in the text format an entry may have several lines */
  format: 'ndjson' | 'text'
  /** member with the message; '' = the usual ones */
  messageKey: string
}

/** What is made of the records that are found. */
export interface OutputSettings {
  /** `json` = lines as they are in the file; `pretty` = for people; or numbers of records, for each value of something or by time and level */
  form: 'json' | 'pretty' | { countBy: CountKey } | { buckets: Buckets }
  isColored: boolean
  /** whether a terminal would see it, which must not get what senders write unescaped */
  isTerminal: boolean
  /** the newest record first */
  isReversed: boolean
  /** at most this many records; 0 = all */
  limit: number
  /** of a longer entry only the beginning is in the form `json`; 0 = all. Unit: bytes */
  maxEntryBytes?: number
}

/** Equal parts of time, numbered from 0; earlier ones have negative numbers. */
export interface Buckets {
  /** the beginning of number 0. Unit: ms since the epoch */
  firstMs: number
  bucketMs: number
}

/** What records can be counted by. */
export const countKeys = ['level', 'app', 'host', 'topic', 'minute', 'hour'] as const
/** One of `countKeys`. */
export type CountKey = (typeof countKeys)[number]

/** All that a thread needs to know before it gets files. */
export interface ScanSettings {
  query: Query
  lines: LineSettings
  output: OutputSettings
}

/** Whether something has one of these names, where there are any, and none of the others. */
export function hasWantedName(
  has: (name: string) => boolean,
  names: readonly string[],
  notNames: readonly string[]
): boolean {
  return (names.length === 0 || names.some(has)) && !notNames.some(has)
}

/**
 * Reads `KEY=VALUE`.
 * @param optionName for the message @throws ERR_ZMQ_PUB_OPTION
 */
export function parseField(text: string, optionName: string): Field {
  const index = text.indexOf('=')
  if (index > 0) return { key: text.slice(0, index), value: text.slice(index + 1) }
  throw new ZmqPubError(
    'ERR_ZMQ_PUB_OPTION',
    `${optionName} must be KEY=VALUE, such as order=17 or err.code=ECONNRESET, got ${JSON.stringify(text.slice(0, 80))}`
  )
}

/**
 * What a query must not find. `app=shop` means both the app that is found as `shop`, and a member `app` with this
 * value, because a person who excludes either must not see it.
 */
export function toExclusions(
  fields: readonly Field[]
): Pick<Query, 'notApps' | 'notHosts' | 'notFields'> {
  const valuesOf = (name: string): string[] =>
    fields.filter(({ key }) => key === name).map(({ value }) => value)
  return { notApps: valuesOf('app'), notHosts: valuesOf('host'), notFields: fields }
}

/** `^` and `$` match at each line of an entry. @throws SyntaxError */
export function toPattern(source: string): RegExp {
  return new RegExp(source, 'mu')
}
