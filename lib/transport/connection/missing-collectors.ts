import { toFingerprint } from '../../curve/keys.ts'
import { hideKeys } from '../../util/hide-keys.ts'
import type { ResolvedTransportOptions } from '../options.ts'
import { explain, type ReconnectorOwner } from './explanation.ts'
import { probeAll, type Finding } from './probe.ts'
import { pauses, spread } from './reachability.ts'

/**
 * Looks for the one of several collectors that is there, but doesn't take the keys, while others answer: nothing
 * else would notice, and libzmq doesn't try it again. Only on the batch wire, where connections can be made anew
 * without loss: what was on its way is sent again.
 */
export class MissingCollectors {
  readonly #options: ResolvedTransportOptions
  readonly #owner: ReconnectorOwner
  /** how many have subscribed over the present connections; one that was started again counts twice */
  #subscribed = 0
  #nextAt = performance.now() + pauses.unreachableMs
  /** when it was told, as of performance.now() */
  #toldAt = Number.NEGATIVE_INFINITY
  #stop: () => void = () => undefined

  constructor(options: ResolvedTransportOptions, owner: ReconnectorOwner) {
    this.#options = options
    this.#owner = owner
  }

  markSubscribed(): void {
    this.#subscribed++
    if (this.#subscribed >= this.#options.address.length) this.#toldAt = Number.NEGATIVE_INFINITY
  }

  markLost(): void {
    this.#subscribed = Math.max(0, this.#subscribed - 1)
  }

  /** All connections are made anew. */
  forget(): void {
    this.#subscribed = 0
  }

  /** To be called while some answer. @param now in ms, as of performance.now() */
  tick(now: number): void {
    const { address: addresses, bind, wire } = this.#options
    const isComplete = bind || wire === 'plain' || this.#subscribed >= addresses.length
    if (isComplete || this.#subscribed === 0 || now < this.#nextAt) return
    this.#nextAt = Number.POSITIVE_INFINITY
    void this.#look()
  }

  close(): void {
    this.#nextAt = Number.POSITIVE_INFINITY
    this.#stop()
  }

  async #look(): Promise<void> {
    const { found, stop } = probeAll(this.#options)
    let isStopped = false
    let timer: NodeJS.Timeout | undefined
    this.#stop = () => {
      isStopped = true
      clearTimeout(timer)
      stop()
    }
    const findings = await found
    if (isStopped) return
    this.#nextAt = performance.now() + spread(pauses.refusedMs)
    // Those that aren't there are tried again by libzmq.
    const present = findings.filter(({ kind }) => kind !== 'absent' && kind !== 'silent')
    if (present.length <= this.#subscribed) return
    this.forget()
    this.#owner.reconnect()
    timer = setTimeout(() => this.#tell(findings, present.length), pauses.graceMs).unref()
  }

  #tell(findings: readonly Finding[], presentCount: number): void {
    const now = performance.now()
    if (this.#subscribed === 0 || this.#subscribed >= presentCount) return
    if (now - this.#toldAt < pauses.repeatMs) return
    this.#toldAt = now
    const { address: addresses, curve } = this.#options
    const explanation = explain(findings, this.#options, true)
    if (explanation.isKeyRefused) return this.#owner.onExplained(explanation)
    const answering = addresses.filter((_, index) => findings[index]?.kind !== 'absent')
    const key = curve && ` (fingerprint ${toFingerprint(curve.keyPair.publicKey)})`
    this.#owner.onExplained({
      isKeyRefused: curve !== undefined,
      advice: key ? '' : 'check the collectors that do not answer, and their logs',
      why:
        `of ${answering.map(hideKeys).join(', ')} only ${this.#subscribed} ${this.#subscribed === 1 ? 'takes' : 'take'} records` +
        (key ? `: add this app's public key${key} to --authorized-keys of each collector` : '')
    })
  }
}
