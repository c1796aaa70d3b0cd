/** Adds up numbers of entries by time and level. */
import { addToCell, countedLevels, rows, type TimeCounts } from './time-counter.ts'
import type { Buckets, Query } from './query.ts'

/** Numbers of entries by level, in buckets that follow each other. */
export interface TimeTable {
  /** the beginning of the first bucket. Unit: ms since the epoch */
  sinceMs: number
  bucketMs: number
  /** in the order of `countedLevels`, the number in each bucket */
  levels: number[][]
  withoutTime: number
}

/** More cells are not held: two buckets become one. */
const maxCells = 50_000
/** Without a beginning and an end, the first buckets are this small. Unit: ms */
const leastMs = 1000

/** The buckets of a query, to begin with. */
export function toBuckets({ sinceMs, untilMs }: TimeRange, maxBuckets: number): Buckets {
  const firstMs = Number.isFinite(sinceMs) ? sinceMs : 0
  const isWhole = Number.isFinite(sinceMs) && Number.isFinite(untilMs)
  return {
    firstMs,
    bucketMs: isWhole ? Math.ceil((untilMs - sinceMs) / maxBuckets) : leastMs
  }
}

type TimeRange = Pick<Query, 'sinceMs' | 'untilMs'>

/** The numbers of one search. Where there are too many buckets, two become one. */
export class TimeTotals {
  readonly #buckets: Buckets
  #bucketMs: number
  #cells = new Map<number, number>()
  #withoutTime = 0

  /** @param buckets those of what is added */
  constructor(buckets: Buckets) {
    this.#buckets = buckets
    this.#bucketMs = buckets.bucketMs
  }

  add({ cells, withoutTime }: TimeCounts): void {
    this.#withoutTime += withoutTime
    const factor = this.#bucketMs / this.#buckets.bucketMs
    for (const [cell, number] of cells) addToCell(this.#cells, widen(cell, factor), number)
    while (this.#cells.size > maxCells) this.#double()
  }

  /**
   * The table of what was added: the times of the query, or where it has none, those of the entries.
   * @param maxBuckets at most this many
   */
  toTable(query: TimeRange, maxBuckets: number): TimeTable {
    let [first, end] = this.#findSpan(query)
    while (end - first > maxBuckets) {
      this.#double()
      ;[first, end] = this.#findSpan(query)
    }
    const levels = countedLevels.map(() => Array.from({ length: end - first }, () => 0))
    for (const [cell, number] of this.#cells) {
      const bucket = Math.floor(cell / rows)
      const numbers = levels[cell - bucket * rows] as number[]
      numbers[bucket - first] = number
    }
    const bucketMs = this.#bucketMs
    const sinceMs = this.#buckets.firstMs + first * bucketMs
    return { sinceMs, bucketMs, levels, withoutTime: this.#withoutTime }
  }

  #findSpan({ sinceMs, untilMs }: TimeRange): [first: number, end: number] {
    let [first, end] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
    for (const cell of this.#cells.keys()) {
      const bucket = Math.floor(cell / rows)
      first = Math.min(first, bucket)
      end = Math.max(end, bucket + 1)
    }
    if (Number.isFinite(sinceMs)) first = 0
    if (Number.isFinite(untilMs)) {
      end = Math.ceil((untilMs - this.#buckets.firstMs) / this.#bucketMs)
    }
    const isAny = Number.isFinite(first) && Number.isFinite(end)
    return isAny ? [first, Math.max(first, end)] : [0, 0]
  }

  #double(): void {
    const cells = new Map<number, number>()
    for (const [cell, number] of this.#cells) addToCell(cells, widen(cell, 2), number)
    this.#cells = cells
    this.#bucketMs *= 2
  }
}

/** The cell in buckets that are some times as long. */
function widen(cell: number, factor: number): number {
  const bucket = Math.floor(cell / rows)
  return Math.floor(bucket / factor) * rows + (cell - bucket * rows)
}
