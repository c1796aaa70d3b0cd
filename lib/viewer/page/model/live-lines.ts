/** The last lines of the live view. They are bounded; while the view is paused they don't move. */
import type { Line } from './line.ts'
import type { RowSource } from './row-source.ts'

/** So many lines can be scrolled back to. */
export const maxLines = 20_000

export class LiveLines implements RowSource {
  readonly #maxLines: number
  #lines: Line[] = []
  /** arrived while paused, oldest first */
  #held: Line[] = []
  #firstId = 0
  #isPaused = false
  #forgotten = 0

  constructor(limit = maxLines) {
    this.#maxLines = limit
  }

  get count(): number {
    return this.#lines.length
  }

  /** Number of the first row since the page was opened: it grows as old lines are removed. */
  get firstId(): number {
    return this.#firstId
  }

  get isPaused(): boolean {
    return this.#isPaused
  }

  /** Lines that wait to be shown, those that there was no room for included. */
  get waiting(): number {
    return this.#held.length + this.#forgotten
  }

  rowAt(index: number): Line | undefined {
    return this.#lines[index]
  }

  /** All lines that are shown. */
  list(): readonly Line[] {
    return this.#lines
  }

  add(lines: readonly Line[]): void {
    if (this.#isPaused) {
      this.#held = this.#held.concat(lines)
      const surplus = this.#held.length - this.#maxLines
      if (surplus > this.#maxLines / 10) {
        this.#held = this.#held.slice(surplus)
        this.#forgotten += surplus
      }
      return
    }
    for (const line of lines) this.#lines.push(line)
    const surplus = this.#lines.length - this.#maxLines
    // Some at a time: to remove lines from the start of an array costs as much as its length.
    if (surplus > this.#maxLines / 10) {
      this.#lines = this.#lines.slice(surplus)
      this.#firstId += surplus
    }
  }

  pause(): void {
    this.#isPaused = true
  }

  /** Shows what has arrived meanwhile. @returns how many lines there was no room for */
  resume(): number {
    const forgotten = this.#forgotten
    const held = this.#held
    this.#isPaused = false
    this.#held = []
    this.#forgotten = 0
    this.add(held)
    return forgotten
  }

  clear(): void {
    this.#firstId += this.#lines.length
    this.#lines = []
    this.#held = []
    this.#forgotten = 0
  }
}
