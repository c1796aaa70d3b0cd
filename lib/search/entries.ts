/**
 * Where entries begin and end. In an NDJSON log each line is an entry. In the text format the lines that begin with four
 * spaces belong to the entry before.
 */
import { isContinuation } from '../collector/blocks/line-facts.ts'
import type { LineSettings } from './query.ts'

const newline = 0x0a

/** The start of the line that has a byte. */
export function findLineStart(bytes: Buffer, offset: number): number {
  return offset === 0 ? 0 : bytes.lastIndexOf(newline, offset - 1) + 1
}

/** The end of the line that has a byte, behind its newline. */
export function findLineEnd(bytes: Buffer, offset: number): number {
  return bytes.indexOf(newline, offset) + 1 || bytes.length
}

/**
 * The start of the first line of what the text format calls an entry.
 * @param start of one of its lines @param least start of a line at which the search ends
 */
export function findHead(bytes: Buffer, start: number, least = 0): number {
  let head = start
  while (head > least && isContinuation(bytes, head)) head = findLineStart(bytes, head - 1)
  return head
}

/** The start of the entry that has a byte. */
export function findEntryStart(
  bytes: Buffer,
  offset: number,
  format: LineSettings['format']
): number {
  const start = findLineStart(bytes, offset)
  return format === 'text' ? findHead(bytes, start) : start
}

/** The end of the entry that has a byte, behind its last newline. */
export function findEntryEnd(
  bytes: Buffer,
  offset: number,
  format: LineSettings['format']
): number {
  const end = findLineEnd(bytes, offset)
  return format === 'text' ? skipContinuations(bytes, end) : end
}

/** The start of the first line from `start` on that continues no entry. @param start of a line */
export function skipContinuations(bytes: Buffer, start: number): number {
  let end = start
  while (end < bytes.length && isContinuation(bytes, end)) end = findLineEnd(bytes, end)
  return end
}
