/** Larger writes go to libuv's pool: they take longer than its wake-ups. Unit: bytes */
const maxInlineBytes = 64 * 1024
/** A disk is slow where a write took longer than this. Unit: ms */
const slowMs = 5
/** For this long after a slow write. Unit: ms */
const pauseMs = 5000

/**
 * Decides which writes are made at once on the main thread: a small write costs less than waking a thread of libuv's
 * pool. A disk must not block the main thread more often than the journal's own writes do, which are made there in any
 * case: so only files on the journal's disk are written at once, and none for a while after it was slow.
 */
export class InlineWrites {
  /** The journal's device, as `stat` has it; undefined while the journal isn't written. */
  device: number | undefined
  readonly #now: () => number
  #slowUntil = Number.NEGATIVE_INFINITY

  /** @param now ms of any clock that never jumps */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now
  }

  /** Whether a write to a file on this device is made at once. */
  allow(device: number, bytes: number): boolean {
    return device === this.device && bytes <= maxInlineBytes && this.#now() >= this.#slowUntil
  }

  /** Makes a write on the main thread, and notes how long it takes. */
  run<T>(write: () => T): T {
    const startedAt = this.#now()
    try {
      return write()
    } finally {
      const endedAt = this.#now()
      if (endedAt - startedAt > slowMs) this.#slowUntil = endedAt + pauseMs
    }
  }
}
