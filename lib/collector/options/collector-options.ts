import { toMessage, ZmqPubError } from '../../errors.ts'
import { address, defaultAddress } from '../../options/address.ts'
import {
  boolean,
  listOf,
  resolveOptions,
  show,
  string,
  type Validator,
  type Validators
} from '../../options/validators.ts'
import { toAbsolutePath } from '../../util/absolute-path.ts'
import { parseHostPort } from '../../util/host-port.ts'
import { isObject } from '../../util/object.ts'
import { isTimeZoneName } from '../time/time-zone.ts'
import {
  accessDefaults,
  accessValidators,
  findAccessFaults,
  type AccessOptions,
  type ResolvedAccessOptions
} from './access-options.ts'
import {
  engineSchemas,
  findEngineFaults,
  isGateway,
  resolveFrom,
  resolveGateway,
  type NatsSourceOptions,
  type ResolvedNatsOutput,
  type ResolvedNatsSource
} from './engine-options.ts'
import {
  completeLogOptions,
  findPathFaults,
  logDefaults,
  logValidators,
  outputValidators,
  resolveOutput,
  type LogOptions,
  type OutputOptions,
  type ResolvedLogOptions,
  type ResolvedOutputOptions
} from './output-options.ts'
import { findOverlaps } from './output-overlap.ts'
import { findTextFaults } from './text-option.ts'

/**
 * The options of a collector, as in its configuration file. All are optional. An unknown name or an invalid value is an
 * ERR_ZMQ_PUB_OPTION. docs/options.md describes them in a table, as flags.
 *
 *     await startCollector({
 *       bind: 'tcp://*:5558',
 *       curveSecretKey: 'collector.key_secret',
 *       authorizedKeys: 'clients',
 *       file: 'logs/{app}/{date}.log',
 *       keepDays: 30
 *     })
 */
export interface CollectorOptions extends LogOptions, AccessOptions {
  /**
   * The address to listen on, or a list of addresses: `tcp://host:port` or `ipc://path`. A port `*` is any free port.
   * @default 'tcp://*:5558' with `curveSecretKey`; otherwise 'tcp://127.0.0.1:5558', or none if `connect` is given
   */
  bind?: string | string[]
  /** With `curveSecretKey`: further addresses to listen on, without encryption. @default none */
  bindPlain?: string | string[]
  /** The address of a transport that binds, or a list of addresses. The collector connects to them. @default none */
  connect?: string | string[]
  /** A prefix of the topics to receive, or a list of prefixes. @default all topics */
  topic?: string | string[]
  /** An address to publish the records at, or a list of addresses, for `zmq-pub-collector tail` and other watchers. @default none */
  publish?: string | string[]
  /** Serve numbers for Prometheus, /healthz and /readyz by HTTP at this `HOST:PORT`; needs the package prom-client. @default none */
  metrics?: string
  /** Serve a page at this `HOST:PORT` on which a browser shows live records, history and senders. @default none */
  ui?: string
  /** Another host name under which browsers reach the page, such as that of a reverse proxy, or a list of names. @default none */
  uiName?: string | string[]
  /**
   * The time zone of periods and of the times in text: 'local', 'utc', or an IANA name such as 'Europe/Berlin'.
   * @default 'local'
   */
  timezone?: string
  /**
   * Whether records are acknowledged only when they are on the disk (fsync), so that they survive a power failure. This
   * is slower. @default false
   */
  fsync?: boolean
  /**
   * Several outputs, each with its own path, format and filters. Together with it, `file` and `symlink` may only be given
   * in each output. It cannot be a flag or an environment variable. @default one output with the options given here
   */
  outputs?: OutputOptions[]
  /**
   * Read records from a stream of NATS JetStream, into which gateways write, instead of listening. It cannot be a flag or
   * an environment variable. @default none
   */
  from?: { nats: NatsSourceOptions }
}

