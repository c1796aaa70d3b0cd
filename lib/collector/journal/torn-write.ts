/** Repairs the last write to a file after a kill -9. */
import { closeSync, fstatSync, ftruncateSync, openSync, readSync } from 'node:fs'
import type { JournaledWrite } from './entries.ts'

/**
 * Cuts a torn write off a file: of the first piece that isn't whole nothing stays if a sender will
 * send it again, and only whole lines stay otherwise. A file that is longer than the write is left alone.
 * @param file path of the file; 0 pieces where it can't be opened
 * @returns how many of the write's pieces are in the file
 * @throws the file system's error where the file can't be cut
 */
export function keepWholePieces(file: string, { offset, pieces }: JournaledWrite): number {
  let fd: number
  try {
    fd = openSync(file, 'r+')
  } catch {
    return 0 // moved away, or never made: records are sent again rather than lost
  }
  try {
    const { size } = fstatSync(fd)
    let end = offset
    let whole = 0
    for (const [length] of pieces) {
      if (end + length > size) break
      end += length
      whole++
    }
    const torn = pieces[whole]
    if (torn && size > end)
      ftruncateSync(fd, torn[1] === undefined ? endOfLines(fd, end, size) : end)
    return whole
  } finally {
    closeSync(fd)
  }
}

/** The end of the last whole line between two offsets is searched in blocks of this size. Unit: bytes */
const blockBytes = 64 * 1024

/** Offset of the end of the last whole line between two offsets. Unit: bytes */
function endOfLines(fd: number, start: number, end: number): number {
  for (let blockEnd = end; blockEnd > start; blockEnd -= blockBytes) {
    const blockStart = Math.max(start, blockEnd - blockBytes)
    const block = Buffer.alloc(blockEnd - blockStart)
    readSync(fd, block, 0, block.length, blockStart)
    const newline = block.lastIndexOf('\n')
    if (newline !== -1) return blockStart + newline + 1
  }
  return start
}
