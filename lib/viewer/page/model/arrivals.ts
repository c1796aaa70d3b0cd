/** How many lines come, and how many of these are shown: "n of m lines". */

/** What one event of the live view says. */
export interface Arrival {
  /** lines that came with it */
  shown: number
  /** lines that matched since the event before */
  total: number
  /** lines of these that were left out because this page reads too slowly */
  dropped: number
  /** whether `total` is estimated */
  isEstimate: boolean
}

/** Sums of the last seconds. */
export interface Summary {
  shownPerSecond: number
  totalPerSecond: number
  /** since the view was opened, as `total` and `dropped` */
  shown: number
  total: number
  dropped: number
  isEstimate: boolean
}

/** Unit: ms */
const windowMs = 3000

export class Arrivals {
  #recent: (Arrival & { at: number })[] = []
  #shown = 0
  #total = 0
  #dropped = 0
  #startedAt: number

  /** @param now a time that never jumps, as of all methods. Unit: ms */
  constructor(now: number) {
    this.#startedAt = now
  }

  add(arrival: Arrival, now: number): void {
    this.#shown += arrival.shown
    this.#total += arrival.total
    this.#dropped += arrival.dropped
    this.#recent.push({ ...arrival, at: now })
    this.#forgetOld(now)
  }

  summarize(now: number): Summary {
    this.#forgetOld(now)
    const seconds = Math.max(1000, Math.min(windowMs, now - this.#startedAt)) / 1000
    let [shown, total] = [0, 0]
    for (const arrival of this.#recent) {
      shown += arrival.shown
      total += arrival.total
    }
    return {
      shownPerSecond: Math.round(shown / seconds),
      totalPerSecond: Math.round(total / seconds),
      shown: this.#shown,
      total: this.#total,
      dropped: this.#dropped,
      isEstimate: this.#recent.some(arrival => arrival.isEstimate)
    }
  }

  #forgetOld(now: number): void {
    while ((this.#recent[0]?.at ?? now) < now - windowMs) this.#recent.shift()
  }
}
