import { hideKeys } from '../../util/hide-keys.ts'
import type { ResolvedTransportOptions } from '../options.ts'
import { explain, type Explanation, type ReconnectorOwner } from './explanation.ts'
import { MissingCollectors } from './missing-collectors.ts'
import { probeAll, type Finding } from './probe.ts'
import { pauses, spread, type Reachability } from './reachability.ts'

const nothing = { found: Promise.resolve([] as Finding[]), stop: () => undefined }

/**
 * While no collector answers: finds out why, and connects anew. libzmq does that by itself where a connection is lost,
 * but never after a breach of its protocol, and never after its keys were refused.
 */
export class Reconnector {
  readonly #options: ResolvedTransportOptions
  readonly #reachability: Reachability
  readonly #owner: ReconnectorOwner
  readonly #missing: MissingCollectors
  #stopProbes: () => void = () => undefined
  #isBusy = false
  #isClosed = false
  /** what was found in this silence, by address */
  #findings: readonly Finding[] | undefined
  /** what was told of it */
  #toldRefused: boolean | undefined
  /** when, as of performance.now() */
  #toldAt = 0
  /** whether a subscriber has come over the present connections */
  #isTaken = false
  #nextAt = 0
  #graceTimer: NodeJS.Timeout | undefined

  constructor(
    options: ResolvedTransportOptions,
    reachability: Reachability,
    owner: ReconnectorOwner
  ) {
    this.#options = options
    this.#reachability = reachability
    this.#owner = owner
    this.#missing = new MissingCollectors(options, owner)
  }

  /** Why the other side doesn't take the keys; undefined where it does, or isn't there, or that isn't known. */
  get refusal(): string | undefined {
    const found = this.#findings && this.#explain(this.#findings)
    return found?.isKeyRefused ? found.why : undefined
  }

  /** @param isCollector of ours, which speaks the batch wire */
  markSubscribed(isCollector: boolean): void {
    this.#isTaken = true
    if (isCollector) this.#missing.markSubscribed()
  }

  /** A subscriber of a connecting socket is gone. */
  markLost(isCollector: boolean): void {
    this.#isTaken = false
    if (isCollector) this.#missing.markLost()
  }

  /** To be called twice a second. @param now in ms, as of performance.now() */
  tick(now: number): void {
    const silentMs = this.#reachability.silentFor(now)
    if (!this.#reachability.isUnreachable) this.#missing.tick(now)
    if (silentMs === undefined) return this.#forget()
    if (this.#isBusy || this.#isClosed) return
    const { isUnreachable } = this.#reachability
    if (isUnreachable && now >= this.#nextAt) void this.#attempt()
    else if (!isUnreachable && !this.#findings && silentMs >= pauses.firstProbeMs) void this.#look()
  }

  close(): void {
    this.#isClosed = true
    clearTimeout(this.#graceTimer)
    this.#stopProbes()
    this.#missing.close()
  }

  #forget(): void {
    this.#findings = undefined
    this.#toldRefused = undefined
    this.#nextAt = 0
  }

  async #look(): Promise<readonly Finding[]> {
    this.#isBusy = true
    const { found, stop } = this.#options.bind ? nothing : probeAll(this.#options)
    this.#stopProbes = stop
    const findings = await found
    this.#isBusy = false
    // Of a silence that has ended meanwhile nothing is kept.
    const isSilent = this.#reachability.silentFor(performance.now()) !== undefined
    this.#findings = isSilent ? findings : undefined
    return findings
  }

  async #attempt(): Promise<void> {
    const isFirst = this.#toldRefused === undefined
    const findings = (isFirst && this.#findings) || (await this.#look())
    if (this.#isClosed || !this.#reachability.isUnreachable) return
    // Who knows the server's key is let in or refused a little later, with connections that are new.
    const isUndecided = findings.some(({ kind }) => kind === 'knownServerKey')
    if (!isUndecided || this.#isTaken) this.#tell(findings)
    this.#isTaken = false
    this.#missing.forget()
    this.#owner.reconnect()
    this.#nextAt = performance.now() + this.#pauseAfter(findings)
    if (!isUndecided) return
    clearTimeout(this.#graceTimer)
    this.#graceTimer = setTimeout(() => {
      if (this.#reachability.isUnreachable) this.#tell(findings)
    }, pauses.graceMs).unref()
  }

  #tell(findings: readonly Finding[]): void {
    const explanation = this.#explain(findings)
    const now = performance.now()
    const isKnown = this.#toldRefused === explanation.isKeyRefused
    if (isKnown && now - this.#toldAt < pauses.repeatMs) return
    this.#toldAt = now
    this.#toldRefused = explanation.isKeyRefused
    this.#owner.onExplained(explanation)
  }

  #explain(findings: readonly Finding[]): Explanation {
    if (!this.#options.bind) return explain(findings, this.#options, this.#isTaken)
    const addresses = this.#options.address.map(hideKeys).join(', ')
    return {
      isKeyRefused: false,
      why: `no collector that has connected to ${addresses} answers`,
      advice: 'check that a collector runs with --connect and an address of this machine'
    }
  }

  #pauseAfter(findings: readonly Finding[]): number {
    if (this.#explain(findings).isKeyRefused) return spread(pauses.refusedMs)
    return Math.max(pauses.reconnectMs, this.#options.reconnectMaxIntervalMs)
  }
}
