/** The arguments of `zmq-pub-collector search`. */
import { lstatSync } from 'node:fs'
import type { ResolvedCollectorOptions } from '../collector/options/collector-options.ts'
import { findUsualOutput, type ResolvedOutputOptions } from '../collector/options/output-options.ts'
import { TimeZone } from '../collector/time/time-zone.ts'
import { toMessage, ZmqPubError } from '../errors.ts'
import { readFlags, type FlagKind } from '../options/flags.ts'
import { show } from '../options/validators.ts'
import { parseLevel } from '../record/levels.ts'
import type { LogPlace } from '../search/files.ts'
import {
  countKeys,
  parseField,
  toExclusions,
  toPattern,
  type CountKey,
  type LineSettings,
  type Query
} from '../search/query.ts'
import { refuseTextSearch } from '../search/text-log.ts'
import { parseTime } from '../search/time-argument.ts'
import { resolveOptions } from './collector-command.ts'
import { refuseGateway } from './shared-arguments.ts'

/** What is to be searched, and how it is shown. */
export interface SearchRequest {
  /** the log's files, or the path of one file */
  place: LogPlace | { path: string }
  query: Query
  lines: LineSettings
  form: 'json' | 'pretty' | { countBy: CountKey }
  /** counts as JSON, too */
  isJson: boolean
  isReversed: boolean
  /** 0 = all */
  limit: number
  hasColors: boolean
}

/** Flags that say which log: they mean what they mean for the collector. */
const logFlags: Readonly<Record<string, FlagKind>> = {
  file: 'value',
  rotate: 'value',
  format: 'value',
  text: 'list',
  timezone: 'value',
  'time-key': 'value',
  'level-key': 'value',
  'message-key': 'value',
  config: 'value'
}

const flagKinds: Readonly<Record<string, FlagKind>> = {
  ...logFlags,
  output: 'value',
  since: 'value',
  until: 'value',
  app: 'value',
  host: 'value',
  topic: 'value',
  level: 'value',
  grep: 'list',
  field: 'list',
  not: 'list',
  reverse: 'switch',
  limit: 'value',
  json: 'switch',
  'count-by': 'value',
  'no-color': 'switch',
  help: 'switch'
}

/** How messages name the filters. */
const flagNames = { prefix: '--', text: '--grep' } as const

type Flags = ReturnType<typeof readFlags>

/**
 * Reads the arguments behind `search`. Which log it is also comes from the collector's environment variables.
 * @param nowMs ms since the epoch
 * @returns undefined where help is asked for
 * @throws ERR_ZMQ_PUB_OPTION, ERR_ZMQ_PUB_CONFIG
 */
export function parseSearch(
  args: string[],
  env: NodeJS.ProcessEnv,
  nowMs: number
): SearchRequest | undefined {
  const flags = readFlags(
    args,
    flagKinds,
    'give one log with --file, and what to find in it with --grep'
  )
  if (flags['help']) return undefined
  // Other flags have names of the collector's options, and another meaning.
  const ofLog = Object.entries(flags).filter(([name]) => name in logFlags)
  const options = resolveOptions(Object.fromEntries(ofLog), env)
  refuseGateway('search', options)
  const output = chooseOutput(options, textOf(flags, 'output'))
  const query = parseQuery(flags, new TimeZone(options.timezone), nowMs)
  const countBy = parseCountKey(textOf(flags, 'count-by'))
  const limit = parseLimit(textOf(flags, 'limit'))
  if (countBy && (limit > 0 || flags['reverse'])) {
    refuse('--count-by counts all records; leave out --limit and --reverse')
  }
  if (output.format === 'text') refuseTextSearch(output, query, countBy, flagNames)
  const { format, timeKey, levelKey, messageKey } = output
  const isJson = flags['json'] === true
  return {
    place: toPlace(output, flags),
    query,
    lines: { format, timeKey, levelKey, messageKey, timezone: options.timezone },
    form: countBy ? { countBy } : isJson ? 'json' : 'pretty',
    isJson,
    isReversed: flags['reverse'] === true,
    limit,
    hasColors: flags['no-color'] !== true
  }
}

