/** The wire is decided this long after the last subscription, as those of one collector come in no fixed order. Unit: ms */
const settleMs = 20
/** A peer that subscribes without end delays the decision no longer than this. Unit: ms */
const maxSettleMs = 200
/** On the batch wire each decision has everything sent again, so it is made no more often than this. Unit: ms */
const minIntervalMs = 500

/** When the wire is to be decided, after subscriptions. Pure: the clock is the caller's (`now`, in ms). */
export class Settling {
  #at: number | undefined
  /** when at the latest, whatever else comes */
  #by = 0
  #decidedAt = Number.NEGATIVE_INFINITY
  #mustHold = false

  /** Whether a decision is due, or will be. */
  get isPending(): boolean {
    return this.#at !== undefined
  }

  /** Whether nothing may be sent before the decision. */
  get mustHold(): boolean {
    return this.#mustHold
  }

  /**
   * A subscription has come.
   * @param isSending whether batches are sent to others: that continues, as what a collector lacks is sent again
   * @param wasBatch whether the batch wire was decided before
   */
  add(now: number, isSending: boolean, wasBatch: boolean): void {
    if (this.#at === undefined) {
      this.#by = now + maxSettleMs
      this.#mustHold = !isSending
    }
    const earliest = wasBatch ? this.#decidedAt + minIntervalMs : 0
    this.#at = Math.max(earliest, Math.min(now + settleMs, this.#by))
  }

  /** When to decide; infinite where nothing is pending. @param isReading whether more may just be read: then it can wait */
  dueAt(isReading: boolean): number {
    if (this.#at === undefined) return Number.POSITIVE_INFINITY
    return isReading ? Math.max(this.#at, this.#by) : this.#at
  }

  /** The wire was decided. */
  markDecided(now: number): void {
    this.#at = undefined
    this.#mustHold = false
    this.#decidedAt = now
  }
}
