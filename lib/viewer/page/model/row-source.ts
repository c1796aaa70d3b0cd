import type { Line } from './line.ts'

/** Where the list takes its rows from: the live lines, or the history. */
export interface RowSource {
  readonly count: number
  /** undefined while it isn't loaded */
  rowAt(index: number): Line | undefined
}

/** Where a line is now that was at a row a moment ago: rows may have been added or removed. */
export function findRow(source: RowSource, line: Line, row: number): number {
  for (let distance = 0; distance < 2000; distance++) {
    if (source.rowAt(row - distance) === line) return row - distance
    if (source.rowAt(row + distance) === line) return row + distance
  }
  return row
}
