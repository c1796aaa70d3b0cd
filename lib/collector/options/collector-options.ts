import { ZmqPubError } from '../../errors.ts'
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
import { isObject } from '../../util/object.ts'
import { isTimeZoneName } from '../time/time-zone.ts'
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

/** What a collector can be told, all optional: a boolean, an environment variable or a key of the configuration file each. */
export interface CollectorOptions extends LogOptions {
  /** Addresses to listen on. @default 'tcp://127.0.0.1:5558', none where `connect` is given */
  bind?: string | string[]
  /** Addresses of binding senders to connect to. @default none */
  connect?: string | string[]
  /** Prefixes of the topics to take. @default all */
  topic?: string | string[]
  /** Whose calendar and clock are used: 'local', 'utc' or an IANA name. @default 'local' */
  timezone?: string
  /** Acknowledge records only when they are on the disk: they survive a power cut. @default false */
  fsync?: boolean
  /** Several places to write to, in a configuration file or in code. @default one, as the other options say */
  outputs?: OutputOptions[]
}

/** What is told by a boolean, an environment variable, or a key. */
export interface ResolvedSettings extends ResolvedLogOptions {
  bind: string[]
  connect: string[]
  topic: string[]
  timezone: string
  fsync: boolean
}

export interface ResolvedCollectorOptions extends ResolvedSettings {
  /** one at least */
  outputs: ResolvedOutputOptions[]
}

export type CollectorOptionName = keyof ResolvedSettings

export const collectorDefaults: ResolvedSettings = {
  bind: [defaultAddress],
  connect: [],
  topic: [''],
  ...logDefaults,
  timezone: 'local',
  fsync: false
}

const checks: Validators<ResolvedSettings> = {
  bind: listOf(address),
  connect: listOf(address),
  topic: listOf(string("a text that doesn't begin with a NUL", given => !given.startsWith('\0'))),
  ...logValidators,
  timezone: string("'local', 'utc' or an IANA name such as 'Europe/Berlin'", isTimeZoneName),
  fsync: boolean
}

/** Outputs as they were written: each is looked at on its own. */
const outputList: Validator<unknown[]> = {
  expected: 'a list of one object at least',
  schema: { type: 'array', minItems: 1, items: { type: 'object' } },
  read: given => (Array.isArray(given) && given.length > 0 ? given : undefined)
}

/** Options that are flags and environment variables, too. */
export const collectorOptionNames = Object.keys(checks) as CollectorOptionName[]

/** Keys of a configuration file. */
export const configKeys: readonly string[] = [...collectorOptionNames, 'outputs']

/** How an option is named in messages, such as `--bind`. */
export type OptionName = (name: string) => string

const sameName: OptionName = name => name

/**
 * @param given what the user wrote
 * @param optionName how a message names an option
 * @throws ERR_ZMQ_PUB_OPTION that names the option, what it must be and what came
 */
export function parseCollectorOptions(
  given: CollectorOptions,
  optionName: OptionName = sameName
): ResolvedCollectorOptions {
  const { settings, outputs } = resolveAll(given, optionName)
  const [fault] = findFaults(given, settings, outputs, optionName)
  if (fault !== undefined) throw new ZmqPubError('ERR_ZMQ_PUB_OPTION', fault)
  return { ...settings, outputs }
}

/** All that is wrong with options, as messages; none where a collector would take them. */
export function findOptionProblems(
  given: Record<string, unknown>,
  optionName: OptionName
): string[] {
  const problems: string[] = []
  const { outputs: items, ...others } = given
  const sound = keepSound(others, name => checkOne({ [name]: others[name] }, optionName), problems)
  let soundOutputs: unknown[] | undefined
  if (Array.isArray(items) && items.length > 0) {
    soundOutputs = items.map((item, at) => {
      const itemName = optionNameOf(optionName, at)
      const keys = isObject(item) ? item : {}
      if (!isObject(item))
        problems.push(`ERR_ZMQ_PUB_OPTION: ${describeItemFault(item, at, optionName)}`)
      const check = (name: string): string[] =>
        messagesOf(() => resolveOutput({ [name]: keys[name] }, logDefaults, itemName))
      const before = problems.length
      const soundKeys = keepSound(keys, check, problems)
      const isWhole = problems.length === before && isObject(item)
      // What is wrong already has no path that could be another's.
      return isWhole ? soundKeys : { file: `output-${at}.log`, ...soundKeys }
    })
  } else if (items !== undefined) {
    problems.push(...checkOne({ outputs: items as OutputOptions[] }, optionName))
  }
  const rest = { ...sound, ...(soundOutputs && { outputs: soundOutputs }) } as CollectorOptions
  const { settings, outputs } = resolveAll(rest, optionName)
  const faults = findFaults(rest, settings, outputs, optionName)
  return [...problems, ...faults.map(fault => `ERR_ZMQ_PUB_OPTION: ${fault}`)]
}

