import type { DroppedRange } from '../../wire/hello.ts'
import { maxDroppedRanges } from '../../wire/limits.ts'

/** Keeps the order: a record that is too long is dropped at once, records before it maybe later. */
export function insertRange(dropped: DroppedRange[], range: DroppedRange): void {
  let index = dropped.length
  while (index > 0 && (dropped[index - 1]?.from ?? 0) > range.from) index--
  const before = dropped[index - 1]
  const isNext = before?.to === range.from - 1 && before.why === range.why
  if (isNext) dropped[index - 1] = { ...before, to: range.to }
  else dropped.splice(index, 0, range)
}

/**
 * Joins the oldest of too many dropped ranges. Only where no record between them is held: a collector
 * takes a range for missing as a whole, and would not wait for a record in it.
 * @param start sequence number of the oldest record that is held
 */
export function mergeOldest(dropped: DroppedRange[], start: number): void {
  for (;;) {
    const [first, second] = dropped
    if (!first || !second || dropped.length <= maxDroppedRanges || second.from > start) return
    const why = first.why === second.why ? first.why : 'several reasons'
    dropped.splice(0, 2, { from: first.from, to: second.to, why })
  }
}
