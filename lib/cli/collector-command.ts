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
import { parseCheck, type CheckRequest } from './check-arguments.ts'
import { parseKeygen, type KeygenRequest } from './keygen.ts'

/** What a command line asks for. */
export type Command =
  | { name: 'run'; options: ResolvedCollectorOptions }
  | { name: 'validate'; path: string }
  | { name: 'keygen'; request: KeygenRequest }
  | { name: 'check'; request: CheckRequest }
  | { name: 'help' }
  | { name: 'version' }

const prefix = 'ZMQ_PUB_COLLECTOR_'

/** Options that may be given several times. */
const repeatable: readonly string[] = [
  'bind',
  'bindPlain',
  'connect',
  'topic'
] satisfies CollectorOptionName[]

const flagKinds: Record<string, FlagKind> = {
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

/** The text of `--help`. */
export const helpText = `zmq-pub-collector: receives the logs of many apps and writes them to one dated file.

Usage: zmq-pub-collector [options]      (or: node collector.js [options])
       zmq-pub-collector validate --config FILE     lists everything that is wrong with it
       zmq-pub-collector keygen NAME [--dir FOLDER] creates NAME.key and NAME.key_secret
       zmq-pub-collector check [--address ADDRESS]  says whether a collector answers
         [--timeout SECONDS] [--curve-server-key-file FILE --curve-secret-key-file FILE]

  --bind ADDRESS       listen here; may be repeated        [tcp://127.0.0.1:5558]
  --connect ADDRESS    connect to a sender that binds; may be repeated
  --topic PREFIX       only topics with this prefix; may be repeated       [all]
  --file PATH          path of the log; placeholders are {date} and {hour} for the
                       period, {app}, {host} and {pid} for the sender, {topic} and
                       {level} for the record                  [logs/{date}.log]
  --rotate WHEN        daily, hourly, weekly, monthly or never           [daily]
  --max-size SIZE      start another file before one exceeds this size, such as 100m
  --keep-files N       keep at most N files of each log                       [all]
  --keep-days N        delete files N days after their last line            [never]
  --keep-bytes SIZE    keep at most this size of files, such as 10g           [all]
  --compress           gzip closed files; --compress=zstd needs Node.js 22.15
  --symlink NAME       symbolic link in the log's folder to the current file
  --time-key NAME      member of a record whose time decides its file, such as time
  --level-key NAME     member with the level, for apps that don't name theirs
  --message-key NAME   member with the message, for apps that don't name theirs
  --max-open-files N   most open files of a path with placeholders            [256]
  --idle-close SECONDS close such a file after this long without records      [300]
  --file-mode DIGITS   permissions of new files, such as 640               [umask]
  --dir-mode DIGITS    permissions of new folders, such as 750             [umask]
  --timezone ZONE      local, utc or an IANA name such as Europe/Berlin  [local]
  --format FORMAT      ndjson (records as they were sent) or text       [ndjson]
  --text TEMPLATE      how text looks (implies --format text), with {time} {level} {topic}
                       {app} {host} {pid} {caller} {msg} {fields}; LEVEL=TEMPLATE is for
                       one level; may be repeated
  --fsync              acknowledge only records on the disk, to survive a power cut
  --curve-secret-key FILE   the collector's own keys: encrypts connections at
                       --bind, whose default is then tcp://*:5558
  --authorized-keys DIR     the .key files of clients that may connect; or one file
  --allow-any-client   let every client connect that knows the collector's public key
  --bind-plain ADDRESS also listen here, without encryption; may be repeated
  --pin-names NAMES    app, host or app,host: replace them by the name of the key
  --insecure           listen without encryption where other hosts can connect
  --config FILE        JSON file with these options as keys, and with outputs
  --help, --version

To receive logs from other hosts:
  zmq-pub-collector keygen collector
  zmq-pub-collector keygen app        (app.key_secret and collector.key are for the app)
  zmq-pub-collector --curve-secret-key collector.key_secret --authorized-keys app.key
Each option is also an environment variable, ${prefix}BIND and so on (several
addresses are separated by commas). Flags override the environment, which overrides the file.
Exit codes: 0 stopped by a signal, 1 could not start or write, or check got no answer,
2 wrong usage, 78 validate found problems.
`

/**
 * Flags win over the environment, which wins over the file.
 * @param args the arguments without the program's name
 * @throws ERR_ZMQ_PUB_OPTION, ERR_ZMQ_PUB_CONFIG
 */
export function parseCommandLine(args: string[], env: NodeJS.ProcessEnv): Command {
  if (args[0] === 'keygen') {
    const request = parseKeygen(args.slice(1))
    return request ? { name: 'keygen', request } : { name: 'help' }
  }
  if (args[0] === 'check') {
    const request = parseCheck(args.slice(1), env)
    return request ? { name: 'check', request } : { name: 'help' }
  }
  const isValidation = args[0] === 'validate'
  const flags = readFlags(isValidation ? args.slice(1) : args, flagKinds)
  if (flags['help']) return { name: 'help' }
  if (flags['version']) return { name: 'version' }
  const { config: fileFromEnv, ...fromEnv } = readEnvironment(env)
  const { config: file = fileFromEnv } = flags
  const fromFlags = toOptions(flags)
  const path = typeof file === 'string' ? toConfigPath(file) : undefined
  if (isValidation) {
    const hasOnlyConfig = Object.keys(fromFlags).length === 0
    return { name: 'validate', path: (hasOnlyConfig ? path : undefined) ?? refuseValidation() }
  }
  const fromFile = path === undefined ? {} : readConfig(path)
  const given = { ...fromFile, ...fromEnv, ...fromFlags }
  const optionName = (name: string): string => {
    if (name in fromFlags) return `--${toFlag(name)}`
    if (name in fromEnv) return toVariable(name)
    const [key = name] = name.split(/[.[]/) // of outputs[0].file
    return key in fromFile ? `${name} in ${path}` : name
  }
  return { name: 'run', options: parseCollectorOptions(given, optionName) }
}

/** A reload finds the file also when the working directory was deleted and made anew. */
function toConfigPath(file: string): string {
  try {
    return toAbsolutePath(file)
  } catch (error) {
    throw new ZmqPubError('ERR_ZMQ_PUB_CONFIG', toMessage(error), { cause: error })
  }
}

function refuseValidation(): never {
  throw new ZmqPubError('ERR_ZMQ_PUB_OPTION', 'validate takes only --config FILE; see --help')
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

function toVariable(name: string): string {
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
