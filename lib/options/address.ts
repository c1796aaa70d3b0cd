import { BlockList, isIP } from 'node:net'
import { mayBeKey } from '../util/hide-keys.ts'
import { string } from './validators.ts'

/** `[…]` is an IPv6 address, with the zone of a link-local one (`%eth0`). */
const tcpAddress = /^tcp:\/\/(?:\[[\da-fA-F:.]+(?:%[^\s/[\]]+)?\]|[^\s:/[\]]+):(\d{1,5}|\*)$/

/** Whether the address is well-formed; libzmq may still find the host unknown or the port taken. */
function isAddress(given: string): boolean {
  const tcp = tcpAddress.exec(given)
  if (tcp) return tcp[1] === '*' || (Number(tcp[1]) > 0 && Number(tcp[1]) <= 65_535)
  return /^ipc:\/\/.+/.test(given)
}

/** An address to bind or connect: `tcp://host:port` (`*` as host or port when binding) or `ipc://path`. */
export const address = string(
  "an address such as 'tcp://127.0.0.1:5558' or 'ipc:///run/zmq-pub.sock'",
  isAddress,
  hintAt
)

/** The usual mistakes. A key at the place of an address must not be shown. */
function hintAt(given: string): string {
  if (mayBeKey(given)) return ''
  if (isAddress(`tcp://${given}`)) return ` (did you mean 'tcp://${given}'?)`
  if (isAddress(`${given}:1`)) return ' (it has no port)'
  return isAddress(`tcp://${given}:1`) ? " (it has no 'tcp://' and no port)" : ''
}

/** Where collectors listen and transports connect by default; 5558 is the Python recipe's port. */
export const defaultAddress = 'tcp://127.0.0.1:5558'

/** Where `tail` connects by default. */
export const defaultLiveAddress = 'tcp://127.0.0.1:5559'

const loopbackHosts = new BlockList()
loopbackHosts.addSubnet('127.0.0.0', 8, 'ipv4')
loopbackHosts.addAddress('::1', 'ipv6')

/**
 * Whether only processes of this machine can connect to an address that is bound: ipc, or an IP address of
 * the loopback network. Of names only `localhost` is believed, whatever others mean here today.
 */
export function isLocalAddress(given: string): boolean {
  if (given.startsWith('ipc:')) return true
  const host = /^tcp:\/\/\[?([^[\]]*)\]?:[^:]*$/.exec(given)?.[1] ?? ''
  if (host.toLowerCase() === 'localhost') return true
  // Also ::ffff:127.0.0.1, an IPv4 address.
  return isIP(host) !== 0 && loopbackHosts.check(host, isIP(host) === 6 ? 'ipv6' : 'ipv4')
}
