/** What `zmq-pub-collector check` says: in one line what answers, or why nothing does and what to do. */
import { toFingerprint } from '../curve/keys.ts'
import type { Finding } from '../transport/connection/probe.ts'
import type { ResolvedTransportOptions } from '../transport/options.ts'
import { getOwn } from '../util/object.ts'
import { toHexId } from '../wire/id.ts'
import { wireVersion } from '../wire/marker.ts'

/** What a check has heard from the other side. */
export interface Answer {
  /** since it began */
  tookMs: number
  isAcknowledged: boolean
  /** whether a collector has subscribed */
  isCollector: boolean
  /** the wire version of a collector that speaks another one */
  otherVersion: number | undefined
  /** the id of the stream of a gateway, 8 bytes as latin1; undefined where the collector has a log of its own */
  streamId: string | undefined
}

/** Why there is no connection, by the system's code. */
const absences: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there; start the collector, or check the port',
  ENOENT: 'there is no such socket; start the collector, or check the path',
  ENOTFOUND: 'the host is unknown; check its name',
  EAI_AGAIN: 'the name of the host cannot be resolved now; check the name and the DNS server',
  ETIMEDOUT:
    'no connection in time; check that the host is up and that no firewall blocks the port',
  EACCES: 'this user may not connect to this socket; check the permissions of its path'
}

const keyFlags = '--curve-server-key-file and --curve-secret-key-file'

/** @param address that was checked */
export function explainAnswer(
  address: string,
  isEncrypted: boolean,
  { tookMs, isAcknowledged, isCollector, otherVersion, streamId }: Answer
): string {
  if (isAcknowledged) {
    const who = streamId === undefined ? 'collector' : `gateway of the stream ${toHexId(streamId)}`
    return `${address}: the ${who} answers (${isEncrypted ? 'encrypted' : 'not encrypted'}, ${tookMs} ms)`
  }
  if (otherVersion !== undefined) {
    return `${address}: the collector speaks wire version ${otherVersion}, this program ${wireVersion}; install the same version of zmq-pub on both sides`
  }
  return isCollector
    ? `${address}: a collector is there, but has acknowledged nothing within ${tookMs} ms; read its log, and restart it if it hangs`
    : `${address}: a ZeroMQ subscriber is there, but it is not a collector of zmq-pub; check the address`
}

/** @param curve the keys of the check */
export function explainFinding(
  address: string,
  curve: ResolvedTransportOptions['curve'],
  finding: Finding
): string {
  return `${address}: ${toReason(curve, finding)}`
}

function toReason(curve: ResolvedTransportOptions['curve'], finding: Finding): string {
  switch (finding.kind) {
    case 'absent':
      return (
        getOwn(absences, finding.code) ??
        `no connection (${finding.code || 'unknown reason'}); start the collector, or check the address`
      )
    case 'silent':
      return 'the connection is accepted, but nothing answers; the program there hangs or is not a collector: restart it, or check the address'
    case 'foreign':
      return `${finding.isHttp ? 'an HTTP server' : 'another program'} answers, which does not speak the protocol of ZeroMQ; check the address`
    case 'plain':
      return 'a ZeroMQ program answers, but it is not a collector of zmq-pub; check the address'
    case 'otherMechanism':
      return explainMechanism(finding.mechanism, curve !== undefined)
    case 'otherServerKey':
      return `the collector has another key than the given one (fingerprint ${toFingerprint(curve?.serverKeys[0] ?? '')}); give the public key of this collector with --curve-server-key-file`
    case 'knownServerKey':
      return `the collector refuses the key of this check (fingerprint ${toFingerprint(curve?.keyPair.publicKey ?? '')}); copy its .key file to --authorized-keys of the collector`
  }
}

function explainMechanism(mechanism: string, hasKeys: boolean): string {
  if (mechanism === 'CURVE')
    return `the collector takes only encrypted connections; give ${keyFlags}`
  return mechanism === 'NULL' && hasKeys
    ? `the collector takes only connections without encryption here; leave out ${keyFlags}, or start it with --curve-secret-key`
    : `a ZeroMQ program with another security mechanism (${mechanism || 'unknown'}) answers; it is not a collector of zmq-pub: check the address`
}
