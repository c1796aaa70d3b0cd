interface Waiter {
  seq: number
  timer: NodeJS.Timeout
  callback: () => void
}

/** Those who wait until records are acknowledged, in the order of their records. */
export class AckWaiters {
  #waiters: Waiter[] = []

  /** The highest sequence number that is waited for; 0 where none is. */
  get seq(): number {
    return this.#waiters.at(-1)?.seq ?? 0
  }

  /**
   * @param seq no less than those before
   * @param callback called once, after `timeoutMs` at the latest
   */
  add(seq: number, callback: () => void, timeoutMs: number): void {
    const timer = setTimeout(() => {
      this.#waiters = this.#waiters.filter(other => other !== waiter)
      callback()
    }, timeoutMs)
    const waiter = { seq, timer, callback }
    this.#waiters.push(waiter)
  }

  /** @param start every record below this sequence number is acknowledged */
  release(start: number): void {
    while (this.#waiters[0] && this.#waiters[0].seq < start) {
      const waiter = this.#waiters.shift()
      clearTimeout(waiter?.timer)
      waiter?.callback()
    }
  }
}
