import { address, defaultAddress } from './address.ts'
import { rotations, type Rotation } from './calendar.ts'
import { flag, listOf, oneOf, resolveOptions, text, type Checks } from './checks.ts'
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
  timezone: 'local',
  format: 'ndjson',
  fsync: false
}

/** The default file of a log that is never rotated. */
const unrotatedFile = 'logs/zmq-pub.log'

const checks: Checks<ResolvedCollectorOptions> = {
  bind: listOf(address),
  connect: listOf(address),
  topic: listOf(text("a text that doesn't begin with a NUL", given => !given.startsWith('\0'))),
  file: text('a path', given => given !== '' && !given.includes('\0')),
  rotate: oneOf(...rotations),
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
