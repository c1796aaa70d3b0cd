import { resolve } from 'node:path'
import { ZmqPubError } from '../errors.ts'
import { address, defaultAddress, isLocalAddress } from '../options/address.ts'
import {
  boolean,
  listOf,
  oneOf,
  recordOf,
  resolveOptions,
  string,
  wholeNumber,
  type Validator,
  type Validators
} from '../options/validators.ts'
import { pythonLevelNames } from '../record/levels.ts'
import { hideKeys } from '../util/hide-keys.ts'
import { isObject } from '../util/object.ts'
import { maxBatchBytes, maxNameBytes } from '../wire/limits.ts'
import { addEnvironment } from './environment.ts'
import { readCurve, type CurveOptions, type ResolvedCurve } from './curve-options.ts'
import type { TransportEvents } from './events.ts'

export type { CurveOptions } from './curve-options.ts'

/** The `options` of `pino.transport({ target: 'zmq-pub', options })`, all optional. docs/options.md has them as a table. */
export interface TransportOptions {
  /** Where to connect (or bind): one or several. @default 'tcp://127.0.0.1:5558' */
  address?: string | string[]
  /** Bind the addresses and let collectors connect. @default false */
  bind?: boolean
  /** The keys of an encrypted connection: the collector's, and the app's own. @default none: not encrypted */
  curve?: CurveOptions
  /** Bind beyond loopback and ipc: anybody who reaches the port then reads all records. @default false */
  insecure?: boolean
  /** Root topic. @default the logger's `name`, else none */
  topic?: string
  /** 'batch' speaks only to zmq-pub collectors, 'plain' only as Python's PUBHandler; 'auto' asks. @default 'auto' */
  wire?: 'auto' | 'batch' | 'plain'
  /** What the plain wire carries: the NDJSON record, or its message alone. @default 'ndjson' */
  plainFormat?: 'ndjson' | 'text'
  /** Level names on the plain wire by pino's level name, merged over Python's, such as `{ trace: 'TRACE' }`. */
  plainLevels?: Record<string, string>
  /** The record's member with the level, where it isn't pino's: 'severity', 'log.level'. @default 'level', 'severity' or 'log.level' */
  levelKey?: string
  /** The record's member with the time. @default 'time', 'timestamp' or '@timestamp' */
  timeKey?: string
  /** The record's member with the message. @default the logger's `messageKey`, else 'msg' or 'message' */
  messageKey?: string
  /** Records held while they can't be delivered; above it the oldest are dropped and counted. Unit: bytes. @default 67_108_864 */
  maxBufferBytes?: number
  /** A folder for records that memory can't hold, or that are undelivered when the app ends. @default none */
  spool?: { dir: string; maxBytes?: number }
  /** Write no lines about trouble to stderr, but what is lost at the end. @default false */
  quiet?: boolean
  /** How long a connected collector may acknowledge nothing before it no longer slows the app down. Unit: ms, at most 9000. @default 5000 */
  stallMs?: number
  /** How long `end()` waits for what is undelivered. Unit: ms, at most 9000 (pino waits 10 s). @default 5000 */
  closeTimeoutMs?: number
  /** A batch ends with the record that brings it to this size. Unit: bytes. @default 262_144 */
  batchBytes?: number
  /** A record waits at most this long for others, twice as long where 16 KiB come meanwhile; one that comes alone at this pace leaves at once. Unit: ms. @default 25 */
  batchMs?: number
  /** First pause before connecting again; doubles up to the next option. Unit: ms. @default 100 */
  reconnectIntervalMs?: number
  /** Longest pause before connecting again. Unit: ms. @default 5000 */
  reconnectMaxIntervalMs?: number
  /** How often an idle connection is probed; 0 = never. Unit: ms. @default 5000 */
  heartbeatIntervalMs?: number
  /** A connection without a sign of life for this long is closed. Unit: ms. @default 30_000 */
  heartbeatTimeoutMs?: number
}

/** Where the address comes from: the option, `ZMQ_PUB_ADDRESS`, or neither. */
export type AddressFrom = TransportEvents['subscribed']['addressFrom']

/** All options with their defaults; units as in TransportOptions. */
export interface ResolvedTransportOptions extends Required<
  Omit<TransportOptions, 'curve' | 'topic' | 'levelKey' | 'timeKey' | 'messageKey' | 'spool'>
> {
  address: string[]
  /** who says the address: a wrong one is to be corrected there */
  addressFrom: AddressFrom
  curve: ResolvedCurve | undefined
  topic: string | undefined
  levelKey: string | undefined
  timeKey: string | undefined
  messageKey: string | undefined
  spool: SpoolOptions | undefined
}

/** The default of each option. */
export const transportDefaults: Omit<ResolvedTransportOptions, 'addressFrom'> = {
  address: [defaultAddress],
  bind: false,
  curve: undefined,
  insecure: false,
  topic: undefined,
  wire: 'auto',
  plainFormat: 'ndjson',
  plainLevels: pythonLevelNames,
  levelKey: undefined,
  timeKey: undefined,
  messageKey: undefined,
  maxBufferBytes: 64 * 1024 * 1024,
  spool: undefined,
  quiet: false,
  stallMs: 5000,
  closeTimeoutMs: 5000,
  batchBytes: 256 * 1024,
  batchMs: 25,
  reconnectIntervalMs: 100,
  reconnectMaxIntervalMs: 5000,
  heartbeatIntervalMs: 5000,
  heartbeatTimeoutMs: 30_000
}

const hour = 3_600_000
const defaultSpoolBytes = 1024 * 1024 * 1024

const spoolBytes = wholeNumber(1024 * 1024, 2 ** 50)

