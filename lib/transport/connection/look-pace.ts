/** While subscriptions come, or may come at once. Doubles up to `maxMs` while there is nothing. Unit: ms */
const startMs = 5
/** When an ack may be there that nobody has asked for: see docs/wire-format.md. Doubles up to `maxMs`. Unit: ms */
const ackMs = 100
const maxMs = 400
/** While somebody waits for an ack. Unit: ms */
const hurriedMs = 2

/** When a socket is to be looked at, whether it can be read. Pure: the clock is the caller's (`now`, in ms). */
export class LookPace {
  #lookedAt: number
  #pauseMs = startMs

  /** Subscriptions may come from now on. */
  constructor(now: number) {
    this.#lookedAt = now
  }

  /** When to look again. @param isHurried whether somebody waits for what may be there */
  nextAt(isHurried: boolean): number {
    return this.#lookedAt + (isHurried ? hurriedMs : this.#pauseMs)
  }

  /** It was looked at, and there was nothing. */
  markEmpty(now: number): void {
    this.#lookedAt = now
    this.#pauseMs = Math.min(this.#pauseMs * 2, maxMs)
  }

  /** A subscription has come, or all connections are made anew: more will follow. */
  markSubscription(now: number): void {
    this.#lookedAt = now
    this.#pauseMs = startMs
  }

  /** An ack has come, or something was sent that will be acknowledged. */
  markExchange(now: number): void {
    this.#lookedAt = now
    this.#pauseMs = ackMs
  }
}
