/** What each collector has acknowledged: a record is released when all of them have it. */
export class AckLedger {
  readonly #maxCollectors: number
  /** by collector id, in the order of their last acks */
  readonly #collectors = new Map<string, { seq: number; heardAt: number }>()
  #expected: number
  readonly #isHighestKept: boolean

  /**
   * @param maxCollectors how many there can be; one more replaces the one with the oldest ack
   * @param expected nothing is released before this many are known, or `stopExpecting`
   * @param isHighestKept whether a lower ack of the same collector changes nothing: where several gateways acknowledge
   *   with one id, each knows only what has passed through itself. A collector with a log of its own may have lost it
   */
  constructor(maxCollectors: number, expected = 1, isHighestKept = false) {
    this.#maxCollectors = maxCollectors
    this.#expected = expected
    this.#isHighestKept = isHighestKept
  }

  /** From now on those that are known release alone. */
  stopExpecting(): void {
    this.#expected = 0
  }

  /** @param seq the highest sequence number that the collector has @param now ms of the caller's clock */
  ack(collectorId: string, seq: number, now: number): void {
    const known = this.#isHighestKept ? (this.#collectors.get(collectorId)?.seq ?? 0) : 0
    this.#collectors.delete(collectorId)
    this.#collectors.set(collectorId, { seq: Math.max(seq, known), heardAt: now })
    const [oldest] = this.#collectors.keys()
    if (oldest !== undefined && this.#collectors.size > this.#maxCollectors) {
      this.#collectors.delete(oldest)
    }
  }

  /**
   * Forgets the collectors whose last ack came before `before`: they no longer hold records back.
   * Where no ack came since, all stay: the cause is then not a single collector.
   */
  expire(before: number): void {
    const silent = [...this.#collectors].filter(([, { heardAt }]) => heardAt < before)
    if (silent.length === this.#collectors.size) return
    for (const [id] of silent) this.#collectors.delete(id)
  }

  /** The highest sequence number that every collector has acknowledged, 0 for none. */
  get released(): number {
    if (this.#collectors.size < this.#expected) return 0
    let released = Number.POSITIVE_INFINITY
    for (const { seq } of this.#collectors.values()) released = Math.min(released, seq)
    return Number.isFinite(released) ? released : 0
  }
}
