import { setTimeout as sleep } from 'node:timers/promises'

/** After this time a sweep lets others work: a tree may have 100,000 files. Unit: ms */
const sliceMs = 5
/** The largest part of the time that a sweep under way may take. */
const maxShare = 0.2

/** Lets others work during a sweep, and measures what the sweep costs. */
export class SweepPace {
  readonly #isHurried: () => boolean
  #sliceStartedAt = performance.now()
  #earlierMs = 0

  /** @param isHurried whether pauses are as short as possible */
  constructor(isHurried: () => boolean) {
    this.#isHurried = isHurried
  }

  /** Time without the pauses. Unit: ms */
  get workedMs(): number {
    return this.#earlierMs + performance.now() - this.#sliceStartedAt
  }

  /** @returns a pause where one is due */
  pause(): Promise<void> | undefined {
    const workedMs = performance.now() - this.#sliceStartedAt
    return workedMs < sliceMs ? undefined : this.#rest(workedMs)
  }

  async #rest(workedMs: number): Promise<void> {
    this.#earlierMs += workedMs
    await sleep(this.#isHurried() ? 0 : workedMs / maxShare - workedMs)
    this.#sliceStartedAt = performance.now()
  }
}
