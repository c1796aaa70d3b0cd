/** The last lines of the live view. They are bounded; while the view is paused they don't move. */
import type { Line } from './line.ts'
import type { RowSource } from './row-source.ts'

/** So many lines can be scrolled back to. */
export const maxLines = 20_000
/** The same of their texts: the collector sends lines of up to 20 KiB. */
export const maxCharacters = 32 * 1024 * 1024

export class LiveLines implements RowSource {
  readonly #shown: NewestLines
  /** arrived while paused */
  readonly #held: NewestLines
  #isPaused = false
  /** lines that arrived while paused, and that there was no room for */
  #forgotten = 0

  constructor(lines = maxLines, characters = maxCharacters) {
    this.#shown = new NewestLines(lines, characters)
    this.#held = new NewestLines(lines, characters)
  }

  get count(): number {
    return this.#shown.list.length
  }

  get isPaused(): boolean {
    return this.#isPaused
  }

  /** Lines that wait to be shown, those that there was no room for included. */
  get waiting(): number {
    return this.#held.list.length + this.#forgotten
  }

  rowAt(index: number): Line | undefined {
    return this.#shown.list[index]
  }

  /** All lines that are shown. */
  list(): readonly Line[] {
    return this.#shown.list
  }

  add(lines: readonly Line[]): void {
    if (this.#isPaused) this.#forgotten += this.#held.add(lines)
    else this.#shown.add(lines)
  }

  pause(): void {
    this.#isPaused = true
  }

  /** Shows what has arrived meanwhile. @returns how many lines there was no room for */
  resume(): number {
    const forgotten = this.#forgotten
    this.#isPaused = false
    this.#forgotten = 0
    this.#shown.add(this.#held.list)
    this.#held.clear()
    return forgotten
  }

  clear(): void {
    this.#shown.clear()
    this.#held.clear()
    this.#forgotten = 0
  }
}

/** A list that loses its oldest lines as newer ones are added. */
class NewestLines {
  readonly #maxLines: number
  readonly #maxCharacters: number
  #lines: Line[] = []
  #characters = 0

  constructor(lines: number, characters: number) {
    this.#maxLines = lines
    this.#maxCharacters = characters
  }

  get list(): readonly Line[] {
    return this.#lines
  }

  /** @returns how many lines were removed */
  add(lines: readonly Line[]): number {
    for (const line of lines) {
      this.#lines.push(line)
      this.#characters += line.text.length
    }
    // Some at a time: to remove lines from the start of an array costs as much as its length.
    const isLong = this.#lines.length > 1.1 * this.#maxLines
    return isLong || this.#characters > 1.1 * this.#maxCharacters ? this.#removeOldest() : 0
  }

  clear(): void {
    this.#lines = []
    this.#characters = 0
  }

  #removeOldest(): number {
    let surplus = 0
    for (const { text } of this.#lines) {
      const isLong = this.#lines.length - surplus > this.#maxLines
      if (!isLong && this.#characters <= this.#maxCharacters) break
      this.#characters -= text.length
      surplus++
    }
    this.#lines = this.#lines.slice(surplus)
    return surplus
  }
}
