/** An expected answer is overdue after this time. Unit: ms */
const unreachableMs = 5000

/** Whether any collector answers. Pure: the clock is the caller's (`now`, in ms). */
export class Reachability {
  /** since when an answer is expected */
  #expectedSince: number | undefined
  #isUnreachable = false

  /** An answer is expected from the start. */
  constructor(now: number) {
    this.#expectedSince = now
  }

  /** Whether an expected answer is overdue, since `check` found out. */
  get isUnreachable(): boolean {
    return this.#isUnreachable
  }

  /** A message was sent that collectors answer. */
  expectAnswer(now: number): void {
    this.#expectedSince ??= now
  }

  /** A collector has answered. */
  markAnswered(): void {
    this.#expectedSince = undefined
    this.#isUnreachable = false
  }

  /** @returns for how long an expected answer hasn't come; undefined where none is expected. Unit: ms */
  silentFor(now: number): number | undefined {
    return this.#expectedSince === undefined ? undefined : now - this.#expectedSince
  }

  /** @returns for how long an answer is overdue, once for each silence; else undefined. Unit: ms */
  check(now: number): number | undefined {
    const silentMs = Math.round(now - (this.#expectedSince ?? now))
    if (this.#isUnreachable || silentMs < unreachableMs) return undefined
    this.#isUnreachable = true
    return silentMs
  }
}
