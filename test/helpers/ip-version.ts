import { networkInterfaces } from 'node:os'

/** Addresses of this machine, with the names of their interfaces. */
export const ownAddresses = Object.entries(networkInterfaces()).flatMap(([name, addresses = []]) =>
  addresses.map(({ address }) => ({ name, address }))
)

/** Why a test with IPv6 is skipped, or false. */
export const noIPv6 =
  !ownAddresses.some(({ address }) => address === '::1') && 'this machine has no IPv6'
