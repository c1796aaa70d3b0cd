/** One timer for all that is due: it rings at the earliest time that was set, and not by itself again. */
export class Alarm {
  readonly #onRing: () => void
  #at = Number.POSITIVE_INFINITY
  #timer: NodeJS.Timeout | undefined
  /** Unit: ms */
  #timerMs = 0
  #immediate: NodeJS.Immediate | undefined

  constructor(onRing: () => void) {
    this.#onRing = onRing
  }

  /** @param at in ms, as of performance.now(); no effect where it rings before */
  set(at: number): void {
    if (at >= this.#at) return
    this.#at = at
    const waitMs = Math.ceil(at - performance.now())
    // Mostly it is as long as before: a timer that is begun again is cheaper than another one.
    if (waitMs > 0 && waitMs === this.#timerMs) this.#timer?.refresh()
    else this.#setTimer(waitMs)
  }

  cancel(): void {
    clearTimeout(this.#timer)
    clearImmediate(this.#immediate)
    this.#timer = undefined
    this.#timerMs = 0
    this.#at = Number.POSITIVE_INFINITY
  }

  #setTimer(waitMs: number): void {
    clearTimeout(this.#timer)
    clearImmediate(this.#immediate)
    this.#timer = undefined
    this.#timerMs = Math.max(0, waitMs)
    if (waitMs <= 0) this.#immediate = setImmediate(() => this.#ring())
    else this.#timer = setTimeout(() => this.#ring(), waitMs).unref()
  }

  #ring(): void {
    this.#at = Number.POSITIVE_INFINITY
    this.#onRing()
  }
}