const spool: Validator<SpoolOptions> = {
  expected: `an object with dir, a folder, and optionally maxBytes, ${spoolBytes.expected}`,
  schema: { type: 'object' },
  read(given) {
    const { dir, maxBytes = defaultSpoolBytes, ...rest } = (given ?? {}) as Partial<SpoolOptions>
    const bytes = spoolBytes.read(maxBytes)
    const isKnown = typeof dir === 'string' && dir !== '' && Object.keys(rest).length === 0
    return isKnown && bytes !== undefined ? { dir: resolve(dir), maxBytes: bytes } : undefined
  }
}

const memberName = string(
  `the name of a record's member, at most ${maxNameBytes} bytes`,
  given => given !== '' && Buffer.byteLength(given) <= maxNameBytes
)

/** Anything: `readCurve` checks it, as its messages may not have what came. */
const curve: Validator<object> = {
  expected: 'an object with keys',
  schema: { type: 'object' },
  read: given => given as object
}

/** The options with `curve` as it was written. */
type CheckedTransportOptions = Omit<typeof transportDefaults, 'curve'> & { curve: unknown }

const transportValidators: Validators<CheckedTransportOptions> = {
  address: listOf(address),
  bind: boolean,
  curve,
  insecure: boolean,
  topic: string(
    `a string of at most ${maxNameBytes} bytes that doesn't start with a NUL character`,
    given => !given.startsWith('\0') && Buffer.byteLength(given) <= maxNameBytes
  ),
  wire: oneOf('auto', 'batch', 'plain'),
  plainFormat: oneOf('ndjson', 'text'),
  plainLevels: recordOf(string('a non-empty string', given => given !== '')),
  levelKey: memberName,
  timeKey: memberName,
  messageKey: memberName,
  maxBufferBytes: wholeNumber(1024, 2 ** 40),
  spool,
  quiet: boolean,
  stallMs: wholeNumber(100, 9000), // pino's main thread waits no longer than 10 s for a held write
  closeTimeoutMs: wholeNumber(0, 9000),
  batchBytes: wholeNumber(1, maxBatchBytes),
  batchMs: wholeNumber(0, 60_000),
  reconnectIntervalMs: wholeNumber(1, hour),
  reconnectMaxIntervalMs: wholeNumber(1, hour),
  heartbeatIntervalMs: wholeNumber(0, hour),
  heartbeatTimeoutMs: wholeNumber(1, hour)
}

/** The names of all options. */
export const transportOptionNames = Object.keys(transportValidators) as (keyof TransportOptions)[]

/** Keys that pino adds to a transport's options. */
const pinoOwnNames = ['$context', 'pinoWillSendConfig']

/**
 * @param given what the user wrote; pino adds `$context` and `pinoWillSendConfig`, and hands over
 *   undefined for a target without options
 * @param optionName how a message names an option, such as `--batch-ms`
 * @param env the environment, which has what isn't given: see environment.ts
 * @throws ERR_ZMQ_PUB_OPTION that names the option, what it must be and what came; ERR_ZMQ_PUB_KEY
 */
export function parseTransportOptions(
  given: unknown,
  optionName: (name: string) => string = name => name,
  env: NodeJS.ProcessEnv = {}
): ResolvedTransportOptions {
  const own = withoutPinosOwn(given ?? {})
  const { given: all, variableOf } = isObject(own)
    ? addEnvironment(own, env)
    : { given: own, variableOf: () => undefined }
  const toName = (name: string): string => variableOf(name) ?? optionName(name)
  const options = resolveOptions<CheckedTransportOptions>(
    all,
    transportDefaults,
    transportValidators,
    toName
  )
  if (options.bind) checkBind(options, toName)
  const resolvedCurve =
    options.curve === undefined
      ? undefined
      : readCurve(options.curve, options.address.length, member =>
          toName(member ? `curve.${member}` : 'curve')
        )
  const plainLevels = { ...pythonLevelNames, ...options.plainLevels }
  const isOwnAddress = isObject(own) && own['address'] !== undefined
  const isDefault = !isOwnAddress && variableOf('address') === undefined
  const addressFrom = isOwnAddress ? 'option' : isDefault ? 'default' : 'environment'
  return { ...options, addressFrom, curve: resolvedCurve, plainLevels }
}

function withoutPinosOwn(given: unknown): unknown {
  if (!isObject(given)) return given
  return Object.fromEntries(Object.entries(given).filter(([name]) => !pinoOwnNames.includes(name)))
}

/** Who binds can't ask for keys yet, so all that reaches the port gets in: see docs/security.md. */
function checkBind(
  { address: addresses, curve: keys, insecure }: CheckedTransportOptions,
  optionName: (name: string) => string
): void {
  if (keys !== undefined) {
    throw new ZmqPubError(
      'ERR_ZMQ_PUB_OPTION',
      `${optionName('curve')} can't be used with ${optionName('bind')}: let the collector bind and the app connect`
    )
  }
  const open = addresses.find(given => !isLocalAddress(given))
  if (open === undefined || insecure) return
  throw new ZmqPubError(
    'ERR_ZMQ_PUB_OPTION',
    `${optionName('bind')} at ${hideKeys(open)} would send all records unencrypted to anybody who can connect to the port; ` +
      `let the collector bind and the app connect with ${optionName('curve')}, or, in a network that you trust, set ${optionName('insecure')}`
  )
}

/** The resolved option `spool`. */
export interface SpoolOptions {
  /** a folder on this machine, absolute; several transports may share it */
  dir: string
  /** most bytes on disk for each sender id */
  maxBytes: number
}
