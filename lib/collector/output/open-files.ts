/** An owner of an open file, which can close it. */
export interface Holder {
  /** whether a write is running or pending */
  readonly isBusy: boolean
  /** when it was last used. Unit: ms of any clock that all holders share */
  readonly usedAt: number
  /** Closes the file. Must not call back into `OpenFiles`. */
  closeFile(): void
}

/** Limits the number of open files: at the limit, the least recently used idle file is closed. */
export class OpenFiles {
  readonly #max: number
  readonly #holders = new Set<Holder>()
  /** holders that wait for a free place, first come first served */
  readonly #waiting: { holder: Holder; enter: () => void }[] = []

  /** @param max number of files, at least 1 */
  constructor(max: number) {
    this.#max = max
  }

  /** Number of open files. */
  get size(): number {
    return this.#holders.size
  }

  /** Whether a holder waits for a place: a busy log should then give up its own after a while. */
  get isCrowded(): boolean {
    return this.#waiting.length > 0
  }

  /** Resolves when the holder may open its file; waits while every open file is busy. */
  async admit(holder: Holder): Promise<void> {
    if (this.#holders.has(holder)) return
    const isRoom = this.#holders.size < this.#max || this.#evictIdle()
    if (isRoom && !this.isCrowded) {
      this.#holders.add(holder)
      return
    }
    await new Promise<void>(enter => this.#waiting.push({ holder, enter }))
  }

  /** Frees the place of a holder whose file is closed, for the one that has waited longest. */
  release(holder: Holder): void {
    if (!this.#holders.delete(holder)) return
    const next = this.#waiting.shift()
    if (!next) return
    this.#holders.add(next.holder)
    next.enter()
  }

  /** Tells that the holder has nothing to write: where others wait, its file is closed. */
  onIdle(holder: Holder): void {
    if (!this.isCrowded || !this.#holders.has(holder)) return
    holder.closeFile()
    this.release(holder)
  }

  /** @returns false where every open file is busy */
  #evictIdle(): boolean {
    const idle = [...this.#holders].filter(({ isBusy }) => !isBusy)
    const [candidate, ...others] = idle
    if (!candidate) return false
    const oldest = others.reduce((old, next) => (next.usedAt < old.usedAt ? next : old), candidate)
    this.#holders.delete(oldest)
    oldest.closeFile()
    return true
  }
}
