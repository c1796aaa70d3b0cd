/** One timer for all that is due: it rings at the earliest time that was set, and not by itself again. */
export class Alarm {
  readonly #onRing: () => void
  #at = Number.POSITIVE_INFINITY
  #timer: NodeJS.Timeout | undefined
  #immediate: NodeJS.Immediate | undefined

  constructor(onRing: () => void) {
    this.#onRing = onRing
  }

  /** @param at in ms, as of performance.now(); no effect where it rings before */
  set(at: number): void {
    if (at >= this.#at) return
    this.cancel()
    this.#at = at
    const waitMs = Math.ceil(at - performance.now())
    if (waitMs > 0) this.#timer = setTimeout(() => this.#ring(), waitMs).unref()
    else this.#immediate = setImmediate(() => this.#ring())
  }

  cancel(): void {
    clearTimeout(this.#timer)
    clearImmediate(this.#immediate)
    this.#at = Number.POSITIVE_INFINITY
  }

  #ring(): void {
    this.#at = Number.POSITIVE_INFINITY
    this.#onRing()
  }
}