/** The options that can be flags and environment variables, checked and with defaults filled in. */
export interface ResolvedSettings extends ResolvedLogOptions, ResolvedAccessOptions {
  bind: string[]
  bindPlain: string[]
  connect: string[]
  topic: string[]
  publish: string[]
  /** '' = none */
  metrics: string
  /** '' = none */
  ui: string
  uiName: string[]
  timezone: string
  fsync: boolean
}

/** All options, checked and with defaults filled in. */
export interface ResolvedCollectorOptions extends ResolvedSettings {
  /** at least one, unless it is a gateway */
  outputs: ResolvedOutputOptions[]
  /** what a gateway writes to, in place of outputs */
  gateway?: ResolvedNatsOutput
  /** what a writer reads, in place of addresses */
  from?: ResolvedNatsSource
}

/** Name of an option that can be a flag. */
export type CollectorOptionName = keyof ResolvedSettings

/** The default of each option that can be a flag. */
export const collectorDefaults: ResolvedSettings = {
  bind: [defaultAddress],
  bindPlain: [],
  connect: [],
  topic: [''],
  publish: [],
  ...logDefaults,
  metrics: '',
  ui: '',
  uiName: [],
  timezone: 'local',
  fsync: false,
  ...accessDefaults
}

/** The default address of a collector with keys. */
const defaultSecureAddress = 'tcp://*:5558'

/** Without a scheme and a port. */
const hostName = /^[\w-]{1,63}(?:\.[\w-]{1,63}){0,10}$/

const settingValidators: Validators<ResolvedSettings> = {
  bind: listOf(address),
  bindPlain: listOf(address),
  connect: listOf(address),
  topic: listOf(
    string("a string that doesn't start with a NUL character", given => !given.startsWith('\0'))
  ),
  publish: listOf(address),
  ...logValidators,
  metrics: string(
    "an address such as '127.0.0.1:9464'",
    given => parseHostPort(given) !== undefined
  ),
  ui: string("an address such as '127.0.0.1:8558'", given => parseHostPort(given) !== undefined),
  uiName: listOf(string("a name such as 'logs.example.com'", given => hostName.test(given))),
  timezone: string("'local', 'utc' or an IANA name such as 'Europe/Berlin'", isTimeZoneName),
  fsync: boolean,
  ...accessValidators
}

/** The list of outputs; its items are checked one by one. */
const outputList: Validator<unknown[]> = {
  expected: 'a list with at least one object',
  schema: { type: 'array', minItems: 1, items: { type: 'object' } },
  read: given => (Array.isArray(given) && given.length > 0 ? given : undefined)
}

/** Names of the options that can be flags and environment variables. */
export const collectorOptionNames = Object.keys(settingValidators) as CollectorOptionName[]

/** All keys of a configuration file. */
export const configKeys: readonly string[] = [...collectorOptionNames, 'outputs', 'from']

/** Converts the name of an option to the name that messages show, such as `--bind`. */
export type OptionName = (name: string) => string

const sameName: OptionName = name => name

/**
 * Checks options and fills in defaults.
 * @param optionName converts names for messages
 * @throws ERR_ZMQ_PUB_OPTION, which names the option, the expected value and the given one
 */
export function parseCollectorOptions(
  given: CollectorOptions,
  optionName: OptionName = sameName
): ResolvedCollectorOptions {
  const { settings, outputs, gateway, from } = resolveAll(given, optionName)
  const [fault] = findFaults(given, settings, outputs, optionName)
  if (fault !== undefined) throw new ZmqPubError('ERR_ZMQ_PUB_OPTION', fault)
  const { curveSecretKey, authorizedKeys } = settings
  return {
    ...settings,
    curveSecretKey: curveSecretKey && toAbsolute(curveSecretKey),
    authorizedKeys: authorizedKeys && toAbsolute(authorizedKeys),
    outputs: outputs.map(output => ({ ...output, file: toAbsolute(output.file) })),
    ...(gateway && { gateway: withAbsolutePaths(gateway) }),
    ...(from && { from: withAbsolutePaths(from) })
  }
}

