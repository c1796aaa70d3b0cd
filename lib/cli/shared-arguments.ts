/** Arguments that several sub-commands have. */
import { isatty } from 'node:tty'
import type { ResolvedCollectorOptions } from '../collector/options/collector-options.ts'
import { ZmqPubError } from '../errors.ts'
import { show } from '../options/validators.ts'

/** Seconds from 1 on. Unit of the result: ms. @param max of at most two digits @throws ERR_ZMQ_PUB_OPTION */
export function readSeconds(flag: string, text: string, max: number): number {
  const seconds = /^\d{1,2}$/.test(text) ? Number(text) : 0
  if (seconds >= 1 && seconds <= max) return seconds * 1000
  throw new ZmqPubError(
    'ERR_ZMQ_PUB_OPTION',
    `${flag} must be a whole number of seconds from 1 to ${max}, got ${show(text)}`
  )
}

/** Addresses to bind, which can't be connected to. */
const anyAddress = /^tcp:\/\/\*:|:\*$/

/** Refuses an address of several hosts or ports. @param example an address that can be connected to @throws ERR_ZMQ_PUB_OPTION */
export function refuseAnyAddress(flag: string, address: string, example: string): void {
  if (!anyAddress.test(address)) return
  throw new ZmqPubError(
    'ERR_ZMQ_PUB_OPTION',
    `${flag} must be one host and one port to connect to, such as ${example}; got ${show(address)}`
  )
}

/** Refuses the configuration of a gateway, for a command that finds a collector by its log. @throws ERR_ZMQ_PUB_OPTION */
export function refuseGateway(command: string, { gateway }: ResolvedCollectorOptions): void {
  if (!gateway) return
  throw new ZmqPubError(
    'ERR_ZMQ_PUB_OPTION',
    `${command} needs the configuration of a collector or writer, got that of a gateway, which has no log: use that of a writer`
  )
}

/** Whether stdout is a terminal that takes colors. @param isWanted false where a flag excludes them */
export function mayColor(isWanted: boolean, env: NodeJS.ProcessEnv): boolean {
  return isWanted && isatty(1) && !env['NO_COLOR']
}
