import { pauses } from './reachability.ts'

/** When to tell that the collectors take no topic of this app. Pure: the clock is the caller's (`now`, in ms). */
export class TopicCheck {
  #refusedSince: number | undefined
  #toldAt = Number.NEGATIVE_INFINITY

  /** To be called twice a second. @returns whether to tell it now: after a while, and every minute as long as it lasts */
  check(isRefused: boolean, now: number): boolean {
    this.#refusedSince = isRefused ? (this.#refusedSince ?? now) : undefined
    if (this.#refusedSince === undefined) {
      this.#toldAt = Number.NEGATIVE_INFINITY
      return false
    }
    if (now - this.#refusedSince < pauses.unreachableMs) return false
    if (now - this.#toldAt < pauses.repeatMs) return false
    this.#toldAt = now
    return true
  }
}
