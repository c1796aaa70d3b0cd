/** The arguments of `zmq-pub-collector check`. */
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

const defaultTimeoutSeconds = 5
const maxTimeoutSeconds = 60

/**
 * Reads the arguments behind `check`. Keys come from flags or variables, as those of `zmq-pub`.
 * @returns undefined where help is asked for
 * @throws ERR_ZMQ_PUB_OPTION
 */
export function parseCheck(args: string[], env: NodeJS.ProcessEnv): CheckRequest | undefined {
  const own = { address: 'value', timeout: 'value', help: 'switch' } as const
  const flags = readFlags(args, { ...own, ...curveFlagKinds })
  if (flags['help']) return undefined
  const { address = defaultAddress } = flags
  refuseAnyAddress('--address', String(address), defaultAddress)
  const { timeout = `${defaultTimeoutSeconds}` } = flags
  return {
    address: String(address),
    timeoutMs: readSeconds('--timeout', String(timeout), maxTimeoutSeconds),
    ...readCurveSettings(flags, env)
  }
}
