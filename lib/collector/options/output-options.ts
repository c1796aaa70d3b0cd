import { basename, dirname, extname, join, resolve } from 'node:path'
import {
  boolean,
  listOf,
  oneOf,
  resolveOptions,
  size,
  string,
  wholeNumber,
  type Validator,
  type Validators
} from '../../options/validators.ts'
import { findLevelNumber, pinoLevelNames } from '../../record/levels.ts'
import { canCompress } from '../files/compression.ts'
import { recipeTemplate, type TextTemplates } from '../format/text-template.ts'
import type { Compression } from '../naming/log-path.ts'
import { findUnknownName, isValueName, namesIn } from '../naming/path-template.ts'
import { rotations, type Rotation } from '../time/calendar.ts'
import type { NatsOutputOptions } from './engine-options.ts'
import { textTemplates } from './text-option.ts'

/**
 * The options of a log: its path, rotation, retention and format. All are optional. They are options of a collector, and
 * of each of its `outputs`. docs/files.md explains them.
 */
export interface LogOptions {
  /**
   * The path of the log file. It may contain placeholders, and is then the path of several logs: {date} and {hour} for
   * the period, {app}, {host} and {pid} for the sender, {topic} and {level} for the record.
   * @default 'logs/{date}.log'; 'logs/zmq-pub.log' with `rotate: 'never'`
   */
  file?: string
  /**
   * When a new file is started: 'hourly', 'daily', 'weekly', 'monthly' or 'never'.
   * @default 'daily'; 'hourly' if the path contains {hour}
   */
  rotate?: Rotation
  /**
   * The maximum size of a file. Before a file exceeds it, another file of the period is started (`….1.log`). A number of
   * bytes, or a text such as '100m': k, m, g and t are powers of 1024. 0 = no limit. @default 0
   */
  maxSize?: number | string
  /** Keep at most this many files of each log, including the current one. 0 = keep all. @default 0 */
  keepFiles?: number
  /** Delete files this many days after their last line. 0 = never. Unit: days. @default 0 */
  keepDays?: number
  /**
   * The maximum size of all files of this output together, including the current ones. The oldest files are deleted. A
   * number of bytes, or a text such as '10g'. 0 = no limit. @default 0
   */
  keepBytes?: number | string
  /**
   * Whether closed files are compressed: true or 'gzip', or 'zstd', which needs Node.js 22.15 or later. @default false
   */
  compress?: boolean | Compression
  /** Path of a symbolic link to the current file, relative to the log's folder. @default none */
  symlink?: string
  /**
   * The format of the log: 'ndjson' writes records as they were sent, 'text' writes lines as Python's logging does.
   * @default 'ndjson'; 'text' if `text` is given
   */
  format?: 'ndjson' | 'text'
  /**
   * The template of an entry in text format, such as '{time} {level} {app}@{host} {msg} {fields}'. It must contain
   * {msg}. Or an object of templates by level name; the template of 'default' is for all other levels:
   * `{ default: '{time} {msg}', error: '{time} {level} {caller} {msg}' }`.
   * @default '{time} | {level} | {topic} | {msg} {fields}'
   */
  text?: TextTemplates
  /**
   * The key of the time in a record, such as 'time'. This time, not the time of arrival, then decides the period of the
   * record. @default none: the time of arrival
   */
  timeKey?: string
  /** The key of the level, for senders that do not name theirs, such as 'severity'. @default 'level', 'severity' or 'log.level' */
  levelKey?: string
  /** The key of the message, for senders that do not name theirs, such as 'event'. @default 'msg' or 'message' */
  messageKey?: string
  /** The maximum number of open files, if the path has placeholders. @default 256 */
  maxOpenFiles?: number
  /**
   * After this time without records, a file is closed if the path has placeholders. 0 = never. Unit: s. @default 300
   */
  idleClose?: number
  /** The permissions of new files, as octal digits in a text, such as '640'. @default the umask decides */
  fileMode?: string
  /** The permissions of new folders, as octal digits in a text, such as '750'. @default the umask decides */
  dirMode?: string
}

/**
 * One of several `outputs`. Log options that are not given here are those of the collector.
 *
 *     { file: 'errors/{date}.txt', level: 'error', format: 'text', keepFiles: 90 }
 */
export interface OutputOptions extends LogOptions {
  /**
   * Write to a stream of NATS JetStream instead of files: the collector is a gateway then. It must be the only output, and
   * have no other option. docs/scaling.md explains it.
   */
  nats?: NatsOutputOptions
  /** The lowest level to write: a level name such as 'warn', or a number of pino such as 40. @default all levels */
  level?: string | number
  /** A prefix of the sub-topics to write, or a list of prefixes. @default all sub-topics */
  topic?: string | string[]
  /**
   * Whether records are acknowledged only when they are in this output, too. At least one output must be required.
   * @default true
   */
  required?: boolean
}

