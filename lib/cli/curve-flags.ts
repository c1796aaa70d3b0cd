/**
 * The keys of `zmq-pub`, by flags and environment variables. A command line is visible to all users of a
 * machine, so a secret key is never a flag: there a file is named, while a variable may have the key itself.
 */
import { ZmqPubError } from '../errors.ts'
import { toFlag, type FlagKind } from '../options/flags.ts'
import { hideKeys } from '../util/hide-keys.ts'
import { suggestName } from '../util/suggest.ts'

/** Each member of the option `curve`: whether it may be a flag, and several. What is in a group is replaced as one. */
const members = {
  serverKey: { group: 'server', isFlag: true, isList: true },
  serverKeyFile: { group: 'server', isFlag: true, isList: true },
  secretKeyFile: { group: 'own', isFlag: true, isList: false },
  publicKey: { group: 'own', isFlag: false, isList: false },
  secretKey: { group: 'own', isFlag: false, isList: false }
} as const

type Member = keyof typeof members

const names = Object.keys(members) as Member[]
const prefix = 'ZMQ_PUB_CURVE_'

const flagOf = (name: string): string => `curve-${toFlag(name)}`
const variableOf = (name: string): string =>
  `${prefix}${toFlag(name).replaceAll('-', '_').toUpperCase()}`

/** The flags, without dashes. `--curve-secret-key` is known so that its refusal can say what to do. */
export const curveFlagKinds: Readonly<Record<string, FlagKind>> = {
  ...Object.fromEntries(
    names
      .filter(name => members[name].isFlag)
      .map(name => [flagOf(name), members[name].isList ? 'list' : 'value'])
  ),
  [flagOf('secretKey')]: 'value'
}

/** What was given. */
export interface CurveSettings {
  /** the option `curve`; undefined where nothing was given */
  curve: Record<string, string | string[]> | undefined
  /** how a message names `curve`, or `curve.serverKey`: as the flag or the variable that it came from */
  nameOf: (option: string) => string
}

/**
 * Flags win over variables. Several keys or files in a variable are separated by commas; an empty variable counts as not set.
 * @throws ERR_ZMQ_PUB_OPTION on an unknown variable that begins with `ZMQ_PUB_CURVE_`, and on a secret in a flag
 */
export function readCurveSettings(
  flags: Readonly<Record<string, string | string[] | true>>,
  env: NodeJS.ProcessEnv
): CurveSettings {
  if (flags[flagOf('secretKey')] !== undefined) {
    throw new ZmqPubError(
      'ERR_ZMQ_PUB_OPTION',
      `--${flagOf('secretKey')} would show the key to all users of this machine: ` +
        `give --${flagOf('secretKeyFile')} FILE, or the environment variable ${variableOf('secretKey')}`
    )
  }
  checkVariables(env)
  const given = names.filter(name => flags[flagOf(name)] !== undefined)
  const groups = new Set(given.map(name => members[name].group))
  const curve: Record<string, string | string[]> = {}
  const sources = new Map<string, string>()
  for (const name of names) {
    const flag = flags[flagOf(name)]
    const variable = env[variableOf(name)]
    if (flag !== undefined && flag !== true) curve[name] = flag
    else if (variable && !groups.has(members[name].group)) {
      curve[name] = members[name].isList ? variable.split(',') : variable
      sources.set(name, variableOf(name))
    }
  }
  return {
    curve: Object.keys(curve).length > 0 ? curve : undefined,
    nameOf: option => {
      const name = (option.split('.')[1] ?? 'secretKeyFile') as Member
      return sources.get(name) ?? (members[name].isFlag ? `--${flagOf(name)}` : variableOf(name))
    }
  }
}

function checkVariables(env: NodeJS.ProcessEnv): void {
  const known = names.map(variableOf)
  for (const variable of Object.keys(env)) {
    if (!variable.startsWith(prefix) || known.includes(variable)) continue
    throw new ZmqPubError(
      'ERR_ZMQ_PUB_OPTION',
      `unknown environment variable ${hideKeys(variable)}${suggestName(variable, known)}; known: ${known.join(', ')}`
    )
  }
}
