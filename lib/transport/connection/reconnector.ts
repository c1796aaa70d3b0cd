import type { ResolvedTransportOptions } from '../options.ts'
import { explain, type Explanation } from './explanation.ts'
import { probe, type Finding, type Probe } from './probe.ts'
import { pauses, type Reachability } from './reachability.ts'

/** What a reconnector asks of its owner, and tells it. */
export interface ReconnectorOwner {
  reconnect(): void
  /** Nobody answers: told once, and again when it turns out that keys are refused, or no longer are. */
  onExplained(explanation: Explanation): void
}

/**
 * While nobody answers: finds out why, and connects anew. libzmq does that by itself where a connection is lost,
 * but never after a breach of its protocol, and never after its keys were refused.
 */
export class Reconnector {
  readonly #options: ResolvedTransportOptions
  readonly #reachability: Reachability
  readonly #owner: ReconnectorOwner
  #probes: Probe[] = []
  #isBusy = false
  #isClosed = false
  /** what was found in this silence, by address */
  #findings: readonly Finding[] | undefined
  /** what was told of it */
  #toldRefused: boolean | undefined
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
  }

  /** Why the other side doesn't take the keys; undefined where it does, or isn't there, or that isn't known. */
  get refusal(): string | undefined {
    const found = this.#findings && this.#explain(this.#findings)
    return found?.isKeyRefused ? found.why : undefined
  }

  markSubscribed(): void {
    this.#isTaken = true
  }

  /** To be called twice a second. @param now in ms, as of performance.now() */
  tick(now: number): void {
    const silentMs = this.#reachability.silentFor(now)
    if (silentMs === undefined) return this.#forget()
    if (this.#isBusy || this.#isClosed) return
    const { isUnreachable } = this.#reachability
    if (isUnreachable && now >= this.#nextAt) void this.#attempt()
    else if (!isUnreachable && !this.#findings && silentMs >= pauses.firstProbeMs) void this.#look()
  }

  close(): void {
    this.#isClosed = true
    clearTimeout(this.#graceTimer)
    for (const running of this.#probes) running.stop()
  }

  #forget(): void {
    this.#findings = undefined
    this.#toldRefused = undefined
    this.#nextAt = 0
  }

  async #look(): Promise<readonly Finding[]> {
    this.#isBusy = true
    const { address: addresses, bind, curve } = this.#options
    this.#probes = bind
      ? []
      : addresses.map((address, index) => probe(address, curve?.serverKeys[index]))
    this.#findings = await Promise.all(this.#probes.map(({ found }) => found))
    this.#probes = []
    this.#isBusy = false
    return this.#findings
  }

  async #attempt(): Promise<void> {
    const isFirst = this.#toldRefused === undefined
    const findings = (isFirst && this.#findings) || (await this.#look())
    if (this.#isClosed || !this.#reachability.isUnreachable) return
    // Who knows the server's key is let in or refused a little later, with connections that are new.
    const isUndecided = findings.some(({ kind }) => kind === 'knownServerKey')
    if (!isUndecided || this.#isTaken) this.#tell(findings)
    this.#isTaken = false
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
    if (this.#toldRefused === explanation.isKeyRefused) return
    this.#toldRefused = explanation.isKeyRefused
    this.#owner.onExplained(explanation)
  }

  #explain(findings: readonly Finding[]): Explanation {
    if (!this.#options.bind) return explain(findings, this.#options, this.#isTaken)
    const why = `no collector that has connected to ${this.#options.address.join(', ')} answers`
    return { isKeyRefused: false, why }
  }

  #pauseAfter(findings: readonly Finding[]): number {
    if (this.#explain(findings).isKeyRefused) return pauses.refusedMs * (0.8 + 0.4 * Math.random())
    return Math.max(pauses.reconnectMs, this.#options.reconnectMaxIntervalMs)
  }
}
