/** After a kill -9: which part of the last write to a file is there. */
import { closeSync, fstatSync, ftruncateSync, openSync, readSync } from 'node:fs'
import type { JournaledWrite } from './entries.ts'

/**
 * Cuts the torn end off a file: a batch that isn't whole goes, for it will be sent again; of lines
 * that won't be sent again the whole ones stay.
 * @returns how many of the write's pieces are in the file
 */
export function keepWholePieces(file: string, { offset, pieces }: JournaledWrite): number {
  let fd: number
  try {
    fd = openSync(file, 'r+')
  } catch {
    return 0 // moved away, or never written: sent again rather than lost
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

/** Where the last whole line between two offsets ends. */
function endOfLines(fd: number, start: number, end: number): number {
  const bytes = Buffer.alloc(end - start)
  readSync(fd, bytes, 0, bytes.length, start)
  return start + bytes.lastIndexOf('\n') + 1
}
