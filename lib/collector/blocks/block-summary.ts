import type { LineFacts } from './line-facts.ts'

/** What an index says of the lines of a block. */
export interface BlockSummary {
  /** number of lines */
  lines: number
  /** the times of its first and last line in time; undefined where a line has none. Unit: ms since the epoch */
  timesMs: readonly [least: number, greatest: number] | undefined
  /** the levels of its lines, pino's numbers, ascending; undefined where a line has none, or where there are very many */
  levels: readonly number[] | undefined
}

/** A block with more different levels is never skipped: senders may write any number. */
export const maxLevels = 16

/** Counts the lines of a block. */
export class SummaryBuilder {
  #lines = 0
  #leastMs = Number.POSITIVE_INFINITY
  #greatestMs = Number.NEGATIVE_INFINITY
  #isTimed = true
  #isLeveled = true
  readonly #levels = new Set<number>()
  /** of the line before: most have the same */
  #level = Number.NaN

  /** @param facts of the line that was read last */
  add({ timeMs, level }: LineFacts): void {
    this.#lines++
    if (timeMs < this.#leastMs) this.#leastMs = timeMs
    if (timeMs > this.#greatestMs) this.#greatestMs = timeMs
    if (Number.isNaN(timeMs)) this.#isTimed = false
    if (level !== this.#level) this.#addLevel(level)
  }

  #addLevel(level: number): void {
    this.#level = level
    if (Number.isNaN(level)) this.#isLeveled = false
    else if (this.#levels.size <= maxLevels) this.#levels.add(level)
  }

  /** The summary of the lines since the last call. */
  take(): BlockSummary {
    const isTimed = this.#isTimed && this.#lines > 0
    const isLeveled = this.#isLeveled && this.#lines > 0 && this.#levels.size <= maxLevels
    const summary: BlockSummary = {
      lines: this.#lines,
      timesMs: isTimed ? [this.#leastMs, this.#greatestMs] : undefined,
      levels: isLeveled ? [...this.#levels].toSorted((a, b) => a - b) : undefined
    }
    this.#lines = 0
    this.#leastMs = Number.POSITIVE_INFINITY
    this.#greatestMs = Number.NEGATIVE_INFINITY
    this.#isTimed = true
    this.#isLeveled = true
    this.#levels.clear()
    this.#level = Number.NaN
    return summary
  }
}
