/** An owner of an open file, which can close it. */
export interface Holder {
  /** whether a write is running or pending */
  readonly isBusy: boolean
  /** whether it can't write at present: then it takes no place from the others */
  readonly isStuck: boolean
  /** when it was last used. Unit: ms of any clock that all holders share */
  readonly usedAt: number
  /** Closes the file. Must not call back into `OpenFiles`. @returns resolves when it is closed */
  closeFile(): Promise<void>
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

  /** When the file that `evictIdle` would close was last used; undefined where none is idle. */
  get idleSince(): number | undefined {
    return this.#findIdle()?.usedAt
  }

  /** Resolves when the holder may open its file; waits while every open file is busy. */
  async admit(holder: Holder): Promise<void> {
    if (this.#holders.has(holder)) return
    const closing = this.isCrowded || this.#hasRoom ? undefined : this.evictIdle()
    if (!this.isCrowded && (this.#hasRoom || closing)) {
      this.#holders.add(holder)
      return closing // two files in one place would be too many
    }
    await new Promise<void>(enter => this.#waiting.push({ holder, enter }))
  }

  /** Frees the place of a holder whose file is closed. */
  release(holder: Holder): void {
    if (this.#holders.delete(holder)) this.admitWaiting()
  }

  /** Gives free places to those that have waited longest. Call it when a holder is stuck. */
  admitWaiting(): void {
    while (this.isCrowded && this.#hasRoom) {
      const next = this.#waiting.shift()
      if (!next) return
      this.#holders.add(next.holder)
      next.enter()
    }
  }

  /** Tells that the holder has nothing to write: where others wait, its file is closed. */
  onIdle(holder: Holder): void {
    if (!this.isCrowded || !this.#holders.has(holder)) return
    void holder.closeFile().then(() => this.release(holder))
  }

  /** Closes the least recently used idle file. @returns resolves when it is closed; undefined where every open file is busy */
  evictIdle(): Promise<void> | undefined {
    const oldest = this.#findIdle()
    if (!oldest) return undefined
    this.#holders.delete(oldest)
    return oldest.closeFile()
  }

  get #hasRoom(): boolean {
    if (this.#holders.size < this.#max) return true
    let counted = 0
    for (const { isStuck } of this.#holders) if (!isStuck) counted++
    return counted < this.#max
  }

  #findIdle(): Holder | undefined {
    let oldest: Holder | undefined
    for (const holder of this.#holders) {
      if (!holder.isBusy && (!oldest || holder.usedAt < oldest.usedAt)) oldest = holder
    }
    return oldest
  }
}