function keepSound(
  given: Record<string, unknown>,
  check: (name: string) => string[],
  problems: string[]
): Record<string, unknown> {
  const sound = Object.entries(given).filter(([name]) => {
    const found = check(name)
    problems.push(...found)
    return found.length === 0
  })
  return Object.fromEntries(sound)
}

function checkOne(given: CollectorOptions, optionName: OptionName): string[] {
  return messagesOf(() => resolveAll(given, optionName))
}

function messagesOf(act: () => unknown): string[] {
  try {
    act()
    return []
  } catch (error) {
    return [(error as Error).message]
  }
}

function optionNameOf(optionName: OptionName, at: number): OptionName {
  return name => optionName(`outputs[${at}].${name}`)
}

/** @throws ERR_ZMQ_PUB_OPTION on an unknown name or a value that is refused by itself */
function resolveAll(
  { outputs: items, ...given }: CollectorOptions,
  optionName: OptionName
): { settings: ResolvedSettings; outputs: ResolvedOutputOptions[] } {
  const settings = completeLogOptions(
    resolveOptions(given, collectorDefaults, checks, optionName),
    given
  )
  if (given.bind === undefined && settings.connect.length > 0) settings.bind = []
  if (items === undefined) return { settings, outputs: [toOnlyOutput(settings)] }
  const list = outputList.read(items)
  if (!list) {
    throw new ZmqPubError(
      'ERR_ZMQ_PUB_OPTION',
      `${optionName('outputs')} must be ${outputList.expected}, got ${show(items)}`
    )
  }
  const outputs = list.map((item, at) => {
    if (isObject(item))
      return resolveOutput(item, toLogOptions(settings), optionNameOf(optionName, at))
    throw new ZmqPubError('ERR_ZMQ_PUB_OPTION', describeItemFault(item, at, optionName))
  })
  return { settings, outputs }
}

function describeItemFault(item: unknown, at: number, optionName: OptionName): string {
  return `${optionName(`outputs[${at}]`)} must be an object, got ${show(item)}`
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

/** What doesn't go together, as texts for messages. */
function findFaults(
  given: CollectorOptions,
  settings: ResolvedSettings,
  outputs: readonly ResolvedOutputOptions[],
  optionName: OptionName
): string[] {
  if (given.outputs === undefined) return findPathFaults(settings, optionName)
  const misplaced = (['file', 'symlink'] as const).filter(name => given[name] !== undefined)
  return [
    ...misplaced.map(
      name =>
        `${optionName(name)} must not be given together with outputs; give each of them its own`
    ),
    ...outputs.flatMap((output, at) => findPathFaults(output, optionNameOf(optionName, at))),
    ...findOverlaps(outputs.map((output, at) => [output, optionNameOf(optionName, at)])),
    ...(outputs.some(({ required }) => required)
      ? []
      : [
          `${optionName('outputs')} must have one that is required: nothing would be acknowledged else`
        ])
  ]
}

/** The JSON schemas of the keys, of a configuration file and of its outputs. */
export const configSchemas = {
  collector: toSchemas(checks),
  output: toSchemas(outputValidators)
}

function toSchemas(all: Record<string, { schema: object }>): Record<string, object> {
  return Object.fromEntries(Object.entries(all).map(([name, { schema }]) => [name, schema]))
}
