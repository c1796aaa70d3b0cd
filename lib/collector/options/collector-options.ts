import { ZmqPubError } from '../../errors.ts'
import { address, defaultAddress } from '../../options/address.ts'
import {
  flag,
  listOf,
  resolveOptions,
  show,
  text,
  type Check,
  type Checks
} from '../../options/validators.ts'
import { isObject } from '../../util/object.ts'
import { isZoneName } from '../time/time-zone.ts'
import {
  completeLogOptions,
  findPathFaults,
  logChecks,
  logDefaults,
  outputChecks,
  resolveOutput,
  type LogOptions,
  type OutputOptions,
  type ResolvedLogOptions,
  type ResolvedOutputOptions
} from './output-options.ts'
import { findOverlaps } from './output-overlap.ts'

/** What a collector can be told, all optional: a flag, an environment variable or a key of the configuration file each. */
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

/** What is told by a flag, an environment variable, or a key. */
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

const checks: Checks<ResolvedSettings> = {
  bind: listOf(address),
  connect: listOf(address),
  topic: listOf(text("a text that doesn't begin with a NUL", given => !given.startsWith('\0'))),
  ...logChecks,
  timezone: text("'local', 'utc' or an IANA name such as 'Europe/Berlin'", isZoneName),
  fsync: flag
}

/** Outputs as they were written: each is looked at on its own. */
const outputList: Check<unknown[]> = {
  expected: 'a list of one object at least',
  schema: { type: 'array', minItems: 1, items: { type: 'object' } },
  read: given => (Array.isArray(given) && given.length > 0 ? given : undefined)
}

/** Options that are flags and environment variables, too. */
export const collectorOptionNames = Object.keys(checks) as CollectorOptionName[]

/** Keys of a configuration file. */
export const configKeys: readonly string[] = [...collectorOptionNames, 'outputs']

/** How an option is named in messages, such as `--bind`. */
export type Label = (name: string) => string

const sameName: Label = name => name

/**
 * @param given what the user wrote
 * @param label how a message names an option
 * @throws ERR_ZMQ_PUB_OPTION that names the option, what it must be and what came
 */
export function parseCollectorOptions(
  given: CollectorOptions,
  label: Label = sameName
): ResolvedCollectorOptions {
  const { settings, outputs } = resolveAll(given, label)
  const [fault] = findFaults(given, settings, outputs, label)
  if (fault !== undefined) throw new ZmqPubError('ERR_ZMQ_PUB_OPTION', fault)
  return { ...settings, outputs }
}

/** All that is wrong with options, as messages; none where a collector would take them. */
export function findOptionProblems(given: Record<string, unknown>, label: Label): string[] {
  const problems: string[] = []
  const { outputs: items, ...others } = given
  const sound = keepSound(others, name => checkOne({ [name]: others[name] }, label), problems)
  let soundOutputs: unknown[] | undefined
  if (Array.isArray(items) && items.length > 0) {
    soundOutputs = items.map((item, at) => {
      const itemLabel = labelOf(label, at)
      const keys = isObject(item) ? item : {}
      if (!isObject(item)) problems.push(`ERR_ZMQ_PUB_OPTION: ${refuseItem(item, at, label)}`)
      const check = (name: string): string[] =>
        messagesOf(() => resolveOutput({ [name]: keys[name] }, logDefaults, itemLabel))
      const before = problems.length
      const soundKeys = keepSound(keys, check, problems)
      const isWhole = problems.length === before && isObject(item)
      // What is wrong already has no path that could be another's.
      return isWhole ? soundKeys : { file: `output-${at}.log`, ...soundKeys }
    })
  } else if (items !== undefined) {
    problems.push(...checkOne({ outputs: items as OutputOptions[] }, label))
  }
  const rest = { ...sound, ...(soundOutputs && { outputs: soundOutputs }) } as CollectorOptions
  const { settings, outputs } = resolveAll(rest, label)
  const faults = findFaults(rest, settings, outputs, label)
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

function checkOne(given: CollectorOptions, label: Label): string[] {
  return messagesOf(() => resolveAll(given, label))
}

function messagesOf(act: () => unknown): string[] {
  try {
    act()
    return []
  } catch (error) {
    return [(error as Error).message]
  }
}

function labelOf(label: Label, at: number): Label {
  return name => label(`outputs[${at}].${name}`)
}

/** @throws ERR_ZMQ_PUB_OPTION on an unknown name or a value that is refused by itself */
function resolveAll(
  { outputs: items, ...given }: CollectorOptions,
  label: Label
): { settings: ResolvedSettings; outputs: ResolvedOutputOptions[] } {
  const settings = completeLogOptions(
    resolveOptions(given, collectorDefaults, checks, label),
    given
  )
  if (given.bind === undefined && settings.connect.length > 0) settings.bind = []
  if (items === undefined) return { settings, outputs: [toOnlyOutput(settings)] }
  const list = outputList.read(items)
  if (!list) {
    throw new ZmqPubError(
      'ERR_ZMQ_PUB_OPTION',
      `${label('outputs')} must be ${outputList.expected}, got ${show(items)}`
    )
  }
  const outputs = list.map((item, at) => {
    if (isObject(item)) return resolveOutput(item, toLogOptions(settings), labelOf(label, at))
    throw new ZmqPubError('ERR_ZMQ_PUB_OPTION', refuseItem(item, at, label))
  })
  return { settings, outputs }
}

function refuseItem(item: unknown, at: number, label: Label): string {
  return `${label(`outputs[${at}]`)} must be an object, got ${show(item)}`
}

function toLogOptions(settings: ResolvedSettings): ResolvedLogOptions {
  const names = Object.keys(logChecks) as (keyof ResolvedLogOptions)[]
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
  label: Label
): string[] {
  if (given.outputs === undefined) return findPathFaults(settings, label)
  const misplaced = (['file', 'symlink'] as const).filter(name => given[name] !== undefined)
  return [
    ...misplaced.map(
      name => `${label(name)} must not be given together with outputs; give each of them its own`
    ),
    ...outputs.flatMap((output, at) => findPathFaults(output, labelOf(label, at))),
    ...findOverlaps(outputs.map((output, at) => [output, labelOf(label, at)])),
    ...(outputs.some(({ required }) => required)
      ? []
      : [`${label('outputs')} must have one that is required: nothing would be acknowledged else`])
  ]
}

/** The JSON schemas of the keys, of a configuration file and of its outputs. */
export const configSchemas = {
  collector: toSchemas(checks),
  output: toSchemas(outputChecks)
}

function toSchemas(all: Record<string, { schema: object }>): Record<string, object> {
  return Object.fromEntries(Object.entries(all).map(([name, { schema }]) => [name, schema]))
}
