/** What `zmq-pub-collector tail` says where nothing publishes: what answers in place of it, and what to do. */
import { toFingerprint } from '../curve/keys.ts'
import type { Finding } from '../transport/connection/probe.ts'
import type { ResolvedTransportOptions } from '../transport/options.ts'
import { explainFinding } from './check-result.ts'

/** @param curve the keys of the tail @returns one line */
export function explainSilence(
  address: string,
  curve: ResolvedTransportOptions['curve'],
  finding: Finding
): string {
  const { kind } = finding
  if (kind === 'absent' && ['ECONNREFUSED', 'ENOENT'].includes(finding.code)) {
    return `${address}: nothing publishes there; start the collector with --publish ${address}, or give the address that it has (--connect)`
  }
  if (kind === 'plain') {
    return `${address}: a ZeroMQ program answers, but it does not publish; give the address of the collector's --publish`
  }
  if (kind === 'knownServerKey') {
    return `${address}: the collector does not publish there, or refuses the key of this tail (fingerprint ${toFingerprint(curve?.keyPair.publicKey ?? '')}); give the address of its --publish, and copy the .key file to its --authorized-keys`
  }
  return explainFinding(address, curve, finding)
}
