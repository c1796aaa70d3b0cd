/** The first pause before a thread that has ended is started again; each further one is twice as long. Unit: ms */
const minPauseMs = 1000
/** The longest pause. A thread that ran for longer counts as one that works. Unit: ms */
const maxPauseMs = 60_000

/** How long to wait before a thread that has ended is started again. Times are ms of any clock that never jumps. */
export class RestartPace {
  #startedAt = Number.NEGATIVE_INFINITY
  #failures = 0

  markStarted(now: number): void {
    this.#startedAt = now
  }

  /** The thread has ended. @returns the pause. Unit: ms */
  markEnded(now: number): number {
    if (now - this.#startedAt > maxPauseMs) this.#failures = 0
    return Math.min(maxPauseMs, minPauseMs * 2 ** this.#failures++)
  }
}
