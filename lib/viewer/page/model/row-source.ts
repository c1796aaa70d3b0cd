import type { Line } from './line.ts'

/** Where the list takes its rows from: the live lines, or the history. */
export interface RowSource {
  readonly count: number
  /** undefined while it isn't loaded */
  rowAt(index: number): Line | undefined
}
