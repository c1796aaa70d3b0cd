import { RequestError } from './request-error.ts'

/** Gives up a place. */
export type Release = () => void

/** Lets a few run at a time; further ones wait in turn. */
export class Slots {
  #free: number
  readonly #maxWaiting: number
  readonly #waiting = new Set<() => void>()

  constructor(running: number, maxWaiting: number) {
    this.#free = running
    this.#maxWaiting = maxWaiting
  }

  /**
   * Waits for a place, which must be given up.
   * @throws RequestError where too many wait, and the signal's reason
   */
  async enter(signal: AbortSignal): Promise<Release> {
    signal.throwIfAborted()
    if (this.#free > 0) this.#free--
    else if (this.#waiting.size >= this.#maxWaiting) {
      throw new RequestError(
        429,
        'busy',
        'too many searches are running and waiting; try again later'
      )
    } else await this.#wait(signal)
    let isReleased = false
    return () => {
      if (!isReleased) this.#release()
      isReleased = true
    }
  }

  #wait(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const onAbort = (): void => {
        this.#waiting.delete(onTurn)
        reject(signal.reason as Error)
      }
      const onTurn = (): void => {
        signal.removeEventListener('abort', onAbort)
        resolve()
      }
      this.#waiting.add(onTurn)
      signal.addEventListener('abort', onAbort, { once: true })
    })
  }

  /** The place of one that has ended is that of the one that waits longest. */
  #release(): void {
    const [next] = this.#waiting
    if (!next) {
      this.#free++
      return
    }
    this.#waiting.delete(next)
    next()
  }
}
