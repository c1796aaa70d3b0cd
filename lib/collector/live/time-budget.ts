/**
 * Limits work to a share of the time. What isn't spent is saved, so that little work is done at once and much work
 * takes no more than its share.
 */
export class TimeBudget {
  readonly #share: number
  readonly #savedMs: number
  #leftMs: number
  #filledAt: number

  /** @param share of the time, 0 to 1 @param savedMs most that is saved @param now as of performance.now() */
  constructor(share: number, savedMs: number, now: number) {
    this.#share = share
    this.#savedMs = savedMs
    this.#leftMs = savedMs
    this.#filledAt = now
  }

  /** How long the work may take now; 0 or less where it may not. Unit: ms */
  fill(now: number): number {
    const earnedMs = (now - this.#filledAt) * this.#share
    this.#leftMs = Math.min(this.#savedMs, this.#leftMs + earnedMs)
    this.#filledAt = now
    return this.#leftMs
  }

  /** Notes how long the work took. */
  spend(ms: number): void {
    this.#leftMs -= ms
  }
}
