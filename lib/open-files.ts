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
  readonly #waiting: (() => void)[] = []

  constructor(max: number) {
    this.#max = max
  }

  get size(): number {
    return this.#holders.size
  }

  /** Resolves when the holder may open a file; waits where every file that is open is being written. */
  async admit(holder: Holder): Promise<void> {
    if (this.#holders.has(holder)) return
    while (this.#holders.size >= this.#max && !this.#makeRoom()) {
      await new Promise<void>(resolve => this.#waiting.push(resolve))
    }
    this.#holders.add(holder)
  }

  /** The holder's file is closed. */
  release(holder: Holder): void {
    if (this.#holders.delete(holder)) this.#waiting.shift()?.()
  }

  /** The holder has nothing more to write for now. */
  onIdle(holder: Holder): void {
    if (this.#waiting.length === 0 || !this.#holders.delete(holder)) return
    holder.letGo()
    this.#waiting.shift()?.()
  }

  #makeRoom(): boolean {
    const idle = [...this.#holders].filter(({ isBusy }) => !isBusy)
    const [first, ...others] = idle
    if (!first) return false
    const oldest = others.reduce((old, next) => (next.usedAt < old.usedAt ? next : old), first)
    this.#holders.delete(oldest)
    oldest.letGo()
    return true
  }
}
