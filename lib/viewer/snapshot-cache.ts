/** A snapshot is asked for at most this often, however often browsers ask. Unit: ms */
const minIntervalMs = 500

/** What the collector does, as JSON: asked for only when a browser asks. */
export class SnapshotCache {
  readonly #ask: () => void
  #waiting: ((text: string) => void)[] = []
  #latest: { text: string; at: number } | undefined

  /** @param ask the collector's thread; the answer must be given to `take` */
  constructor(ask: () => void) {
    this.#ask = ask
  }

  /** Resolves with JSON. */
  get(): Promise<string> {
    const { text, at } = this.#latest ?? { text: '', at: Number.NEGATIVE_INFINITY }
    if (performance.now() - at < minIntervalMs) return Promise.resolve(text)
    return new Promise(resolve => {
      this.#waiting.push(resolve)
      if (this.#waiting.length === 1) this.#ask()
    })
  }

  /** Takes an answer. */
  take(text: string): void {
    this.#latest = { text, at: performance.now() }
    const waiting = this.#waiting
    this.#waiting = []
    for (const resolve of waiting) resolve(text)
  }
}
