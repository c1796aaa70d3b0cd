import { findEntryEnd } from '../../lib/search/entries.ts'
import type { LineSettings, OutputSettings } from '../../lib/search/query.ts'

/** How the lines of an NDJSON log with pino's usual keys are read. */
export const ndjsonLines: LineSettings = {
  timeKey: '',
  levelKey: '',
  messageKey: '',
  timezone: 'utc',
  format: 'ndjson'
}

/** How the lines of a log of the text format are read. */
export const textLines: LineSettings = { ...ndjsonLines, format: 'text' }

/** Lines as they are in the file, all of them. */
export const jsonOutput: OutputSettings = {
  form: 'json',
  isColored: false,
  isTerminal: false,
  isReversed: false,
  limit: 0
}

/** The start and the end of each entry of a chunk. */
export function findRanges(chunk: Buffer, format: LineSettings['format'] = 'ndjson'): number[] {
  const ranges: number[] = []
  for (let start = 0; start < chunk.length;) {
    const end = findEntryEnd(chunk, start, format)
    ranges.push(start, end)
    start = end
  }
  return ranges
}
