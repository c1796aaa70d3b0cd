import type { FactSettings } from '../collector/blocks/line-facts.ts'

/** What is searched for. Only plain values, so that worker threads can get it as a message. */
export interface Query {
  /** the first time; -Infinity = all. Unit: ms since the epoch */
  sinceMs: number
  /** the first time that is too late; Infinity = all. Unit: ms since the epoch */
  untilMs: number
  /** the lowest level, as pino's number; 0 = all */
  level: number
  /** sources of regular expressions, each of which must match; see `toPattern` */
  patterns: readonly string[]
  /** the app's name; undefined = all */
  app: string | undefined
  /** the host's name; undefined = all */
  host: string | undefined
  /** a prefix of the sub-topic; undefined = all */
  topic: string | undefined
  /** members that a record must have, each with its value */
  fields: readonly Field[]
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
  /** `json` = lines as they are in the file; `pretty` = for people; or the number of records for each value of something */
  form: 'json' | 'pretty' | { countBy: CountKey }
  isColored: boolean
  /** whether a terminal would see it, which must not get what senders write unescaped */
  isTerminal: boolean
  /** the newest record first */
  isReversed: boolean
  /** at most this many records; 0 = all */
  limit: number
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

/** `^` and `$` match at each line of an entry. @throws SyntaxError */
export function toPattern(source: string): RegExp {
  return new RegExp(source, 'mu')
}
