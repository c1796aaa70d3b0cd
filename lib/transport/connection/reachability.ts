/** Pauses while no collector answers. Tests shorten them. Unit: ms */
export const pauses = {
  /** Silence after which the addresses are looked at, so that a short-lived app knows why at its end. */
  firstProbeMs: 2000,
  /** An expected answer is overdue after this time. */
  unreachableMs: 5000,
  /** The addresses are connected anew this often, or as often as the options say. */
  reconnectMs: 5000,
  /** The same where keys are refused, a fifth more or less, so that apps which were refused together come one by one. */
  refusedMs: 30_000,
  /** Who is still unreachable is told again this often. */
  repeatMs: 60_000,
  /** With new connections, who is let in has been answered by then. */
  graceMs: 1000
}

/** A fifth more or less of a pause. */
export function spread(pauseMs: number): number {
  return pauseMs * (0.8 + 0.4 * Math.random())
}

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
    if (this.#isUnreachable || silentMs < pauses.unreachableMs) return undefined
    this.#isUnreachable = true
    return silentMs
  }
}
