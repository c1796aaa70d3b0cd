/** What each collector has acknowledged: a record may go when all of them have it. */
export class AckLedger {
  readonly #collectors = new Map<string, { seq: number; heardAt: number }>()

  /** @param now ms of the caller's clock */
  ack(collectorId: string, seq: number, now: number): void {
    this.#collectors.set(collectorId, { seq, heardAt: now })
  }

  /** Forgets the collectors that were last heard before `before`: they no longer hold records back. */
  expire(before: number): void {
    if (this.#collectors.size < 2) return // the only one there is isn't holding anybody up
    for (const [id, { heardAt }] of this.#collectors) {
      if (heardAt < before) this.#collectors.delete(id)
    }
  }

  /** The highest sequence number that every collector has acknowledged, 0 for none. */
  get released(): number {
    let released = Number.POSITIVE_INFINITY
    for (const { seq } of this.#collectors.values()) released = Math.min(released, seq)
    return Number.isFinite(released) ? released : 0
  }
}
