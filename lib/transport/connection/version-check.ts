import { hideKeys } from '../../util/hide-keys.ts'
import { wireVersion } from '../../wire/marker.ts'
import type { EmitEvent } from '../events.ts'
import type { ResolvedTransportOptions } from '../options.ts'
import { pauses } from './reachability.ts'

/** Says that a collector speaks another version, and when to look whether it was replaced. */
export class VersionCheck {
  readonly #options: ResolvedTransportOptions
  readonly #emit: EmitEvent
  /** the version that was reported last */
  #reported: number | undefined
  #reportedAt = 0
  /** when all was connected anew to look */
  #comparedAt = Number.NEGATIVE_INFINITY

  constructor(options: ResolvedTransportOptions, emit: EmitEvent) {
    this.#options = options
    this.#emit = emit
  }

  /**
   * There is such a collector. It is reported at once, and every minute while it lasts.
   * @param now in ms, as of performance.now()
   * @returns whether to connect anew: only new connections tell whether it was replaced, for all markers come again
   */
  check(version: number, heldRecords: number, now: number): boolean {
    if (version !== this.#reported || now - this.#reportedAt >= pauses.repeatMs) {
      this.#reported = version
      this.#reportedAt = now
      const addresses = this.#options.address.map(hideKeys)
      this.#emit('otherVersion', { addresses, version, ownVersion: wireVersion, heldRecords })
    }
    if (this.#options.bind || now - this.#comparedAt < pauses.reconnectMs) return false
    this.#comparedAt = now
    return true
  }

  /** All collectors speak this version. */
  reset(): void {
    this.#reported = undefined
  }
}
