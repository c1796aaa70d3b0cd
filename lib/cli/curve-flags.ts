/**
 * The keys of `zmq-pub` by flags. A command line is visible to all users of a machine, so a secret key is never a
 * flag: there a file is named, while an environment variable may have the key itself.
 */
import { ZmqPubError } from '../errors.ts'
import { toFlag, toVariable, type FlagKind } from '../options/flags.ts'

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
  flags: Readonly<Record<string, string | string[] | true>>
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

/** How a message names `curve`, or one of its members: as a flag, where it may be one. */
export function toCurveName(option: string): string {
  const name = option.split('.')[1] ?? 'secretKeyFile'
  return name in kinds ? `--${flagOf(name)}` : `ZMQ_PUB_${toVariable(option)}`
}
