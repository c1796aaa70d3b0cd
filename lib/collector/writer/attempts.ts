/** Told how something goes that is tried again until it succeeds. */
export interface AttemptListener {
  /** called for each attempt that failed */
  onTrouble: (error: Error) => void
  /** called when an attempt succeeds again. @param troubleMs since the first one that failed */
  onRecovery: (troubleMs: number) => void
}

/** Attempts at one thing: tells of each that fails, and of the first that succeeds again. */
export class Attempts {
  readonly #listener: AttemptListener
  /** when the first one failed since the last success, as of performance.now() */
  #failedAt: number | undefined

  constructor(listener: AttemptListener) {
    this.#listener = listener
  }

  failed(error: Error): void {
    this.#failedAt ??= performance.now()
    this.#listener.onTrouble(error)
  }

  succeeded(): void {
    if (this.#failedAt === undefined) return
    this.#listener.onRecovery(performance.now() - this.#failedAt)
    this.#failedAt = undefined
  }
}
