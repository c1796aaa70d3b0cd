/**
 * The filters of the page, the same for live records and for history. They are in the URL of the page and of the API, so
 * that anybody may have written them: their number and length are limited, and none is a regular expression.
 *
 * | parameter        | which records                                                                        |
 * | ---------------- | ------------------------------------------------------------------------------------ |
 * | `app`, `host`    | of one of these apps, of one of these hosts                                          |
 * | `topic`          | with a sub-topic that begins with one of these prefixes                              |
 * | `level`          | of this level or a higher one                                                        |
 * | `text`           | whose line has each of these texts; one without capital letters matches any case     |
 * | `field=key=value`| that have each of these members                                                      |
 * | `not=key=value`  | that have none of these members; `not=app=x` and `not=host=x` also leave out app and host |
 *
 * All but `level` may be repeated.
 */
import { TimeZone } from '../collector/time/time-zone.ts'
import { ZmqPubError } from '../errors.ts'
import { parseLevel } from '../record/levels.ts'
import { parseField, toExclusions, everything, type Field, type Query } from '../search/query.ts'
import { parseTime } from '../search/time-argument.ts'
import { encodeLiveFilter, maxFilterBytes, type LiveFilter } from '../wire/live-filter.ts'

/** What the page is to show, whatever the time. */
export type Filters = Omit<Query, 'sinceMs' | 'untilMs' | 'patterns' | 'withUntimed'>

/** A range of times. Unit: ms since the epoch */
export interface TimeSpan {
  /** -Infinity = all */
  sinceMs: number
  /** the first time that is too late; Infinity = all */
  untilMs: number
}

/** The parameters that `parseFilters` reads. */
export const filterNames = ['app', 'host', 'topic', 'level', 'text', 'field', 'not'] as const

/** Each value of a filter costs a test for each record. */
const maxValues = 50
/** Unit: characters */
const maxValueLength = 500
/** JavaScript has no later time, nor an earlier one before the epoch. Unit: ms */
const maxTimeMs = 8.64e15

/**
 * Reads the filters of a URL; empty ones count as not given.
 * @throws ERR_ZMQ_PUB_OPTION
 */
export function parseFilters(params: URLSearchParams): Filters {
  const valuesOf = (name: (typeof filterNames)[number]): string[] =>
    params.getAll(name).filter(value => value !== '')
  const all = filterNames.flatMap(valuesOf)
  if (all.length > maxValues) {
    refuse(`at most ${maxValues} filters can be used at a time, got ${all.length}; remove some`)
  }
  const long = all.find(({ length }) => length > maxValueLength)
  if (long !== undefined) {
    refuse(`a filter may have at most ${maxValueLength} characters, got ${show(long)}`)
  }
  const fieldsOf = (name: 'field' | 'not'): Field[] =>
    valuesOf(name).map(text => parseField(text, name))
  return {
    level: toLevel(valuesOf('level')),
    texts: valuesOf('text'),
    apps: valuesOf('app'),
    hosts: valuesOf('host'),
    topics: valuesOf('topic'),
    fields: fieldsOf('field'),
    ...toExclusions(fieldsOf('not'))
  }
}

/**
 * Reads `since` and `until` of a URL: ms since the epoch, or as the search command has them.
 * @param timezone of a time that names none @param nowMs ms since the epoch
 * @throws ERR_ZMQ_PUB_OPTION
 */
export function parseTimes(params: URLSearchParams, timezone: string, nowMs: number): TimeSpan {
  const zone = new TimeZone(timezone)
  const timeOf = (name: string): number | undefined => {
    const text = params.get(name) ?? ''
    if (text === '') return undefined
    const ms = /^-?\d{1,16}$/.test(text) ? Number(text) : Number.NaN
    return Math.abs(ms) <= maxTimeMs ? ms : parseTime(text, name, zone, nowMs)
  }
  const sinceMs = timeOf('since') ?? everything.sinceMs
  const untilMs = timeOf('until') ?? everything.untilMs
  if (sinceMs >= untilMs) refuse('since must be before until, or there is nothing to find')
  return { sinceMs, untilMs }
}

/** What the collector's main thread may leave out of the live records; `LiveTest` does the rest. */
export function toLiveFilter({ level, apps, hosts, topics }: Filters): LiveFilter {
  const filter = { level, apps, hosts, topics }
  const isShort = encodeLiveFilter(filter).length <= maxFilterBytes
  return isShort ? filter : { level, apps: [], hosts: [], topics: [] }
}

function toLevel(values: readonly string[]): number {
  const [text, second] = values
  if (text === undefined) return 0
  if (second !== undefined) refuse(`level can be given once, got ${show(values.join(', '))}`)
  const level = parseLevel(text)
  return level ?? refuse(`level must be a level name such as warn, or a number, got ${show(text)}`)
}

function show(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 77)}...` : text)
}

function refuse(detail: string): never {
  throw new ZmqPubError('ERR_ZMQ_PUB_OPTION', detail)
}
