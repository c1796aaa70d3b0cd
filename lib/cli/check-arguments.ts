/** The arguments of `zmq-pub-collector check`. */
import { ZmqPubError } from '../errors.ts'
import { defaultAddress } from '../options/address.ts'
import { readFlags } from '../options/flags.ts'
import { curveFlagKinds, readCurveSettings, type CurveSettings } from './curve-flags.ts'
import { readSeconds, refuseAnyAddress } from './shared-arguments.ts'

/** What is to be checked. */
export interface CheckRequest extends CurveSettings {
  address: string
  /** how long the collector may take to answer */
  timeoutMs: number
}

const addressVariable = 'ZMQ_PUB_ADDRESS'
const defaultTimeoutSeconds = 5
const maxTimeoutSeconds = 60

/**
 * Reads the arguments behind `check`. Address and keys come from flags or variables, as those of `zmq-pub`.
 * @returns undefined where help is asked for
 * @throws ERR_ZMQ_PUB_OPTION
 */
export function parseCheck(args: string[], env: NodeJS.ProcessEnv): CheckRequest | undefined {
  const own = { address: 'value', timeout: 'value', help: 'switch' } as const
  const flags = readFlags(
    args,
    { ...own, ...curveFlagKinds },
    "give the collector's address with --address"
  )
  if (flags['help']) return undefined
  const { timeout = `${defaultTimeoutSeconds}` } = flags
  return {
    address: readAddress(flags['address']?.toString(), env[addressVariable]),
    timeoutMs: readSeconds('--timeout', String(timeout), maxTimeoutSeconds),
    ...readCurveSettings(flags, env)
  }
}

/** The flag wins. An app may have several addresses in its variable, and a check has one. */
function readAddress(flag: string | undefined, variable: string | undefined): string {
  const address = flag ?? (variable || defaultAddress)
  const source = flag === undefined && variable ? addressVariable : '--address'
  if (source === addressVariable && address.includes(',')) {
    throw new ZmqPubError(
      'ERR_ZMQ_PUB_OPTION',
      `${addressVariable} must be one address for check, got several; choose one with --address`
    )
  }
  refuseAnyAddress(source, address, defaultAddress)
  return address
}
