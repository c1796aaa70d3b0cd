import type { DroppedRange } from '../../wire/hello.ts'

/** Records that will never come: sequence numbers, both ends included. */
export interface Gap {
  from: number
  to: number
  /** the reason that the sender gave, or `unexplained` */
  why: string
}

/** Reason for missing records that no hello explains. */
const unexplained = 'the sender no longer holds them'

/** Splits the missing records `from` to `to` by the reasons in the sender's hello. */
export function explainGaps(dropped: readonly DroppedRange[], from: number, to: number): Gap[] {
  const gaps: Gap[] = []
  let next = from
  for (const range of dropped) {
    if (range.to < next || range.from > to) continue
    if (range.from > next) gaps.push({ from: next, to: range.from - 1, why: unexplained })
    gaps.push({ from: Math.max(next, range.from), to: Math.min(range.to, to), why: range.why })
    next = range.to + 1
  }
  if (next <= to) gaps.push({ from: next, to, why: unexplained })
  return gaps
}

/** Whether the sender has said why it can't send these records. */
export function isExplained({ why }: Gap): boolean {
  return why !== unexplained
}

/** Whether the sender has explained all of these gaps. */
export function areExplained(gaps: readonly Gap[]): boolean {
  return gaps.every(isExplained)
}
