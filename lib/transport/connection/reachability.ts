/** Who has not answered for so long is called unreachable. Unit: ms */
const unreachableMs = 5000

/** Whether anybody answers. Its clock is the caller's (`now`, in ms). */
export class Reachability {
  /** since when an answer is due */
  #dueSince: number | undefined
  #isUnreachable = false

  /** An answer is due from the beginning. */
  constructor(now: number) {
    this.#dueSince = now
  }

  /** Whether nobody has answered for so long that nobody is expected to. */
  get isUnreachable(): boolean {
    return this.#isUnreachable
  }

  /** Something was sent that is answered. */
  expect(now: number): void {
    this.#dueSince ??= now
  }

  /** Somebody has answered. */
  hear(): void {
    this.#dueSince = undefined
    this.#isUnreachable = false
  }

  /** @returns for how long nobody has answered, the first time that this is too long. Unit: ms */
  check(now: number): number | undefined {
    const silentMs = Math.round(now - (this.#dueSince ?? now))
    if (this.#isUnreachable || silentMs < unreachableMs) return undefined
    this.#isUnreachable = true
    return silentMs
  }
}
