/** A client that was refused. */
export interface Refusal {
  /** a short hash of its public key; undefined where it came without a valid one */
  fingerprint: string | undefined
  /** its IP, as libzmq has it */
  address: string
  /** why, for the log */
  reason: string
}

/** Receives the reports. */
export interface RefusalListener {
  onRefused(refusal: Refusal): void
  /** Of the last minute, what wasn't reported one by one. @param count of refusals */
  onMoreRefused(count: number): void
}

/** A client is reported once in this time. Unit: ms */
const periodMs = 60_000

/** Clients that are reported one by one in a period, at most. */
export const maxReports = 10

/** Limits the reports: a client that tries again and again, or a thousand keys, can't fill the log. All are counted. */
export class RefusalReports {
  readonly #listener: RefusalListener
  readonly #reported = new Set<string>()
  #timer: NodeJS.Timeout | undefined
  #count = 0
  #unreported = 0

  constructor(listener: RefusalListener) {
    this.#listener = listener
  }

  /** All refusals so far. */
  get count(): number {
    return this.#count
  }

  add(refusal: Refusal): void {
    this.#count++
    const key = `${refusal.fingerprint ?? ''} ${refusal.address} ${refusal.reason}`
    if (this.#reported.has(key) || this.#reported.size >= maxReports) {
      this.#unreported++
      return
    }
    this.#reported.add(key)
    this.#timer ??= setTimeout(() => this.flush(), periodMs).unref()
    this.#listener.onRefused(refusal)
  }

  /** Ends the period: says what wasn't reported. */
  flush(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#reported.clear()
    const count = this.#unreported
    this.#unreported = 0
    if (count > 0) this.#listener.onMoreRefused(count)
  }
}
