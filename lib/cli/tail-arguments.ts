/** The arguments of `zmq-pub-collector tail`. */
import { toMessage, ZmqPubError } from '../errors.ts'
import { defaultLiveAddress } from '../options/address.ts'
import { readFlags, type FlagKind } from '../options/flags.ts'
import { show } from '../options/validators.ts'
import { parseLevel, pinoLevelNames } from '../record/levels.ts'
import { encodeLiveFilter, maxFilterBytes, type LiveFilter } from '../wire/live-filter.ts'
import { curveFlagKinds, readCurveSettings, type CurveSettings } from './curve-flags.ts'
import { refuseAnyAddress } from './shared-arguments.ts'

/** What is to be shown, and how. */
export interface TailRequest extends CurveSettings {
  address: string
  filter: LiveFilter
  /** matches the record's line of JSON; undefined = all */
  grep: RegExp | undefined
  /** whether records are written as NDJSON */
  isJson: boolean
  /** whether lines may have colors, where the terminal has them */
  mayColor: boolean
}

/** The text of `tail --help`. */
export const tailHelpText = `zmq-pub-collector tail: shows records as they arrive at a collector that publishes them (--publish).

Usage: zmq-pub-collector tail [options]

  --connect ADDRESS    the collector's --publish address    [tcp://127.0.0.1:5559]
  --app NAME           only records of this app; may be repeated             [all]
  --host NAME          only records of this host; may be repeated            [all]
  --topic PREFIX       only sub-topics with this prefix; may be repeated     [all]
  --level LEVEL        only this level and higher, such as warn or 40        [all]
  --grep REGEXP        only records whose line of JSON matches               [all]
  --json               write the records as NDJSON
  --no-color           write no colors to the terminal
  --curve-server-key-file FILE   encrypt, with this public key of the collector
  --curve-secret-key-file FILE   the key pair of this client, see zmq-pub-collector keygen
  --help               print this text

Under high load the collector skips records of this view, never of the files; tail counts them on
stderr. It also shows the records of any other ZeroMQ publisher, such as an app that binds or Python's
PUBHandler. Ctrl-C ends it.
Exit codes: 0 ended by Ctrl-C or because the reader of its output has ended, 2 wrong usage.
`

const flagKinds: Readonly<Record<string, FlagKind>> = {
  connect: 'value',
  app: 'list',
  host: 'list',
  topic: 'list',
  level: 'value',
  grep: 'value',
  json: 'switch',
  'no-color': 'switch',
  help: 'switch',
  ...curveFlagKinds
}

/**
 * Reads the arguments behind `tail`. Keys come from flags or variables, as those of `zmq-pub`.
 * @returns undefined where help is asked for
 * @throws ERR_ZMQ_PUB_OPTION
 */
export function parseTail(args: string[], env: NodeJS.ProcessEnv): TailRequest | undefined {
  const flags = readFlags(args, flagKinds, 'give the address with --connect, an app with --app')
  if (flags['help']) return undefined
  const address = String(flags['connect'] ?? defaultLiveAddress)
  refuseAnyAddress('--connect', address, defaultLiveAddress)
  return {
    address,
    filter: readFilter(flags),
    grep: flags['grep'] === undefined ? undefined : toRegExp(String(flags['grep'])),
    isJson: flags['json'] === true,
    mayColor: flags['no-color'] !== true,
    ...readCurveSettings(flags, env)
  }
}

function readFilter(flags: Readonly<Record<string, string | string[] | boolean>>): LiveFilter {
  const listOf = (name: string): string[] => (flags[name] ?? []) as string[]
  const filter = {
    level: flags['level'] === undefined ? 0 : toLevel(String(flags['level'])),
    apps: listOf('app'),
    hosts: listOf('host'),
    topics: listOf('topic')
  }
  const { length } = encodeLiveFilter(filter)
  if (length <= maxFilterBytes) return filter
  throw new ZmqPubError(
    'ERR_ZMQ_PUB_OPTION',
    `--app, --host and --topic must have at most ${maxFilterBytes} bytes together, got ${length}`
  )
}

function toLevel(text: string): number {
  const level = parseLevel(text)
  if (level !== undefined) return level
  throw new ZmqPubError(
    'ERR_ZMQ_PUB_OPTION',
    `--level must be one of ${Object.values(pinoLevelNames).join(', ')} (or another logger's name for it), or a number; got ${show(text)}`
  )
}

function toRegExp(text: string): RegExp {
  try {
    return new RegExp(text, 'u')
  } catch (error) {
    throw new ZmqPubError(
      'ERR_ZMQ_PUB_OPTION',
      `--grep must be a regular expression as JavaScript has them, got ${show(text)}: ${toMessage(error)}`,
      { cause: error }
    )
  }
}