/** Log options, checked and with defaults filled in. Sizes in bytes; '' = none. */
export interface ResolvedLogOptions {
  file: string
  rotate: Rotation
  maxSize: number
  keepFiles: number
  keepDays: number
  keepBytes: number
  compress: Compression | ''
  symlink: string
  format: 'ndjson' | 'text'
  text: TextTemplates
  timeKey: string
  levelKey: string
  messageKey: string
  maxOpenFiles: number
  idleClose: number
  fileMode: string
  dirMode: string
}

/** Options of one output, checked and with defaults filled in. */
export interface ResolvedOutputOptions extends ResolvedLogOptions {
  /** pino's number; 0 = all levels */
  level: number
  /** prefixes of sub-topics; '' = all */
  topic: string[]
  required: boolean
}

/** The default of each log option. */
export const logDefaults: ResolvedLogOptions = {
  file: 'logs/{date}.log',
  rotate: 'daily',
  maxSize: 0,
  keepFiles: 0,
  keepDays: 0,
  keepBytes: 0,
  compress: '',
  symlink: '',
  format: 'ndjson',
  text: recipeTemplate,
  timeKey: '',
  levelKey: '',
  messageKey: '',
  maxOpenFiles: 256,
  idleClose: 300,
  fileMode: '',
  dirMode: ''
}

/** Whether a path can be the path of a file, judged by its text alone. */
function isFilePath(given: string): boolean {
  return !given.includes('\0') && !/(?:^|[/\\])\.{0,2}$/.test(given)
}

/** Upper limit for numbers of files and of days. */
const maxKept = 1_000_000
/** Unit: s */
const maxIdleClose = 365 * 86_400

const compression: Validator<Compression | ''> = {
  expected: canCompress('zstd')
    ? "true, false, 'gzip' or 'zstd'"
    : "true, false or 'gzip' ('zstd' needs Node.js 22.15 or later)",
  schema: { enum: [true, false, 'gzip', 'zstd'] },
  read(given) {
    if (given === true || given === 'gzip') return 'gzip'
    if (given === 'zstd' && canCompress('zstd')) return 'zstd'
    return given === false || given === '' ? '' : undefined
  }
}

const level: Validator<number> = {
  expected: `one of ${Object.values(pinoLevelNames)
    .map(levelName => `'${levelName}'`)
    .join(', ')} (or another logger's name for it), or a number`,
  schema: { anyOf: [{ enum: Object.values(pinoLevelNames) }, { type: 'number', minimum: 0 }] },
  read(given) {
    if (typeof given === 'number') return given >= 0 ? given : undefined
    return typeof given === 'string' ? findLevelNumber(given) : undefined
  }
}

const memberName = string("the name of a record's member", given => !given.includes('\0'))

/** Permissions as octal digits in a text: the number 640 would mean others. The collector itself must keep its access. */
function mode(expected: string, pattern: string): Validator<string> {
  const isMode = (given: string): boolean => new RegExp(pattern).test(given)
  return { ...string(expected, isMode), schema: { type: 'string', pattern } }
}

/** Checks for each log option. */
export const logValidators: Validators<ResolvedLogOptions> = {
  file: string('the path of a file', isFilePath),
  rotate: oneOf(...rotations),
  maxSize: size,
  keepFiles: wholeNumber(0, maxKept),
  keepDays: wholeNumber(0, maxKept),
  keepBytes: size,
  compress: compression,
  symlink: string('a path', given => !given.includes('\0')),
  format: oneOf('ndjson', 'text'),
  text: textTemplates,
  timeKey: memberName,
  levelKey: memberName,
  messageKey: memberName,
  maxOpenFiles: wholeNumber(1, maxKept),
  idleClose: wholeNumber(0, maxIdleClose),
  fileMode: mode(
    "octal digits that let the owner read and write, such as '640'",
    '^0?[67][0-7]{2}$'
  ),
  dirMode: mode(
    "octal digits that let the owner read, write and enter, such as '750'",
    '^[0-7]?7[0-7]{2}$'
  )
}

/** Checks for each option of an output. */
export const outputValidators: Validators<ResolvedOutputOptions> = {
  ...logValidators,
  level,
  topic: listOf(string('a string', () => true)),
  required: boolean
}

/** The default file of a log that is never rotated. */
const unrotatedFile = 'logs/zmq-pub.log'

