import { address, defaultAddress } from './address.ts'
import { rotations, type Rotation } from './calendar.ts'
import {
  flag,
  listOf,
  oneOf,
  resolveOptions,
  size,
  text,
  wholeNumber,
  type Checks
} from './checks.ts'
import { ZmqPubError } from './errors.ts'
import { isZoneName } from './zone.ts'

/** What a collector can be told, all optional: a flag, an environment variable or a key of the configuration file each. */
export interface CollectorOptions {
  /** Addresses to listen on. @default 'tcp://127.0.0.1:5558', none where `connect` is given */
  bind?: string | string[]
  /** Addresses of binding senders to connect to. @default none */
  connect?: string | string[]
  /** Prefixes of the topics to take. @default all */
  topic?: string | string[]
  /** Path of the log; `{date}` stands for the period. @default 'logs/{date}.log' */
  file?: string
  /** When a new file is begun. @default 'daily' */
  rotate?: Rotation
  /** A file that would become larger is followed by `….1.log`: bytes, or '100m'. 0 = never. @default 0 */
  maxSize?: number | string
  /** So many files are kept, with the one that is written. 0 = all. @default 0 */
  keepFiles?: number
  /** Files are kept for so many days after their last line. 0 = for ever. @default 0 */
  keepDays?: number
  /** So much is kept, with the file that is written: bytes, or '10g'. 0 = all. @default 0 */
  keepBytes?: number | string
  /** Compress closed files with gzip. @default false */
  compress?: boolean
  /** A link to the file that is written, in the log's folder. @default none */
  symlink?: string
  /** Whose calendar and clock are used: 'local', 'utc' or an IANA name. @default 'local' */
  timezone?: string
  /** The senders' records as they are, or lines as the Python recipe writes them. @default 'ndjson' */
  format?: 'ndjson' | 'text'
  /** Acknowledge records only when they are on the disk: they survive a power cut. @default false */
  fsync?: boolean
}

export interface ResolvedCollectorOptions {
  bind: string[]
  connect: string[]
  topic: string[]
  file: string
  rotate: Rotation
  maxSize: number
  keepFiles: number
  keepDays: number
  keepBytes: number
  compress: boolean
  symlink: string
  timezone: string
  format: 'ndjson' | 'text'
  fsync: boolean
}

export type CollectorOptionName = keyof ResolvedCollectorOptions

export const collectorDefaults: ResolvedCollectorOptions = {
  bind: [defaultAddress],
  connect: [],
  topic: [''],
  file: 'logs/{date}.log',
  rotate: 'daily',
  maxSize: 0,
  keepFiles: 0,
  keepDays: 0,
  keepBytes: 0,
  compress: false,
  symlink: '',
  timezone: 'local',
  format: 'ndjson',
  fsync: false
}

/** Whether a path may be a file's: the folder that it stands in isn't looked at. */
function isFilePath(given: string): boolean {
  return !given.includes('\0') && !/(?:^|[/\\])\.{0,2}$/.test(given)
}

/** The default file of a log that is never rotated. */
const unrotatedFile = 'logs/zmq-pub.log'

/** More files, or days, than any log has. */
const maxKept = 1_000_000

const checks: Checks<ResolvedCollectorOptions> = {
  bind: listOf(address),
  connect: listOf(address),
  topic: listOf(text("a text that doesn't begin with a NUL", given => !given.startsWith('\0'))),
  file: text('the path of a file', isFilePath),
  rotate: oneOf(...rotations),
  maxSize: size,
  keepFiles: wholeNumber(0, maxKept),
  keepDays: wholeNumber(0, maxKept),
  keepBytes: size,
  compress: flag,
  symlink: text('a path', given => !given.includes('\0')),
  timezone: text("'local', 'utc' or an IANA name such as 'Europe/Berlin'", isZoneName),
  format: oneOf('ndjson', 'text'),
  fsync: flag
}

export const collectorOptionNames = Object.keys(checks) as CollectorOptionName[]

/**
 * @param given what the user wrote
 * @param label how a message names an option, such as `--bind`
 * @throws ERR_ZMQ_PUB_OPTION that names the option, what it must be and what came
 */
export function parseCollectorOptions(
  given: CollectorOptions,
  label: (name: string) => string = name => name
): ResolvedCollectorOptions {
  const options = resolveOptions(given, collectorDefaults, checks, label)
  if (given.bind === undefined && options.connect.length > 0) options.bind = []
  if (given.file === undefined && options.rotate === 'never') options.file = unrotatedFile
  if (options.rotate === 'never' && options.file.includes('{date}')) {
    throw new ZmqPubError(
      'ERR_ZMQ_PUB_OPTION',
      `${label('file')} must not contain {date} when ${label('rotate')} is 'never', got '${options.file}'; leave {date} out or choose a rotation`
    )
  }
  return options
}