/** The output with this number, or the usual one. */
function chooseOutput(
  { outputs }: ResolvedCollectorOptions,
  number: string | undefined
): ResolvedOutputOptions {
  if (number === undefined) {
    return outputs[findUsualOutput(outputs)] as ResolvedOutputOptions
  }
  const chosen = /^\d{1,4}$/.test(number) ? outputs[Number(number)] : undefined
  if (chosen) return chosen
  const list = outputs.map(({ file }, index) => `${index} = ${file}`).join(', ')
  return refuse(`--output must be the number of an output (${list}), got ${show(number)}`)
}

/** A path without placeholders that is a file is this file, also if the log is rotated. */
function toPlace({ file, rotate }: ResolvedOutputOptions, flags: Flags): SearchRequest['place'] {
  const isGiven = typeof flags['file'] === 'string' && !/[{}]/.test(file)
  return isGiven && isFile(file) ? { path: file } : { file, rotate }
}

function isFile(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isFile() === true
}

function parseQuery(flags: Flags, zone: TimeZone, nowMs: number): Query {
  const timeOf = (name: string): number | undefined => {
    const text = textOf(flags, name)
    return text === undefined ? undefined : parseTime(text, `--${name}`, zone, nowMs)
  }
  const sinceMs = timeOf('since') ?? Number.NEGATIVE_INFINITY
  const untilMs = timeOf('until') ?? Number.POSITIVE_INFINITY
  if (sinceMs >= untilMs) refuse('--since must be before --until, or there is nothing to find')
  return {
    sinceMs,
    untilMs,
    withUntimed: false,
    level: toLevel(textOf(flags, 'level')),
    patterns: listOf(flags, 'grep').map(checkPattern),
    texts: [],
    apps: onlyOf(flags, 'app'),
    hosts: onlyOf(flags, 'host'),
    topics: onlyOf(flags, 'topic'),
    fields: listOf(flags, 'field').map(text => parseField(text, '--field')),
    ...toExclusions(listOf(flags, 'not').map(text => parseField(text, '--not')))
  }
}

function toLevel(text: string | undefined): number {
  if (text === undefined) return 0
  const level = parseLevel(text)
  return (
    level ?? refuse(`--level must be a level name such as warn, or a number, got ${show(text)}`)
  )
}

function checkPattern(source: string): string {
  try {
    toPattern(source)
    return source
  } catch (error) {
    return refuse(
      `--grep must be a regular expression of JavaScript: ${toMessage(error)}; put \\ before a character such as ( or [ that is meant as it is`
    )
  }
}

function parseCountKey(text: string | undefined): CountKey | undefined {
  const key = countKeys.find(each => each === text)
  if (text === undefined || key) return key
  return refuse(`--count-by must be one of ${countKeys.join(', ')}, got ${show(text)}`)
}

function parseLimit(text: string | undefined): number {
  if (text === undefined) return 0
  const limit = /^\d{1,9}$/.test(text) ? Number(text) : 0
  return limit > 0 ? limit : refuse(`--limit must be a whole number from 1 on, got ${show(text)}`)
}

function textOf(flags: Flags, name: string): string | undefined {
  const value = flags[name]
  return typeof value === 'string' ? value : undefined
}

/** A flag's value as a list of one, empty where it isn't given. */
function onlyOf(flags: Flags, name: string): string[] {
  const value = textOf(flags, name)
  return value === undefined ? [] : [value]
}

function listOf(flags: Flags, name: string): string[] {
  const value = flags[name]
  return Array.isArray(value) ? value : []
}

function refuse(detail: string): never {
  throw new ZmqPubError('ERR_ZMQ_PUB_OPTION', detail)
}
