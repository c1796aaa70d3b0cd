/** More lines are not sent at once. */
export const maxLinesPerEvent = 100
/** The same of their size. Unit: characters */
export const maxEventCharacters = 256 * 1024
/** Lines that are held until they are sent, of which an even sample is. */
const maxHeldLines = 2 * maxLinesPerEvent
/** Unit: characters */
const maxHeldCharacters = 2 * maxEventCharacters

/** What is sent of a window of time. */
export interface WindowSample {
  /** JSON records, oldest first */
  lines: string[]
  /** number of `lines` */
  shown: number
  /** number of records that match */
  total: number
  /** lines that were left out as the client reads too slowly */
  dropped?: number
  /** whether `total` is estimated: not every record was looked at */
  isEstimate?: true
}

/** Collects what a viewer may see between two events: an even sample, in bounded memory, and how many lines there were. */
export class LiveWindow {
  #lines: string[] = []
  #characters = 0
  /** every n-th line is held */
  #step = 1
  /** lines until the next one is held */
  #wait = 0
  #matched = 0
  #counted = 0
  #dropped = 0
  #looked = 0
  #skipped = 0

  /** Adds a line that matches. */
  add(line: string): void {
    this.#matched++
    if (this.#wait-- > 0) return
    this.#wait = this.#step - 1
    this.#lines.push(line)
    this.#characters += line.length
    if (this.#lines.length >= maxHeldLines || this.#characters > maxHeldCharacters) this.#thin()
  }

  /** Adds records that match, of which only some are added as lines. */
  count(records: number): void {
    this.#counted += records
  }

  /** Notes how many records were looked at, and how many could not be. */
  look(looked: number, skipped: number): void {
    this.#looked += looked
    this.#skipped += skipped
  }

  /** Leaves the lines out that are held. */
  drop(): void {
    this.#dropped += this.#lines.length
    this.#clear()
  }

  /** @returns undefined where there is nothing to tell */
  take(): WindowSample | undefined {
    const isEstimate = this.#skipped > 0
    // Until something was looked at, nothing can be estimated.
    if (isEstimate && this.#looked === 0) return undefined
    const matched = Math.round(this.#matched * (1 + this.#skipped / Math.max(1, this.#looked)))
    const total = Math.max(this.#counted, matched)
    const dropped = this.#dropped
    if (total === 0 && dropped === 0) {
      this.#looked = this.#skipped = 0
      return undefined
    }
    const lines = this.#pick()
    this.#clear()
    this.#matched = this.#counted = this.#dropped = this.#looked = this.#skipped = 0
    return {
      lines,
      shown: lines.length,
      total,
      ...(dropped > 0 && { dropped }),
      ...(isEstimate && { isEstimate })
    }
  }

  #pick(): string[] {
    const { length } = this.#lines
    const count = Math.min(length, maxLinesPerEvent)
    let characters = 0
    const picked: string[] = []
    for (let index = 0; index < count; index++) {
      const line = this.#lines[Math.floor((index * length) / count)] as string
      characters += line.length
      if (picked.length > 0 && characters > maxEventCharacters) break
      picked.push(line)
    }
    return picked
  }

  /** Every second line goes. */
  #thin(): void {
    this.#lines = this.#lines.filter((_, index) => index % 2 === 0)
    this.#characters = this.#lines.reduce((sum, { length }) => sum + length, 0)
    this.#step *= 2
  }

  #clear(): void {
    this.#lines = []
    this.#characters = 0
    this.#step = 1
    this.#wait = 0
  }
}
