/** What a probe has found, in words: what is wrong, and what to do. */
import { toFingerprint } from '../../curve/keys.ts'
import { defaultAddress, isLocalAddress } from '../../options/address.ts'
import { hideKeys } from '../../util/hide-keys.ts'
import { getOwn } from '../../util/object.ts'
import type { ResolvedTransportOptions } from '../options.ts'
import type { Finding } from './probe.ts'

/** Why no collector answers. */
export interface Explanation {
  /** The other side is there, but the keys don't fit, or one side has none. */
  isKeyRefused: boolean
  why: string
  /** what to check; '' where `why` says it */
  advice: string
}

/** What a reconnector asks of its owner, and tells it. */
export interface ReconnectorOwner {
  reconnect(): void
  /** No collector answers: told every minute, and at once when it turns out that keys are refused, or no longer are. */
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

const nameAdvice = 'check the host name, and that DNS knows it on this machine'
const firewallAdvice = 'check the address, that the host is up, and that no firewall is in between'

/** What to check, by code. */
const absenceAdvice: Readonly<Record<string, string>> = {
  ENOTFOUND: nameAdvice,
  EAI_AGAIN: nameAdvice,
  ETIMEDOUT: firewallAdvice,
  EHOSTUNREACH: firewallAdvice,
  ENETUNREACH: firewallAdvice,
  EACCES: 'check the permissions of the socket and of its folder'
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
    const advice =
      refusal === undefined
        ? nameSource(advise(finding, address, options.curve !== undefined), options.addressFrom)
        : ''
    return { isKeyRefused: refusal !== undefined, why, advice }
  })
  return {
    isKeyRefused: parts.some(({ isKeyRefused }) => isKeyRefused),
    why: parts.map(({ why }) => why).join('; '),
    // Where there are several collectors, the first that can be mended is enough to begin with.
    advice: parts.find(({ advice }) => advice !== '')?.advice ?? ''
  }
}

function advise(finding: Finding, address: string, hasKeys: boolean): string {
  switch (finding.kind) {
    case 'absent':
      return getOwn(absenceAdvice, finding.code) ?? adviseToStart(address, hasKeys)
    case 'silent':
    case 'foreign':
      return "check the address: its port must be the collector's"
    case 'plain':
    case 'otherMechanism':
    case 'otherServerKey':
    case 'knownServerKey':
      return 'check that a collector of zmq-pub listens there, and its own log'
  }
}

/** Says where the address comes from, where the app doesn't give it. */
function nameSource(advice: string, from: ResolvedTransportOptions['addressFrom']): string {
  switch (from) {
    case 'option':
      return advice
    case 'environment':
      return advice.replace('the address', 'the address in ZMQ_PUB_ADDRESS')
    case 'default':
      return `neither the option address (inside options: { … } of pino.transport) nor ZMQ_PUB_ADDRESS is set, so the default is used: set one, or ${advice}`
  }
}

const keyFlags = 'with --curve-secret-key and --authorized-keys'

/** The command must work as it is written: a collector that other hosts can reach needs keys, or --insecure. */
function adviseToStart(address: string, hasKeys: boolean): string {
  const isLocal = isLocalAddress(address)
  const local = address.replace('//localhost:', '//127.0.0.1:') // a name can't be bound
  const bind = isLocal ? local : address.replace(/^tcp:.*:/, 'tcp://*:')
  const flag = bind === defaultAddress ? '' : ` --bind '${bind}'`
  const insecure = isLocal ? [] : [`${keyFlags}, or with --insecure in a network that you trust`]
  const command = [`npx zmq-pub-collector${flag}`, ...(hasKeys ? [keyFlags] : insecure)].join(', ')
  return `check the address, and that the collector runs there (${command})`
}

function explainSilence(finding: Finding, address: string): string {
  switch (finding.kind) {
    case 'absent':
      return `${getOwn(absences, finding.code) ?? `${finding.code || 'no connection'}:`} ${address}`
    case 'silent':
      return `${address} accepts connections, but nothing answers: the program there hangs or is not a collector`
    case 'foreign':
      return finding.isHttp
        ? `what listens at ${address} is an HTTP server, not a collector`
        : `what listens at ${address} doesn't speak ZeroMQ's protocol: it isn't a collector`
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
      return `doesn't accept this app's key (fingerprint ${fingerprint}): add its public key to the collector's --authorized-keys`
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
    return "takes only encrypted connections: give the option curve, with the collector's public key and one of its own (zmq-pub-collector keygen creates one)"
  }
  if (mechanism === 'NULL' && hasKeys) {
    return "isn't encrypted: start the collector with --curve-secret-key, or leave out the option curve"
  }
  return `wants another security mechanism (${mechanism || 'unknown'}): it isn't a collector of zmq-pub`
}
