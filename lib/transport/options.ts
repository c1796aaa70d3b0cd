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

/**
 * The options of a transport. All are optional. An unknown name or an invalid value is an ERR_ZMQ_PUB_OPTION.
 * docs/options.md describes them in a table.
 *
 *     pino.transport({
 *       target: 'zmq-pub',
 *       options: {
 *         address: 'tcp://logs:5558',
 *         curve: { serverKeyFile: 'collector.key', secretKeyFile: 'shop.key_secret' }
 *       }
 *     })
 */
export interface TransportOptions {
  /**
   * The address of the collector, or a list of addresses: `tcp://host:port` or `ipc://path`. With several addresses,
   * each collector gets every record, unless `mode` says otherwise. If the app gives no address, `ZMQ_PUB_ADDRESS` is used.
   * @default 'tcp://127.0.0.1:5558'
   */
  address?: string | string[]
  /**
   * What several addresses are for. 'copies': each collector gets every record. 'failover': the addresses are gateways of
   * one stream, and records go to the first that works. With one address it makes no difference. @default 'copies'
   */
  mode?: 'copies' | 'failover'
  /** Whether the transport binds its addresses, so that collectors connect to it. @default false */
  bind?: boolean
  /** The keys of an encrypted connection. Without them the connection is not encrypted. @default none */
  curve?: CurveOptions
  /**
   * With `bind`: also allow addresses that other hosts can reach. Every program that can connect to them reads all
   * records. @default false
   */
  insecure?: boolean
  /** The root topic of all records, at most 256 bytes. @default the logger's `name`; if it has none, the empty topic */
  topic?: string
  /**
   * The wire format. 'batch' works only with zmq-pub collectors. 'plain' sends what Python's PUBHandler sends. 'auto'
   * uses the format that the subscriber asks for. @default 'auto'
   */
  wire?: 'auto' | 'batch' | 'plain'
  /** What a message on the plain wire contains: the record as a line of JSON, or only its message. @default 'ndjson' */
  plainFormat?: 'ndjson' | 'text'
  /**
   * Level names on the plain wire, by pino's level name. They are merged over Python's names:
   * `{ trace: 'TRACE' }` changes only trace.
   * @default { trace: 'DEBUG', debug: 'DEBUG', info: 'INFO', warn: 'WARNING', error: 'ERROR', fatal: 'CRITICAL' }
   */
  plainLevels?: Record<string, string>
  /** The key of the level in a record, at most 256 bytes. @default 'level', 'severity' or 'log.level' */
  levelKey?: string
  /** The key of the time in a record, at most 256 bytes. @default 'time', 'timestamp' or '@timestamp' */
  timeKey?: string
  /** The key of the message in a record, at most 256 bytes. @default the logger's `messageKey`, else 'msg' or 'message' */
  messageKey?: string
  /**
   * The maximum size of the records held in memory until they are acknowledged. Above it, records move to the spool.
   * Without a spool, or when it is full, the oldest records are dropped and counted.
   * Unit: bytes, 1024 to 2^40. @default 67_108_864, with `mode: 'failover'` 268_435_456
   */
  maxBufferBytes?: number
  /**
   * The spool: a folder for records that memory cannot hold, and for records that are undelivered when the app ends.
   * The next process that uses the folder sends them. `dir` is the folder. `maxBytes` is the maximum size for each
   * sender id, 1_048_576 to 2^50 bytes, by default 1_073_741_824. A string is the folder. @default none
   */
  spool?: string | { dir: string; maxBytes?: number }
  /** Whether the transport writes no lines about trouble to stderr. Losses at the end are written anyway. @default false */
  quiet?: boolean
  /**
   * How long a connected collector may acknowledge nothing before the transport no longer slows the app down for it, or
   * leaves it behind if there are several. Unit: ms, 100 to 9000. @default 5000
   */
  stallMs?: number
  /**
   * How long the end of the app waits for acks. pino itself waits at most 10 s.
   * Unit: ms, 0 to 9000. @default 5000
   */
  closeTimeoutMs?: number
  /**
   * The size at which a batch is complete. The record that reaches it is still part of the batch. A quarter of
   * `maxBufferBytes` is used if that is less. Unit: bytes, 1 to 8_388_608. @default 262_144
   */
  batchBytes?: number
  /**
   * How long a record waits for other records, so that they are sent as one batch. It waits four times as long, up to
   * 100 ms, if fewer than five records arrive in this time, or 16 KiB or more. A record is sent immediately if the next
   * one is expected too late to be part of its batch.
   * Unit: ms, 0 to 60_000. @default 25
   */
  batchMs?: number
  /**
   * How often the event `counters` is emitted, if its numbers have changed; 0 = never.
   * Unit: ms, 0 to 3_600_000. @default 60_000
   */
  countersMs?: number
  /**
   * The first pause before a reconnection. Each further pause is twice as long, up to `reconnectMaxIntervalMs`.
   * Unit: ms, 1 to 3_600_000. @default 100
   */
  reconnectIntervalMs?: number
  /** The longest pause before a reconnection. Unit: ms, 1 to 3_600_000. @default 5000 */
  reconnectMaxIntervalMs?: number
  /** The interval of heartbeats on a connection. 0 turns them off. Unit: ms, 0 to 3_600_000. @default 5000 */
  heartbeatIntervalMs?: number
  /**
   * A connection that is silent for this long is closed. Choose a value longer than the longest stall of a collector.
   * Unit: ms, 1 to 3_600_000. @default 30_000
   */
  heartbeatTimeoutMs?: number
}

