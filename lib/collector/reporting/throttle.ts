/** A message about the same thing is logged at most once in this time. Unit: ms */
const intervalMs = 60_000
/** Of one kind of message at most this many are logged in an interval, about however many things. */
export const maxPerInterval = 30
/** Most things that are remembered; the one that was logged about longest ago is forgotten first. */
const maxRemembered = 1000

/** What is known about one kind of message. */
interface Kind {
  intervalStart: number
  logged: number
  suppressed: number
}

/**
 * Decides which messages of a repeated kind are logged: trouble with one path must not hide trouble with
 * another, and ten thousand paths in trouble must not fill the log.
 */
export class Throttle {
  readonly #kinds = new Map<string, Kind>()
  /** by kind and thing, when it was last logged; in that order */
  readonly #loggedAt = new Map<string, number>()
  readonly #now: () => number
  readonly #maxPerInterval: number

  /** @param now Unit: ms of any steady clock @param max of one kind in an interval */
  constructor(now: () => number, max = maxPerInterval) {
    this.#now = now
    this.#maxPerInterval = max
  }

  /**
   * Asks before each message. @param subject what the message is about, such as a path
   * @returns undefined where it must not be logged; else how many of this kind were not since the last one that was
   */
  admit(kind: string, subject: string): number | undefined {
    const now = this.#now()
    const state = this.#stateOf(kind, now)
    const key = toKey(kind, subject)
    const loggedAt = this.#loggedAt.get(key)
    const isRepeated = loggedAt !== undefined && now - loggedAt < intervalMs
    if (isRepeated || state.logged >= this.#maxPerInterval) {
      state.suppressed++
      return undefined
    }
    const { suppressed } = state
    state.suppressed = 0
    state.logged++
    this.#loggedAt.delete(key)
    this.#loggedAt.set(key, now)
    if (this.#loggedAt.size > maxRemembered) {
      for (const oldest of this.#loggedAt.keys()) {
        this.#loggedAt.delete(oldest)
        break
      }
    }
    return suppressed
  }

  #stateOf(kind: string, now: number): Kind {
    let state = this.#kinds.get(kind)
    if (!state) this.#kinds.set(kind, (state = { intervalStart: now, logged: 0, suppressed: 0 }))
    if (now - state.intervalStart >= intervalMs) {
      state.intervalStart = now
      state.logged = 0
    }
    return state
  }
}

function toKey(kind: string, subject: string): string {
  return `${kind} ${subject.slice(0, maxSubjectLength)}`
}

/** Subjects may come from peers, and be long. Unit: characters */
const maxSubjectLength = 512
