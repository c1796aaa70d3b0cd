/** Counts the entries that were found by time and level. */
import { Entry } from './entry.ts'
import type { Buckets, LineSettings } from './query.ts'
import type { Ranges } from './scanner.ts'

/** The levels that are told apart: another one counts as the next lower of them, the lowest ones as the first. */
export const countedLevels = [10, 20, 30, 40, 50, 60] as const

/** Numbers of entries. */
export interface TimeCounts {
  /** see `toCell` */
  cells: Map<number, number>
  /** entries without a readable time */
  withoutTime: number
}

/** Counts the entries of one log. */
export class TimeCounter {
  readonly #buckets: Buckets
  readonly #entry: Entry

  constructor(buckets: Buckets, lines: LineSettings) {
    this.#buckets = buckets
    this.#entry = new Entry(lines)
  }

  /** @param ranges of entries in the chunk, ascending */
  count(chunk: Buffer, ranges: Ranges): TimeCounts {
    const { firstMs, bucketMs } = this.#buckets
    const counts: TimeCounts = { cells: new Map(), withoutTime: 0 }
    // Most entries are in the cell of the one before.
    let [cell, number] = [0, 0]
    this.#entry.begin(chunk)
    for (let index = 0; index < ranges.length; index += 2) {
      this.#entry.moveTo(ranges[index] as number, ranges[index + 1] as number)
      const { timeMs, level } = this.#entry.facts
      if (Number.isNaN(timeMs)) {
        counts.withoutTime++
        continue
      }
      const found = toCell(Math.floor((timeMs - firstMs) / bucketMs), level)
      if (found !== cell) {
        addToCell(counts.cells, cell, number)
        cell = found
        number = 0
      }
      number++
    }
    addToCell(counts.cells, cell, number)
    return counts
  }
}

/** The number of a bucket and a level in one. @param level pino's number; NaN = INFO, as everywhere in the collector */
function toCell(bucket: number, level: number): number {
  const row = Number.isNaN(level) ? 2 : Math.min(5, Math.max(0, Math.floor(level / 10) - 1))
  return bucket * rows + row
}

/** Cells of a bucket: at least one for each level. */
export const rows = 8

/** Adds to the number of a cell. */
export function addToCell(cells: Map<number, number>, cell: number, number: number): void {
  if (number > 0) cells.set(cell, (cells.get(cell) ?? 0) + number)
}
