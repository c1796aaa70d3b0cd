/** Counts of lines by time and level, as the collector sends them, and as the chart and the list use them. */
import { isObject, parseObject } from '../../../util/object.ts'
import { parseEnd } from './last-line.ts'

export interface Histogram {
  /** start of the first bucket. Unit: ms since the epoch */
  readonly sinceMs: number
  readonly bucketMs: number
  /** by level as pino's number, a count for each bucket */
  readonly levels: Readonly<Record<string, readonly number[]>>
  readonly total: number
  /** matching records that have no time: no bucket has them */
  readonly withoutTime: number
  /** what could not be searched, and why */
  readonly troubles: readonly string[]
}

/** How much of the search is done, 0 to 1. @param line one before the last */
export function parseProgress(line: string): number {
  const progress = parseObject(line)?.['progress']
  return typeof progress === 'number' ? progress : 0
}

/** @param line the last one of an answer @throws where it says that the search has failed */
export function parseHistogram(line: string): Histogram {
  const { sinceMs, bucketMs, levels, total, withoutTime, troubles } = parseEnd(line)
  if (typeof sinceMs !== 'number' || typeof bucketMs !== 'number' || !isObject(levels)) {
    throw new Error('the collector sent a histogram that this page cannot read: reload the page')
  }
  return {
    sinceMs,
    bucketMs,
    levels: levels as Histogram['levels'],
    total: Number(total ?? 0),
    withoutTime: Number(withoutTime ?? 0),
    troubles: Array.isArray(troubles) ? troubles.map(String) : []
  }
}

/** The levels that the page has colours for, most severe first: at the bottom of a stack they are seen at once. */
export const shownLevels = [60, 50, 40, 30, 20, 10] as const

/** Number of buckets. */
export function countBuckets({ levels }: Histogram): number {
  return Math.max(0, ...Object.values(levels).map(counts => counts.length))
}

/** Lines of each bucket. */
export function countLines(histogram: Histogram): number[] {
  const sums = Array.from({ length: countBuckets(histogram) }, () => 0)
  for (const counts of Object.values(histogram.levels)) {
    for (const [index, count] of counts.entries()) sums[index] = (sums[index] ?? 0) + count
  }
  return sums
}

/** Lines of each shown level: another level counts to the next lower one. */
export function countByLevel(histogram: Histogram): Map<number, number[]> {
  const buckets = countBuckets(histogram)
  const byLevel = new Map<number, number[]>(
    shownLevels.map(level => [level, Array.from({ length: buckets }, () => 0)])
  )
  for (const [level, counts] of Object.entries(histogram.levels)) {
    const shown = shownLevels.find(each => each <= Number(level)) ?? 10
    const sums = byLevel.get(shown) as number[]
    for (const [index, count] of counts.entries()) sums[index] = (sums[index] ?? 0) + count
  }
  return byLevel
}

/** For bars on top of each other: each level's top, the most severe level at the bottom. */
export function stack(byLevel: ReadonlyMap<number, readonly number[]>): Map<number, number[]> {
  const stacked = new Map<number, number[]>()
  let below: readonly number[] = []
  for (const level of shownLevels) {
    const top = (byLevel.get(level) ?? []).map((count, index) => count + (below[index] ?? 0))
    stacked.set(level, top)
    below = top
  }
  return stacked
}

export function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0)
}
