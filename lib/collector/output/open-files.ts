/** Something that holds a file open, and can let go of it. */
export interface Holder {
  /** whether it is writing, or has something to write */
  readonly isBusy: boolean
  /** when it was used last, of any clock */
  readonly usedAt: number
  /** Closes its file; calls nothing back. */
  letGo(): void
}

/** Keeps the number of open files small: the one that wasn't used for longest is closed for another. */
export class OpenFiles {
  readonly #max: number
  readonly #holders = new Set<Holder>()
  /** who waits for a place, in the order of coming */
  readonly #waiting: { holder: Holder; enter: () => void }[] = []

  constructor(max: number) {
    this.#max = max
  }

  get size(): number {
    return this.#holders.size
  }

  /** Whether somebody waits for a place: who has written much should give up its own. */
  get isCrowded(): boolean {
    return this.#waiting.length > 0
  }

  /** Resolves when the holder may open a file; waits where every file that is open is being written. */
  async admit(holder: Holder): Promise<void> {
    if (this.#holders.has(holder)) return
    const isRoom = this.#holders.size < this.#max || this.#evictIdle()
    if (isRoom && !this.isCrowded) {
      this.#holders.add(holder)
      return
    }
    await new Promise<void>(enter => this.#waiting.push({ holder, enter }))
  }

  /** The holder's file is closed: its place goes to who has waited for longest. */
  release(holder: Holder): void {
    if (!this.#holders.delete(holder)) return
    const next = this.#waiting.shift()
    if (!next) return
    this.#holders.add(next.holder)
    next.enter()
  }

  /** The holder has nothing more to write for now. */
  onIdle(holder: Holder): void {
    if (!this.isCrowded || !this.#holders.has(holder)) return
    holder.letGo()
    this.release(holder)
  }

  #evictIdle(): boolean {
    const idle = [...this.#holders].filter(({ isBusy }) => !isBusy)
    const [first, ...others] = idle
    if (!first) return false
    const oldest = others.reduce((old, next) => (next.usedAt < old.usedAt ? next : old), first)
    this.#holders.delete(oldest)
    oldest.letGo()
    return true
  }
}
