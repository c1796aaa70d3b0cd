/** What a probe has found, in words: what is wrong, and what to do. */
import { toFingerprint } from '../../curve/keys.ts'
import { hideKeys } from '../../util/hide-keys.ts'
import { getOwn } from '../../util/object.ts'
import type { ResolvedTransportOptions } from '../options.ts'
import type { Finding } from './probe.ts'

/** Why nobody answers. */
export interface Explanation {
  /** The other side is there, but the keys don't fit, or one side has none. */
  isKeyRefused: boolean
  why: string
}

/** What a reconnector asks of its owner, and tells it. */
export interface ReconnectorOwner {
  reconnect(): void
  /** Nobody answers: told once, and again when it turns out that keys are refused, or no longer are. */
  onExplained(explanation: Explanation): void
}

/** Reasons of the system, by code. */
const absences: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens at',
  ENOENT: 'there is no socket at',
  ENOTFOUND: 'the host is unknown:',
  EAI_AGAIN: 'the host is unknown so far:',
  ETIMEDOUT: 'no answer, as if the host were down or a firewall between:',
  EACCES: 'this user may not connect to'
}

/**
 * @param findings one for each address of the options
 * @param isTaken whether a subscriber has come over these connections: then its server has taken the key
 */
export function explain(
  findings: readonly Finding[],
  options: ResolvedTransportOptions,
  isTaken: boolean
): Explanation {
  const parts = findings.map((finding, index) => {
    const address = hideKeys(options.address[index] ?? '')
    const refusal =
      isTaken && finding.kind === 'knownServerKey'
        ? undefined
        : explainRefusal(finding, options.curve, index)
    const why =
      refusal === undefined
        ? explainSilence(finding, address)
        : `${address} answers, but ${refusal}`
    return { isKeyRefused: refusal !== undefined, why }
  })
  return {
    isKeyRefused: parts.some(({ isKeyRefused }) => isKeyRefused),
    why: parts.map(({ why }) => why).join('; ')
  }
}

function explainSilence(finding: Finding, address: string): string {
  switch (finding.kind) {
    case 'absent':
      return `${getOwn(absences, finding.code) ?? `${finding.code || 'no connection'}:`} ${address}`
    case 'silent':
      return `${address} takes connections and says nothing: its program stands still, or isn't a collector`
    case 'foreign':
      return `what listens at ${address} doesn't speak ZeroMQ's protocol: it isn't a collector`
    case 'plain':
    case 'otherMechanism':
    case 'otherServerKey':
    case 'knownServerKey':
      return `${address} answers, but no collector there has subscribed or acknowledged anything`
  }
}

/** @returns what completes '… answers, but'; undefined where keys aren't the matter */
function explainRefusal(
  finding: Finding,
  curve: ResolvedTransportOptions['curve'],
  index: number
): string | undefined {
  switch (finding.kind) {
    case 'otherMechanism':
      return explainMechanism(finding.mechanism, curve !== undefined)
    case 'otherServerKey': {
      const fingerprint = toFingerprint(curve?.serverKeys[index] ?? '')
      return `has another key than the one that was given (fingerprint ${fingerprint}): give this collector's public key as serverKeyFile or serverKey`
    }
    case 'knownServerKey': {
      const fingerprint = toFingerprint(curve?.keyPair.publicKey ?? '')
      return `doesn't take this app's key (fingerprint ${fingerprint}): add its public key to the collector's --authorized-keys`
    }
    case 'absent':
    case 'silent':
    case 'foreign':
    case 'plain':
      return undefined
  }
}

function explainMechanism(mechanism: string, hasKeys: boolean): string {
  if (mechanism === 'CURVE') {
    return "takes only encrypted connections: give the option curve, with the collector's public key and one of its own (zmq-pub-collector keygen makes one)"
  }
  if (mechanism === 'NULL' && hasKeys) {
    return "isn't encrypted: start the collector with --curve-secret-key, or leave out the option curve"
  }
  return `wants another security mechanism (${mechanism || 'unknown'}): it isn't a collector of zmq-pub`
}
