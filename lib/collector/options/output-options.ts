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
import { textTemplates } from './text-option.ts'

/** Options of a log, all optional. */
export interface LogOptions {
  /** Path template of the log, with placeholders: {app} {host} {pid} {topic} {level} {date} {hour}. @default 'logs/{date}.log' */
  file?: string
  /** When a new file is started. @default 'daily', 'hourly' where the path has {hour} */
  rotate?: Rotation
  /** Maximum size of a file; then `….1.log` is started: bytes, or '100m'. 0 = unlimited. @default 0 */
  maxSize?: number | string
  /** Keep at most this many files of each log, the current one included. 0 = all. @default 0 */
  keepFiles?: number
  /** Keep files for this many days after their last write. 0 = for ever. @default 0 */
  keepDays?: number
  /** Keep at most this size of files, current ones included: bytes, or '10g'. 0 = all. @default 0 */
  keepBytes?: number | string
  /** Compress closed files: true or 'gzip', or 'zstd'. @default false */
  compress?: boolean | Compression
  /** Symbolic link to the current file; relative to the log's folder. @default none */
  symlink?: string
  /** Records as they are sent, or text lines as Python's logging writes them. @default 'ndjson' */
  format?: 'ndjson' | 'text'
  /** How text lines look: a template such as '{time} {level} {app}@{host} {msg} {fields}', or templates by level name and 'default'. @default as the Python recipe writes them */
  text?: TextTemplates
  /** Member of a record with the time that decides its period, such as 'time'. @default the time of arrival */
  timeKey?: string
  /** Member with the level, where a sender doesn't say which it is, such as 'severity'. @default 'level', 'severity' or 'log.level' */
  levelKey?: string
  /** Member with the message, where a sender doesn't say which it is, such as 'event'. @default 'msg' or 'message' */
  messageKey?: string
  /** Maximum number of open files. @default 256 */
  maxOpenFiles?: number
  /** Close a file of a path with placeholders after this long without records; 0 = never. Unit: s. @default 300 */
  idleClose?: number
  /** Permissions of new files, in octal digits, such as '640'. @default as the umask says */
  fileMode?: string
  /** Permissions of new folders, in octal digits, such as '750'. @default as the umask says */
  dirMode?: string
}

/** Options of one of several outputs. The log options default to those of the collector. */
export interface OutputOptions extends LogOptions {
  /** Lowest level to write, such as 'warn' or 40. @default all */
  level?: string | number
  /** Prefixes of the sub-topics to write. @default all */
  topic?: string | string[]
  /** Acknowledge records only when they are in this output, too. @default true */
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
  /** as pino's number; 0 = all */
  level: number
  /** '' = all */
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

/** Whether a path can be that of a file, by its text alone. */
function isFilePath(given: string): boolean {
  return !given.includes('\0') && !/(?:^|[/\\])\.{0,2}$/.test(given)
}

/** Upper limit for numbers of files and days. */
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

/** Permissions in octal digits, as text: as a number, 640 would be others. Without rights for itself the collector could not go on. */
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

/** Applies defaults that depend on other options: hourly rotation for a path with {hour}, a path without {date} for no rotation, text for a template. */
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
 * @throws ERR_ZMQ_PUB_OPTION where a name is unknown or a value invalid
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

/** Conflicts between an output's path, link and rotation, as texts for messages; empty where there are none. */
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

/** Whether a value ends the file name: part of it could be taken for the extension, and an index goes before that. */
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

/** Absolute path template of an output's link, undefined where it has none. */
export function toLinkTemplate({ file, symlink }: ResolvedLogOptions): string | undefined {
  return symlink === '' ? undefined : resolve(toLinkFolder(file), symlink)
}

/** Folder that a link is relative to: the part of the path before {date} or {hour}. */
function toLinkFolder(file: string): string {
  const index = file.search(/\{(?:date|hour)\}/)
  const stable = index === -1 ? file : file.slice(0, index)
  return /[/\\]$/.test(stable) ? stable : dirname(stable)
}
