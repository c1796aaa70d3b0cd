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
import { pinoLevelNames, toLevelNumber } from '../../record/levels.ts'
import { canCompress } from '../files/compression.ts'
import type { Compression } from '../naming/log-path.ts'
import { findUnknownName, isValueName, namesIn } from '../naming/path-template.ts'
import { rotations, type Rotation } from '../time/calendar.ts'

/** What a collector's log can be told. */
export interface LogOptions {
  /** Path of the log, with placeholders: {app} {host} {pid} {topic} {level} {date} {hour}. @default 'logs/{date}.log' */
  file?: string
  /** When a new file is begun. @default 'daily', 'hourly' where the path has {hour} */
  rotate?: Rotation
  /** A file that would become larger is followed by `….1.log`: bytes, or '100m'. 0 = never. @default 0 */
  maxSize?: number | string
  /** So many files of each log are kept, with the one that is written. 0 = all. @default 0 */
  keepFiles?: number
  /** Files are kept for so many days after their last line. 0 = for ever. @default 0 */
  keepDays?: number
  /** So much is kept, with the files that are written: bytes, or '10g'. 0 = all. @default 0 */
  keepBytes?: number | string
  /** Compress closed files: with gzip where it is true, or 'gzip' or 'zstd'. @default false */
  compress?: boolean | Compression
  /** A link to the file that is written, in the log's folder. @default none */
  symlink?: string
  /** The senders' records as they are, or lines as the Python recipe writes them. @default 'ndjson' */
  format?: 'ndjson' | 'text'
  /** The member of a record, such as 'time', that decides its period. @default the time of arrival decides */
  timeKey?: string
  /** So many files are open at most. @default 256 */
  maxOpenFiles?: number
  /** A file of a path with placeholders is closed when nothing came for it for so long; 0 = never. Unit: s. @default 300 */
  idleClose?: number
}

/** One of several outputs; what it leaves out is as for the whole collector. */
export interface OutputOptions extends LogOptions {
  /** The lowest level that is taken, such as 'warn' or 40. @default all */
  level?: string | number
  /** Prefixes of the sub-topics to take. @default all */
  topic?: string | string[]
  /** Records are acknowledged when they are in this output, too. @default true */
  required?: boolean
}

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
  timeKey: string
  maxOpenFiles: number
  idleClose: number
}

export interface ResolvedOutputOptions extends ResolvedLogOptions {
  level: number
  topic: string[]
  required: boolean
}

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
  timeKey: '',
  maxOpenFiles: 256,
  idleClose: 300
}

/** Whether a path may be a file's: the folder that it stands in isn't looked at. */
function isFilePath(given: string): boolean {
  return !given.includes('\0') && !/(?:^|[/\\])\.{0,2}$/.test(given)
}

/** More files, or days, than any log has. */
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
    .map(optionName => `'${optionName}'`)
    .join(', ')}, or a number`,
  schema: { anyOf: [{ enum: Object.values(pinoLevelNames) }, { type: 'number', minimum: 0 }] },
  read(given) {
    if (typeof given === 'number') return given >= 0 ? given : undefined
    const isLabel = Object.values(pinoLevelNames).includes(String(given))
    return isLabel ? toLevelNumber(String(given), {}) : undefined
  }
}

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
  timeKey: string("the name of a record's member", given => !given.includes('\0')),
  maxOpenFiles: wholeNumber(1, maxKept),
  idleClose: wholeNumber(0, maxIdleClose)
}

export const outputValidators: Validators<ResolvedOutputOptions> = {
  ...logValidators,
  level,
  topic: listOf(string('a text', () => true)),
  required: boolean
}

/** The default file of a log that is never rotated. */
const unrotatedFile = 'logs/zmq-pub.log'

/** What follows from what was given: a path with hours is rotated hourly, one that isn't rotated has no date. */
export function completeLogOptions<T extends ResolvedLogOptions>(options: T, given: LogOptions): T {
  const { file } = options
  const isHourly = given.rotate === undefined && file.includes('{hour}')
  const isPlain = given.file === undefined && options.rotate === 'never'
  return {
    ...options,
    ...(isHourly && { rotate: 'hourly' }),
    ...(isPlain && { file: unrotatedFile })
  }
}

/**
 * One of several outputs.
 * @param defaults what the collector was told for all
 * @param optionName how a message names an option
 * @throws ERR_ZMQ_PUB_OPTION
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

/** What is wrong with an output's path and link, as texts for messages; none where nothing is. */
export function findPathFaults(
  { file, rotate, symlink }: ResolvedLogOptions,
  optionName: (name: string) => string
): string[] {
  const [fileName, rotateName, linkName] = ['file', 'rotate', 'symlink'].map(optionName)
  const got = `, got '${file}'`
  return [
    prefixed(`${fileName} has an `, findUnknownName(file)),
    prefixed(`${linkName} has an `, findUnknownName(symlink)),
    rotate === 'never' && /\{(?:date|hour)\}/.test(file)
      ? `${fileName} must not contain {date} or {hour} when ${rotateName} is 'never'${got}; leave it out or choose a rotation`
      : '',
    file.includes('{hour}') && !file.includes('{date}')
      ? `${fileName} must contain {date} where it contains {hour}${got}`
      : '',
    file.includes('{hour}') && rotate !== 'hourly' && rotate !== 'never'
      ? `${rotateName} must be 'hourly' where ${fileName} contains {hour}, got '${rotate}'`
      : '',
    hasOpenEnd(file)
      ? `${fileName} must end with an extension such as .log behind its last placeholder${got}`
      : '',
    /\{(?:date|hour)\}/.test(symlink)
      ? `${linkName} must not contain {date} or {hour}: it points to the current file, got '${symlink}'`
      : '',
    isLinkShared(file, symlink)
      ? `${linkName} must contain each of the placeholders by which ${fileName} has several files in a folder, got '${symlink}'`
      : ''
  ].filter(fault => fault !== '')
}

function prefixed(start: string, fault: string | undefined): string {
  return fault === undefined ? '' : start + fault
}

/** Whether a value could be taken for the extension of a file's name: a number would stand before it. */
function hasOpenEnd(file: string): boolean {
  const name = basename(file)
  const extension = extname(name)
  return namesIn(name).some(isValueName) && (extension === '' || /[{}]/.test(extension))
}

/** Whether several logs would have the same link. */
function isLinkShared(file: string, symlink: string): boolean {
  if (symlink === '') return false
  const known = namesIn(join(toLinkFolder(file), symlink))
  return namesIn(file).some(name => isValueName(name) && !known.includes(name))
}

/** The template of an output's link, undefined where it has none. */
export function toLinkTemplate({ file, symlink }: ResolvedLogOptions): string | undefined {
  return symlink === '' ? undefined : resolve(toLinkFolder(file), symlink)
}

/** Folder of a log's link, with the placeholders of values that stand before those of the period. */
function toLinkFolder(file: string): string {
  const at = file.search(/\{(?:date|hour)\}/)
  const stable = at === -1 ? file : file.slice(0, at)
  return /[/\\]$/.test(stable) ? stable : dirname(stable)
}
