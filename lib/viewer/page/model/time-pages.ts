/** The history in pages by time: small neighbouring buckets of a histogram are one page. */
import { countLines, type Histogram } from './histogram.ts'
import type { Line } from './line.ts'
import type { Interval } from './time-range.ts'

/** What is asked for at once, if the time can be divided that finely. */
export const pageRows = 2000
/** What is asked for at most: of more lines in one millisecond the first ones are shown. */
export const maxPageRows = 10_000

/** Consecutive rows: those of a time. */
export interface TimePage extends Interval {
  /** number of rows: as counted, and once loaded as they are */
  count: number
  /** in the order of their times; undefined where they aren't loaded */
  rows: readonly Line[] | undefined
  /** when it was last in view; a higher number is later */
  seenAt: number
  /** whether its request has failed */
  hasFailed: boolean
}

/** @param until the last bucket may end later than what was asked for. Unit: ms since the epoch */
export function toPages(histogram: Histogram, until: number): TimePage[] {
  const { sinceMs, bucketMs } = histogram
  const pages: TimePage[] = []
  for (const [index, count] of countLines(histogram).entries()) {
    if (count === 0) continue
    const start = sinceMs + index * bucketMs
    const untilMs = Math.min(start + bucketMs, until)
    const last = pages.at(-1)
    if (last && last.count + count <= pageRows) {
      pages[pages.length - 1] = { ...last, untilMs, count: last.count + count }
    } else {
      pages.push({ sinceMs: start, untilMs, count, rows: undefined, seenAt: 0, hasFailed: false })
    }
  }
  return pages
}

/** Whether a page is to be divided before it is loaded. */
export function isTooLarge({ count, sinceMs, untilMs }: TimePage): boolean {
  return count > pageRows && untilMs - sinceMs > 1
}

/** Into how many buckets it is to be divided. */
export function chooseDivision({ count, sinceMs, untilMs }: TimePage): number {
  return Math.min(untilMs - sinceMs, 200, Math.max(8, Math.ceil((4 * count) / pageRows)))
}

/** What was loaded of a page. */
export interface FoundLines {
  readonly lines: readonly Line[]
  /** whether these are all; false where they are so long that the rest was not loaded */
  readonly isComplete: boolean
}

/** The rows of a page as they are shown. @param count lines that there are as far as is known */
export function toRows({ lines, isComplete }: FoundLines, count: number): Line[] {
  // Array.prototype.sort keeps the order of equal times.
  const rows = lines.toSorted((a, b) => a.timeMs - b.timeMs)
  const left = count - rows.length
  if ((isComplete && rows.length < maxPageRows) || left <= 0) return rows
  const message = isComplete
    ? `${left} more lines of this millisecond: a filter or the download shows them`
    : `${left} more lines of this time are too long: a filter, a shorter time or the download shows them`
  const timeMs = rows.at(-1)?.timeMs ?? Number.NaN
  return [...rows, { timeMs, level: 40, app: '', host: '', topic: '', message, text: message }]
}
