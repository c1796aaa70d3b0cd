/** After this time a job rests. Unit: ms */
const sliceMs = 5
/** How much of the time a job on old files may work: 10 % of a core at most, whatever the other threads do. */
const restfulShare = 0.1

/** A job was stopped. */
export class JobStopped extends Error {}

/** Lets a job that blocks its thread rest, and stops it. */
export class JobPace {
  readonly #stop: Int32Array
  readonly #isRestful: boolean
  #startedAt = performance.now()

  /**
   * @param stop shared memory: not 0 where the job is to stop
   * @param isRestful whether it works only a part of the time
   */
  constructor(stop: Int32Array, isRestful: boolean) {
    this.#stop = stop
    this.#isRestful = isRestful
  }

  /** Call it after each block. @throws JobStopped */
  pause(): void {
    const workedMs = performance.now() - this.#startedAt
    if (this.#isRestful && workedMs >= sliceMs) {
      Atomics.wait(this.#stop, 0, 0, workedMs / restfulShare - workedMs)
      this.#startedAt = performance.now()
    }
    if (Atomics.load(this.#stop, 0) !== 0) throw new JobStopped('stopped')
  }
}
