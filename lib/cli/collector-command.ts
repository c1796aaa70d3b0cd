/** The collector's command line: options come from flags, environment variables and a JSON file. */
import {
  collectorDefaults,
  collectorOptionNames,
  parseCollectorOptions,
  type CollectorOptionName,
  type ResolvedCollectorOptions
} from '../collector/options/collector-options.ts'
import { parseTemplates } from '../collector/options/text-option.ts'
import { toMessage, ZmqPubError } from '../errors.ts'
import { readFlags, toFlag, type FlagKind } from '../options/flags.ts'
import { toAbsolutePath } from '../util/absolute-path.ts'
import { getOwn } from '../util/object.ts'
import { hideKeys } from '../util/hide-keys.ts'
import { suggestName } from '../util/suggest.ts'
import { readConfig } from './config-file.ts'

/** What a command line asks for. */
export type Command =
  { name: 'run'; options: ResolvedCollectorOptions } | { name: 'help' } | { name: 'version' }

const prefix = 'ZMQ_PUB_COLLECTOR_'

/** Options that may be given several times. */
const repeatable: readonly string[] = [
  'bind',
  'bindPlain',
  'connect',
  'topic',
  'publish',
  'uiName'
] satisfies CollectorOptionName[]

/** The collector's own flags, and those of every command. */
export const flagKinds: Record<string, FlagKind> = {
  ...Object.fromEntries(collectorOptionNames.map(name => [toFlag(name), kindOf(name)] as const)),
  config: 'value',
  help: 'switch',
  version: 'switch'
}

function kindOf(name: CollectorOptionName): FlagKind {
  if (repeatable.includes(name) || name === 'text') return 'list'
  if (name === 'compress') return 'choice'
  return typeof collectorDefaults[name] === 'boolean' ? 'switch' : 'value'
}

/** Variables that Kubernetes sets in each container, for services whose names begin with zmq-pub-collector. */
const serviceLink = /(?:^|_)(?:SERVICE_(?:HOST|PORT(?:_.*)?)|PORT(?:_\d+_.*)?)$/

/**
 * Flags win over the environment, which wins over the file.
 * @param args the arguments without the program's name
 * @throws ERR_ZMQ_PUB_OPTION, ERR_ZMQ_PUB_CONFIG
 */
export function parseCommandLine(args: string[], env: NodeJS.ProcessEnv): Command {
  const flags = readFlags(
    args,
    flagKinds,
    'give a configuration file with --config, a log with --file, an address with --bind'
  )
  if (flags['help']) return { name: 'help' }
  if (flags['version']) return { name: 'version' }
  return { name: 'run', options: resolveOptions(flags, env) }
}

/**
 * The collector's options, for each command that must find what a collector with these flags has.
 * @param flags as `readFlags` returns them; those that are not of the collector are ignored
 * @throws ERR_ZMQ_PUB_OPTION, ERR_ZMQ_PUB_CONFIG
 */
export function resolveOptions(
  flags: Record<string, unknown>,
  env: NodeJS.ProcessEnv
): ResolvedCollectorOptions {
  const { config: fileFromEnv, ...fromEnv } = readEnvironment(env)
  const { config: file = fileFromEnv } = flags
  const fromFlags = toOptions(flags)
  const path = typeof file === 'string' ? toConfigPath(file) : undefined
  const fromFile = path === undefined ? {} : readConfig(path)
  const given = { ...fromFile, ...fromEnv, ...fromFlags }
  const optionName = (name: string): string => {
    if (name in fromFlags) return `--${toFlag(name)}`
    if (name in fromEnv) return toVariable(name)
    const [key = name] = name.split(/[.[]/) // of outputs[0].file
    if (key in fromFile) return `${name} in ${path}`
    if (path !== undefined || !isOptionName(name)) return name
    // It isn't given: it is named as the others are.
    const isByEnvironment = Object.keys(fromFlags).length === 0 && Object.keys(fromEnv).length > 0
    return isByEnvironment ? toVariable(name) : `--${toFlag(name)}`
  }
  return parseCollectorOptions(given, optionName)
}

/** The absolute path: a reload finds the file also when the working directory was deleted and made anew. */
export function toConfigPath(file: string): string {
  try {
    return toAbsolutePath(file)
  } catch (error) {
    throw new ZmqPubError('ERR_ZMQ_PUB_CONFIG', toMessage(error), { cause: error })
  }
}

function toOptions(flags: Record<string, unknown>): Record<string, unknown> {
  const given = collectorOptionNames.map(name => {
    const value = flags[toFlag(name)]
    return [
      name,
      Array.isArray(value) && name === 'text'
        ? parseTemplates(value, '--text')
        : toNumber(name, value)
    ]
  })
  return Object.fromEntries(given.filter(([, value]) => value !== undefined))
}

/** The environment variable of an option. */
export function toVariable(name: string): string {
  return prefix + toFlag(name).replaceAll('-', '_').toUpperCase()
}

/** A string of digits as a number, where the option is a number. */
function toNumber(name: CollectorOptionName, value: unknown): unknown {
  const isNumber = typeof collectorDefaults[name] === 'number' && typeof value === 'string'
  return isNumber && /^\d+$/.test(value) ? Number(value) : value
}

function readEnvironment(env: NodeJS.ProcessEnv): Record<string, unknown> {
  const given: Record<string, unknown> = {}
  for (const [variable, value] of Object.entries(env)) {
    if (!variable.startsWith(prefix) || !value) continue // an empty one counts as not set
    const suffix = variable.slice(prefix.length)
    if (serviceLink.test(suffix)) continue
    const known = [...collectorOptionNames, 'config']
    const name = known.find(option => toVariable(option) === variable)
    if (suffix === 'OUTPUTS') {
      throw new ZmqPubError(
        'ERR_ZMQ_PUB_OPTION',
        `outputs can only be set in a configuration file, not in ${variable}; see ${prefix}CONFIG`
      )
    }
    if (name === undefined) {
      const suggestion = suggestName(variable, known.map(toVariable))
      throw new ZmqPubError(
        'ERR_ZMQ_PUB_OPTION',
        `unknown environment variable ${hideKeys(variable)}${suggestion}; see --help`
      )
    }
    given[name] = toValue(name, value)
  }
  return given
}

/** An environment variable's text as the option's type. */
function toValue(name: string, value: string): unknown {
  if (repeatable.includes(name)) return readItems(value)
  if (name === 'text') return parseTemplates(value.split('\n'), toVariable(name))
  if (!isOptionName(name)) return value
  return kindOf(name) === 'switch' || kindOf(name) === 'choice'
    ? (getOwn(switchValues, value.toLowerCase()) ?? value)
    : toNumber(name, value)
}

/** The items of a list; a comma too many adds none, as an empty topic would be all topics. */
function readItems(value: string): string[] {
  return value
    .split(',')
    .map(item => item.trim())
    .filter(item => item !== '')
}

const switchValues: Readonly<Record<string, boolean>> = {
  true: true,
  1: true,
  false: false,
  0: false
}

function isOptionName(name: string): name is CollectorOptionName {
  return (collectorOptionNames as string[]).includes(name)
}