/**
 * Fills in defaults that depend on other options: hourly rotation for a path with {hour}, a path without {date} for
 * `rotate: 'never'`, and the text format for a template.
 */
export function completeLogOptions<T extends ResolvedLogOptions>(options: T, given: LogOptions): T {
  const { file } = options
  const isHourly = given.rotate === undefined && file.includes('{hour}')
  const isText = given.format === undefined && given.text !== undefined
  const isPlain = given.file === undefined && options.rotate === 'never'
  return {
    ...options,
    ...(isHourly && { rotate: 'hourly' }),
    ...(isText && { format: 'text' as const }),
    ...(isPlain && { file: unrotatedFile })
  }
}

/**
 * Checks the options of one of several outputs and fills in defaults.
 * @param defaults the log options of the collector
 * @param optionName converts names for messages
 * @throws ERR_ZMQ_PUB_OPTION if a name is unknown or a value is not valid
 */
export function resolveOutput(
  given: unknown,
  defaults: ResolvedLogOptions,
  optionName: (name: string) => string
): ResolvedOutputOptions {
  const all = { ...defaults, level: 0, topic: [''], required: true }
  const resolved = resolveOptions<ResolvedOutputOptions>(given, all, outputValidators, optionName)
  return completeLogOptions(resolved, given as OutputOptions)
}

/** Conflicts between an output's path, link and rotation, as texts for messages. Empty if there are none. */
export function findPathFaults(
  { file, rotate, symlink }: ResolvedLogOptions,
  optionName: (name: string) => string
): string[] {
  const [fileName, rotateName, linkName] = ['file', 'rotate', 'symlink'].map(optionName)
  const got = `, got '${file}'`
  return [
    file === '-'
      ? `${fileName} must be the path of a file: the collector doesn't write logs to stdout; tail -F shows a file there`
      : '',
    prefixed(`${fileName} has an `, findUnknownName(file)),
    prefixed(`${linkName} has an `, findUnknownName(symlink)),
    rotate === 'never' && /\{(?:date|hour)\}/.test(file)
      ? `${fileName} must not contain {date} or {hour} when ${rotateName} is 'never'${got}; remove it or choose a rotation`
      : '',
    file.includes('{hour}') && !file.includes('{date}')
      ? `${fileName} must contain {date} if it contains {hour}${got}`
      : '',
    file.includes('{hour}') && rotate !== 'hourly' && rotate !== 'never'
      ? `${rotateName} must be 'hourly' if ${fileName} contains {hour}, got '${rotate}'`
      : '',
    hasOpenEnd(file)
      ? `${fileName} must end with an extension such as .log after its last placeholder${got}`
      : '',
    /\{(?:date|hour)\}/.test(symlink)
      ? `${linkName} must not contain {date} or {hour}: it points to the current file, got '${symlink}'`
      : '',
    isLinkShared(file, symlink)
      ? `${linkName} must contain each placeholder that gives ${fileName} several files in one folder, got '${symlink}'`
      : ''
  ].filter(fault => fault !== '')
}

function prefixed(start: string, fault: string | undefined): string {
  return fault === undefined ? '' : start + fault
}

/** Whether the file name ends with a value. A part of it could then look like the extension, before which an index is written. */
function hasOpenEnd(file: string): boolean {
  const name = basename(file)
  const extension = extname(name)
  return namesIn(name).some(isValueName) && (extension === '' || /[{}]/.test(extension))
}

/** Whether several logs of the template would have the same link. */
function isLinkShared(file: string, symlink: string): boolean {
  if (symlink === '') return false
  const linkNames = namesIn(join(toLinkFolder(file), symlink))
  return namesIn(file).some(name => isValueName(name) && !linkNames.includes(name))
}

/** Absolute path template of an output's link; undefined if it has none. */
export function toLinkTemplate({ file, symlink }: ResolvedLogOptions): string | undefined {
  return symlink === '' ? undefined : resolve(toLinkFolder(file), symlink)
}

/** The folder that a link is relative to: the part of the path before {date} or {hour}. */
function toLinkFolder(file: string): string {
  const index = file.search(/\{(?:date|hour)\}/)
  const stable = index === -1 ? file : file.slice(0, index)
  return /[/\\]$/.test(stable) ? stable : dirname(stable)
}

/** The number of the log that a search reads if none is chosen: the first that is required. Of several, each may have every record. */
export function findUsualOutput(outputs: readonly ResolvedOutputOptions[]): number {
  return Math.max(
    0,
    outputs.findIndex(({ required }) => required)
  )
}
