/** While subscriptions come, or may come at once; doubles up to `maxMs` while there is nothing. Unit: ms */
const startMs = 5
const maxMs = 400
/** While somebody waits for an ack. Unit: ms */
const hurriedMs = 2

/**
 * When a socket is to be looked at, whether it can be read, besides each time that something is sent and twice a second.
 * Pure: the clock is the caller's (`now`, in ms).
 */
export class LookPace {
  #lookedAt: number
  #pauseMs = startMs

  /** Subscriptions may come from now on. */
  constructor(now: number) {
    this.#lookedAt = now
  }

  /** When to look again; infinite where nothing is in a hurry. @param isHurried whether somebody waits for an ack */
  nextAt(isHurried: boolean): number {
    return this.#lookedAt + (isHurried ? hurriedMs : this.#pauseMs)
  }

  /** It was looked at, and there was nothing. */
  markEmpty(now: number): void {
    this.#lookedAt = now
    this.#pauseMs = this.#pauseMs < maxMs ? this.#pauseMs * 2 : Number.POSITIVE_INFINITY
  }

  /** A subscription has come, or all connections are made anew: more will follow. */
  markSubscription(now: number): void {
    this.#lookedAt = now
    this.#pauseMs = startMs
  }

  /** An ack has come, or something was sent that will be acknowledged: nothing else is expected. */
  markExchange(): void {
    this.#pauseMs = Number.POSITIVE_INFINITY
  }
}
