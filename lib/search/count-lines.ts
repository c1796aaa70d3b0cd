import type { Counts } from './counter.ts'
import { escapeLine } from './escape.ts'
import type { CountKey } from './query.ts'

/** Counts as lines: minutes and hours in their order, else the largest first. */
export function toCountLines(counts: Counts, by: CountKey, isJson: boolean): string {
  const isTime = by === 'minute' || by === 'hour'
  const rows = [...counts].toSorted(([a, countA], [b, countB]) => {
    return (isTime ? 0 : countB - countA) || (a < b ? -1 : 1)
  })
  if (isJson) {
    return rows.map(([value, count]) => `${JSON.stringify({ [by]: value, count })}\n`).join('')
  }
  const width = rows.reduce((most, [, count]) => Math.max(most, String(count).length), 0)
  return rows
    .map(([value, count]) => `${String(count).padStart(width)} ${escapeLine(value)}\n`)
    .join('')
}
