import { hideKeys } from '../../util/hide-keys.ts'
import type { EmitEvent } from '../events.ts'
import type { ResolvedTransportOptions } from '../options.ts'
import type { Explanation } from './explanation.ts'

/** Emits that no collector takes records, and why; and once that one takes them again. Pure: the clock is the caller's. */
export class Outage {
  readonly #addresses: readonly string[]
  readonly #emit: EmitEvent
  /** when the outage that was reported began; undefined where none was. Unit: ms, as of performance.now() */
  #since: number | undefined

  constructor({ address: addresses }: ResolvedTransportOptions, emit: EmitEvent) {
    this.#addresses = addresses.map(hideKeys)
    this.#emit = emit
  }

  /** Whether an outage was reported that hasn't ended. */
  get isOngoing(): boolean {
    return this.#since !== undefined
  }

  /**
   * Why a collector doesn't answer, or takes nothing, was found out.
   * @param silentForMs for how long an answer is owed, in ms
   * @param isConnected whether another collector takes records meanwhile: then there is no outage that could end
   */
  report(
    explanation: Explanation,
    silentForMs: number,
    heldRecords: number,
    isConnected: boolean,
    now: number
  ): void {
    const silentMs = Math.round(silentForMs)
    if (!isConnected) this.#since ??= now - silentMs
    this.#emit('unreachable', { addresses: this.#addresses, silentMs, heldRecords, ...explanation })
  }

  /** A collector takes records again. */
  end(heldRecords: number, now: number): void {
    if (this.#since === undefined) return
    const silentMs = Math.round(now - this.#since)
    this.#since = undefined
    this.#emit('reachable', { addresses: this.#addresses, silentMs, heldRecords })
  }
}