/** Where the address comes from: the option, the environment variable `ZMQ_PUB_ADDRESS`, or the default. */
export type AddressFrom = TransportEvents['subscribed']['addressFrom']

/** All options with their defaults; units as in TransportOptions. */
export interface ResolvedTransportOptions extends Required<
  Omit<TransportOptions, 'curve' | 'topic' | 'levelKey' | 'timeKey' | 'messageKey' | 'spool'>
> {
  address: string[]
  /** 'failover' only with several addresses */
  mode: 'copies' | 'failover'
  /** where a wrong address must be corrected */
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
  mode: 'copies',
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
  countersMs: 60_000,
  reconnectIntervalMs: 100,
  reconnectMaxIntervalMs: 5000,
  heartbeatIntervalMs: 5000,
  heartbeatTimeoutMs: 30_000
}

/**
 * The default of `maxBufferBytes` with failover. While the engine behind the gateways elects a leader, nothing is
 * acknowledged. It is enough for 30 s with 20,000 records/s of 400 bytes. Unit: bytes
 */
const failoverBufferBytes = 256 * 1024 * 1024

const hour = 3_600_000
const defaultSpoolBytes = 1024 * 1024 * 1024

const spoolBytes = wholeNumber(1024 * 1024, 2 ** 50)

const spool: Validator<SpoolOptions> = {
  expected: `a folder, or an object with dir, a folder, and optionally maxBytes, ${spoolBytes.expected}`,
  schema: { type: ['string', 'object'] },
  read(given) {
    // A folder whose name begins so is JSON that isn't valid, from the environment or a flag.
    const isFolder = typeof given === 'string' && !given.startsWith('{')
    const all: Partial<SpoolOptions> = isFolder ? { dir: given } : (given ?? {})
    const { dir, maxBytes = defaultSpoolBytes, ...rest } = all
    const bytes = spoolBytes.read(maxBytes)
    const isKnown = typeof dir === 'string' && dir !== '' && Object.keys(rest).length === 0
    return isKnown && bytes !== undefined ? { dir: resolve(dir), maxBytes: bytes } : undefined
  }
}

const memberName = string(
  `the name of a record's member, at most ${maxNameBytes} bytes`,
  given => given !== '' && Buffer.byteLength(given) <= maxNameBytes
)

/** Accepts anything: `readCurve` checks it, because its messages must not contain the given value. */
const curve: Validator<object> = {
  expected: 'an object with keys',
  schema: { type: 'object' },
  read: given => given as object
}

/** The options, with `curve` as the user wrote it. */
type CheckedTransportOptions = Omit<typeof transportDefaults, 'curve'> & { curve: unknown }

const transportValidators: Validators<CheckedTransportOptions> = {
  address: listOf(address),
  mode: oneOf('copies', 'failover'),
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
  countersMs: wholeNumber(0, hour),
  reconnectIntervalMs: wholeNumber(1, hour),
  reconnectMaxIntervalMs: wholeNumber(1, hour),
  heartbeatIntervalMs: wholeNumber(0, hour),
  heartbeatTimeoutMs: wholeNumber(1, hour)
}

/** The names of all options. */
export const transportOptionNames = Object.keys(transportValidators) as (keyof TransportOptions)[]

/** Keys that pino adds to the options of a transport. */
const pinoOwnNames = ['$context', 'pinoWillSendConfig']

/**
 * Checks options and fills in the defaults.
 * @param given the user's options. pino adds `$context` and `pinoWillSendConfig`; it passes undefined for a target
 *   without options
 * @param optionName how a message names an option, such as `--batch-ms` for `batchMs`
 * @param env the environment variables, which are used for options that are not given: see environment.ts
 * @throws ERR_ZMQ_PUB_OPTION, which names the option, the expected value and the given one; ERR_ZMQ_PUB_KEY
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
  if (options.mode === 'failover') checkFailover(options, toName)
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
  const mode = options.address.length > 1 ? options.mode : 'copies'
  const isBufferGiven = isObject(all) && all['maxBufferBytes'] !== undefined
  const maxBufferBytes =
    mode === 'failover' && !isBufferGiven ? failoverBufferBytes : options.maxBufferBytes
  return { ...options, mode, maxBufferBytes, addressFrom, curve: resolvedCurve, plainLevels }
}

/** Without acks, or with collectors that connect in any order, there is nothing to fail over between. */
function checkFailover(
  { bind, wire }: CheckedTransportOptions,
  optionName: (name: string) => string
): void {
  const mode = `${optionName('mode')} 'failover'`
  if (bind) {
    throw new ZmqPubError(
      'ERR_ZMQ_PUB_OPTION',
      `${mode} can't be used with ${optionName('bind')}: the transport must connect to the gateways`
    )
  }
  if (wire === 'plain') {
    throw new ZmqPubError(
      'ERR_ZMQ_PUB_OPTION',
      `${mode} can't be used with ${optionName('wire')} 'plain', which has no acks: leave out one of them`
    )
  }
}

function withoutPinosOwn(given: unknown): unknown {
  if (!isObject(given)) return given
  return Object.fromEntries(Object.entries(given).filter(([name]) => !pinoOwnNames.includes(name)))
}

/** A binding transport cannot check keys yet, so every program that reaches the port can connect: see docs/security.md. */
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
  /** absolute path of a folder on this machine, which several transports may share */
  dir: string
  /** maximum size on disk for each sender id. Unit: bytes */
  maxBytes: number
}
