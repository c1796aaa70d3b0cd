/**
 * The keys of `zmq-pub` by flags. A command line is visible to all users of a machine, so a secret key is never a
 * flag: there a file is named, while an environment variable may have the key itself.
 */
import { ZmqPubError } from '../errors.ts'
import { toFlag, toVariable, type FlagKind } from '../options/flags.ts'
import { addEnvironment } from '../transport/environment.ts'

/** Each member of the option `curve` that may be a flag, and whether it may be given several times. */
const kinds = { serverKey: 'list', serverKeyFile: 'list', secretKeyFile: 'value' } as const

const flagOf = (name: string): string => `curve-${toFlag(name)}`

/** The flags, without dashes. `--curve-secret-key` is known so that its refusal can say what to do. */
export const curveFlagKinds: Readonly<Record<string, FlagKind>> = {
  ...Object.fromEntries(Object.entries(kinds).map(([name, kind]) => [flagOf(name), kind])),
  [flagOf('secretKey')]: 'value'
}

/**
 * @returns the option `curve`; undefined where no flag was given
 * @throws ERR_ZMQ_PUB_OPTION on a secret in a flag
 */
export function readCurveFlags(
  flags: Readonly<Record<string, string | string[] | boolean>>
): Record<string, unknown> | undefined {
  if (flags[flagOf('secretKey')] !== undefined) {
    throw new ZmqPubError(
      'ERR_ZMQ_PUB_OPTION',
      `--${flagOf('secretKey')} would show the key to all users of this machine: ` +
        `give --${flagOf('secretKeyFile')} FILE, or the environment variable ZMQ_PUB_CURVE_SECRET_KEY`
    )
  }
  const given = Object.keys(kinds).filter(name => flags[flagOf(name)] !== undefined)
  if (given.length === 0) return undefined
  return Object.fromEntries(given.map(name => [name, flags[flagOf(name)]]))
}

/** Keys of a command that needs nothing else of the transport's options. */
export interface CurveSettings {
  /** the option `curve`; undefined where nothing was given */
  curve: unknown
  /** how a message names `curve`, or `curve.serverKey`: as the flag or the variable that it came from */
  nameOf: (option: string) => string
}

/** As `readCurveFlags`, and what they don't give from the environment. @throws ERR_ZMQ_PUB_OPTION */
export function readCurveSettings(
  flags: Readonly<Record<string, string | string[] | boolean>>,
  env: NodeJS.ProcessEnv
): CurveSettings {
  const keys = Object.entries(env).filter(([name]) => name.startsWith('ZMQ_PUB_CURVE_'))
  const own = { curve: readCurveFlags(flags) }
  const { given, variableOf } = addEnvironment(own, Object.fromEntries(keys))
  return { curve: given['curve'], nameOf: option => variableOf(option) ?? toCurveName(option) }
}

/** How a message names `curve`, or one of its members: as a flag, where it may be one. */
export function toCurveName(option: string): string {
  const name = option.split('.')[1] ?? 'secretKeyFile'
  return name in kinds ? `--${flagOf(name)}` : `ZMQ_PUB_${toVariable(option)}`
}
