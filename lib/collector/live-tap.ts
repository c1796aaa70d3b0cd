import type { LiveFeed } from './live/live-feed.ts'

/** What gets the records that are being written. */
export type LiveTap = Pick<LiveFeed, 'isWatched' | 'take' | 'takePlain' | 'flush'>

/** One tap in place of those that are there; undefined where there is none. */
export function toTap(given: readonly (LiveTap | undefined)[]): LiveTap | undefined {
  const taps = given.filter(tap => tap !== undefined)
  return taps.length > 1 ? new Taps(taps) : taps[0]
}

class Taps implements LiveTap {
  readonly #taps: readonly LiveTap[]

  constructor(taps: readonly LiveTap[]) {
    this.#taps = taps
  }

  get isWatched(): boolean {
    return this.#taps.some(tap => tap.isWatched)
  }

  take: LiveTap['take'] = batch => {
    for (const tap of this.#taps) if (tap.isWatched) tap.take(batch)
  }

  takePlain: LiveTap['takePlain'] = message => {
    for (const tap of this.#taps) if (tap.isWatched) tap.takePlain(message)
  }

  flush(): void {
    for (const tap of this.#taps) tap.flush()
  }
}
