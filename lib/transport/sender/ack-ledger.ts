/** What each collector has acknowledged: a record may go when all of them have it. */
export class AckLedger {
  readonly #maxCollectors: number
  /** by collector id; the one that was heard last stands last */
  readonly #collectors = new Map<string, { seq: number; heardAt: number }>()

  /** @param maxCollectors how many there can be; one more takes the place of the one that was silent for longest */
  constructor(maxCollectors: number) {
    this.#maxCollectors = maxCollectors
  }

  /** @param now ms of the caller's clock */
  ack(collectorId: string, seq: number, now: number): void {
    this.#collectors.delete(collectorId)
    this.#collectors.set(collectorId, { seq, heardAt: now })
    const [oldest] = this.#collectors.keys()
    if (oldest !== undefined && this.#collectors.size > this.#maxCollectors) {
      this.#collectors.delete(oldest)
    }
  }

  /**
   * Forgets the collectors that were last heard before `before`: they no longer hold records back.
   * Where none was heard since, all stay: then it isn't one collector that is gone.
   */
  expire(before: number): void {
    const silent = [...this.#collectors].filter(([, { heardAt }]) => heardAt < before)
    if (silent.length === this.#collectors.size) return
    for (const [id] of silent) this.#collectors.delete(id)
  }

  /** The highest sequence number that every collector has acknowledged, 0 for none. */
  get released(): number {
    let released = Number.POSITIVE_INFINITY
    for (const { seq } of this.#collectors.values()) released = Math.min(released, seq)
    return Number.isFinite(released) ? released : 0
  }
}
