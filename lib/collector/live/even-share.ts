/** What one sender has sent in a window of time. */
interface Share {
  seen: number
  taken: number
  /** part of a record that is still to be taken: 0 to 1 */
  carry: number
}

/**
 * Chooses how many of each sender's records are shown, where there are more than anybody can read: each sender has the same share
 * of a window, and of a sender that exceeds it the records are spread over the window, as far as the window before it foretells.
 * A pure state machine.
 */
export class EvenShare {
  readonly #records: number
  readonly #windowMs: number
  #startedAt = Number.NEGATIVE_INFINITY
  #current = new Map<string, Share>()
  #previous = new Map<string, Share>()

  /** @param records of all senders together that are taken in a window */
  constructor(records: number, windowMs: number) {
    this.#records = records
    this.#windowMs = windowMs
  }

  /** @param now as of performance.now() @returns how many of these records are taken */
  take(key: string, records: number, now: number): number {
    if (now - this.#startedAt >= this.#windowMs) {
      this.#previous = this.#current
      this.#current = new Map()
      this.#startedAt = now
    }
    let share = this.#current.get(key)
    if (!share) this.#current.set(key, (share = { seen: 0, taken: 0, carry: 0 }))
    const senders = Math.max(this.#previous.size, this.#current.size)
    const most = Math.max(1, Math.floor(this.#records / senders))
    const expected = this.#previous.get(key)?.seen ?? 0
    const wanted = share.carry + records * Math.min(1, most / Math.max(1, expected))
    const taken = Math.max(0, Math.min(Math.floor(wanted), most - share.taken))
    share.seen += records
    share.taken += taken
    share.carry = wanted - Math.floor(wanted)
    return taken
  }
}
