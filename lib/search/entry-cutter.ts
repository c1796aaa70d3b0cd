import { isContinuation } from '../collector/blocks/line-facts.ts'
import { findLineStart } from './entries.ts'
import { maxEntryBytes, toLengthError } from './range-reader.ts'

/** What is scanned at a time. Unit: bytes */
const chunkBytes = 1024 * 1024

/** Cuts what a decompressor brings into chunks of whole entries. */
export class EntryCutter {
  #pieces: Buffer[] = []
  #length = 0
  #wanted = chunkBytes

  /**
   * Adds a piece.
   * @returns a chunk; undefined where too little has come @throws where an entry is too long
   */
  add(piece: Buffer): Buffer | undefined {
    this.#pieces.push(piece)
    this.#length += piece.length
    if (this.#length < this.#wanted) return undefined
    const bytes = Buffer.concat(this.#pieces)
    const end = findLastBoundary(bytes)
    this.#pieces = [bytes.subarray(end)]
    this.#length = bytes.length - end
    this.#wanted = end > 0 ? chunkBytes : 2 * bytes.length
    if (this.#length > maxEntryBytes) throw toLengthError()
    return end > 0 ? bytes.subarray(0, end) : undefined
  }

  /** The last chunk, which may end with half a line. */
  end(): Buffer {
    return Buffer.concat(this.#pieces)
  }
}

/** The start of the last entry that is known to begin. */
function findLastBoundary(bytes: Buffer): number {
  // The first four bytes of a line say whether it continues an entry.
  let start = findLineStart(bytes, Math.max(0, bytes.length - 4))
  while (start > 0 && isContinuation(bytes, start)) start = findLineStart(bytes, start - 1)
  return start
}