function withAbsolutePaths<T extends ResolvedNatsOutput | ResolvedNatsSource>(nats: T): T {
  const { credentials, tls } = nats
  const [ca, cert, key] = [tls.ca, tls.cert, tls.key].map(path => path && toAbsolute(path))
  return { ...nats, credentials: credentials && toAbsolute(credentials), tls: { ca, cert, key } }
}

/** An absolute path, which stays the same when the working directory changes. @throws ERR_ZMQ_PUB_FILE */
function toAbsolute(path: string): string {
  try {
    return toAbsolutePath(path)
  } catch (error) {
    throw new ZmqPubError('ERR_ZMQ_PUB_FILE', toMessage(error), { cause: error })
  }
}

/** All errors in options, as messages. Empty if `parseCollectorOptions` accepts the options. */
export function findOptionProblems(
  given: Record<string, unknown>,
  optionName: OptionName
): string[] {
  const problems: string[] = []
  const { outputs: items, from, ...others } = given
  const isOfGateway = isGateway(items)
  const engineProblems = [
    ...(isOfGateway ? errorsOf(() => resolveGateway(items, optionName)) : []),
    ...(from === undefined ? [] : errorsOf(() => resolveFrom(from, optionName)))
  ]
  problems.push(...engineProblems)
  const valid = keepValid(others, name => checkOne({ [name]: others[name] }, optionName), problems)
  let validOutputs: unknown[] | undefined
  if (Array.isArray(items) && items.length > 0 && !isOfGateway) {
    validOutputs = items.map((item, index) => {
      const itemName = itemOptionName(optionName, index)
      const keys = isObject(item) ? item : {}
      if (!isObject(item))
        problems.push(`ERR_ZMQ_PUB_OPTION: ${describeItemFault(item, index, optionName)}`)
      const check = (name: string): string[] =>
        errorsOf(() => resolveOutput({ [name]: keys[name] }, logDefaults, itemName))
      const before = problems.length
      const validKeys = keepValid(keys, check, problems)
      const isValid = problems.length === before && isObject(item)
      // An output that is already reported gets a path of its own, so that it does not overlap another.
      return isValid ? validKeys : { file: `output-${index}.log`, ...validKeys }
    })
  } else if (items !== undefined && !isOfGateway) {
    problems.push(...checkOne({ outputs: items as OutputOptions[] }, optionName))
  }
  // An option whose value is already reported is not missing.
  const invalid = (['curveSecretKey', 'authorizedKeys'] as const).filter(
    name => others[name] !== undefined && valid[name] === undefined
  )
  const rest = {
    ...valid,
    ...Object.fromEntries(invalid.map(name => [name, '.'])),
    ...(validOutputs && { outputs: validOutputs }),
    ...(engineProblems.length === 0 && { from, ...(isOfGateway && { outputs: items }) })
  } as CollectorOptions
  const { settings, outputs } = resolveAll(rest, optionName)
  const faults = findFaults(rest, settings, outputs, optionName)
  return [...problems, ...faults.map(fault => `ERR_ZMQ_PUB_OPTION: ${fault}`)]
}

function keepValid(
  given: Record<string, unknown>,
  check: (name: string) => string[],
  problems: string[]
): Record<string, unknown> {
  const valid = Object.entries(given).filter(([name]) => {
    const found = check(name)
    problems.push(...found)
    return found.length === 0
  })
  return Object.fromEntries(valid)
}

function checkOne(given: CollectorOptions, optionName: OptionName): string[] {
  return errorsOf(() => resolveAll(given, optionName))
}

function errorsOf(act: () => unknown): string[] {
  try {
    act()
    return []
  } catch (error) {
    return [(error as Error).message]
  }
}

function itemOptionName(optionName: OptionName, index: number): OptionName {
  return name => optionName(`outputs[${index}].${name}`)
}

