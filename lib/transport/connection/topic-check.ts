import { hideKeys } from '../../util/hide-keys.ts'
import type { Explanation } from './explanation.ts'
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

/** @param root the app's root topic, which no collector receives */
export function explainTopic(addresses: readonly string[], root: string): Explanation {
  return {
    isKeyRefused: false,
    why: `the collector at ${addresses.map(hideKeys).join(', ')} receives only other topics than ${JSON.stringify(root)}, the topic of this app`,
    advice:
      "start the collector with a --topic that is a prefix of this one, or change the transport's topic"
  }
}
