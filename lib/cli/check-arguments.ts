/** The arguments of `zmq-pub-collector check`. */
import { ZmqPubError } from '../errors.ts'
import { defaultAddress } from '../options/address.ts'
import { readFlags } from '../options/flags.ts'
import { show } from '../options/validators.ts'
import { curveFlagKinds, readCurveSettings, type CurveSettings } from './curve-flags.ts'

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
  if (/^tcp:\/\/\*:|:\*$/.test(String(address))) {
    throw new ZmqPubError(
      'ERR_ZMQ_PUB_OPTION',
      `--address must be one host and one port to connect to, such as ${defaultAddress}; got ${show(address)}`
    )
  }
  const { timeout = `${defaultTimeoutSeconds}` } = flags
  return {
    address: String(address),
    timeoutMs: toTimeoutMs(String(timeout)),
    ...readCurveSettings(flags, env)
  }
}

function toTimeoutMs(text: string): number {
  const seconds = /^\d{1,2}$/.test(text) ? Number(text) : 0
  if (seconds >= 1 && seconds <= maxTimeoutSeconds) return seconds * 1000
  throw new ZmqPubError(
    'ERR_ZMQ_PUB_OPTION',
    `--timeout must be a whole number of seconds from 1 to ${maxTimeoutSeconds}, got ${show(text)}`
  )
}