/** Checks each option by itself. @throws ERR_ZMQ_PUB_OPTION if a name is unknown or a value is not valid */
function resolveAll(
  { outputs: items, from, ...given }: CollectorOptions,
  optionName: OptionName
): Pick<ResolvedCollectorOptions, 'outputs' | 'gateway' | 'from'> & { settings: ResolvedSettings } {
  const settings = completeLogOptions(
    resolveOptions(given, collectorDefaults, settingValidators, optionName),
    given
  )
  if (given.bind === undefined) {
    if (settings.curveSecretKey !== '') settings.bind = [defaultSecureAddress]
    else if (settings.connect.length > 0 || from !== undefined) settings.bind = []
  }
  if (isGateway(items)) return { settings, outputs: [], gateway: resolveGateway(items, optionName) }
  const source = from === undefined ? {} : { from: resolveFrom(from, optionName) }
  if (items === undefined) return { settings, outputs: [toOnlyOutput(settings)], ...source }
  const list = outputList.read(items)
  if (!list) {
    throw new ZmqPubError(
      'ERR_ZMQ_PUB_OPTION',
      `${optionName('outputs')} must be ${outputList.expected}, got ${show(items)}`
    )
  }
  const outputs = list.map((item, index) => {
    if (isObject(item))
      return resolveOutput(item, toLogOptions(settings), itemOptionName(optionName, index))
    throw new ZmqPubError('ERR_ZMQ_PUB_OPTION', describeItemFault(item, index, optionName))
  })
  return { settings, outputs, ...source }
}

function describeItemFault(item: unknown, index: number, optionName: OptionName): string {
  return `${optionName(`outputs[${index}]`)} must be an object, got ${show(item)}`
}

function toLogOptions(settings: ResolvedSettings): ResolvedLogOptions {
  const names = Object.keys(logValidators) as (keyof ResolvedLogOptions)[]
  return Object.fromEntries(
    names.map(name => [name, settings[name]])
  ) as unknown as ResolvedLogOptions
}

function toOnlyOutput(settings: ResolvedSettings): ResolvedOutputOptions {
  return { ...toLogOptions(settings), level: 0, topic: [''], required: true }
}

/** Conflicts between options, as texts for messages. */
function findFaults(
  given: CollectorOptions,
  settings: ResolvedSettings,
  outputs: readonly ResolvedOutputOptions[],
  optionName: OptionName
): string[] {
  const { bind, bindPlain, connect } = settings
  const addresses = { bind, bindPlain, connect }
  const otherFaults = [
    ...findEngineFaults({ ...given }, addresses, writerOptionNames, optionName),
    ...findTextFaults(given, optionName),
    ...findAccessFaults(settings, optionName)
  ]
  if (given.outputs === undefined) return [...findPathFaults(settings, optionName), ...otherFaults]
  const misplaced = (['file', 'symlink'] as const).filter(name => given[name] !== undefined)
  return [
    ...misplaced.map(
      name => `${optionName(name)} can't be combined with outputs; set it in each of them`
    ),
    ...outputs.flatMap((output, index) => {
      const itemName = itemOptionName(optionName, index)
      const ofText = findTextFaults(given.outputs?.[index] ?? {}, itemName)
      return [...findPathFaults(output, itemName), ...ofText]
    }),
    ...findOverlaps(outputs.map((output, index) => [output, itemOptionName(optionName, index)])),
    ...(isGateway(given.outputs) || outputs.some(({ required }) => required)
      ? []
      : [
          `${optionName('outputs')} must include at least one output with required: true, or nothing is ever acknowledged`
        ]),
    ...otherFaults
  ]
}

/** What a gateway has no use for: it writes no files. */
const writerOptionNames = [...Object.keys(logValidators), 'publish', 'ui', 'uiName', 'fsync']

/** JSON schemas by key: of a configuration file, and of one of its outputs. */
export const configSchemas = {
  collector: toSchemas(settingValidators),
  output: toSchemas(outputValidators),
  engine: engineSchemas
}

function toSchemas(all: Record<string, { schema: object }>): Record<string, object> {
  return Object.fromEntries(Object.entries(all).map(([name, { schema }]) => [name, schema]))
}
