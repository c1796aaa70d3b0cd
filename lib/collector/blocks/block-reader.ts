import { readSync } from 'node:fs'
import { isContinuation } from './line-facts.ts'

/** Whole lines of a file, or a part of a block that is too large for one. */
export interface Piece {
  /** valid until the next piece is read */
  bytes: Buffer
  /** whether a block ends with it; the first piece of a block begins with a line */
  endsBlock: boolean
}

/** A block has at most this many bytes unless an entry is longer. Unit: bytes */
export const blockBytes = 1024 * 1024
/** A block that is larger, because of a very long entry, comes in several pieces. Unit: bytes */
export const pieceBytes = 64 * 1024 * 1024
/** What has to be known of the line behind a block: whether it begins with four spaces. Unit: bytes */
const lookaheadBytes = 4

const newline = 0x0a

/**
 * Reads a file from where it is, in blocks: whole entries (a line, and those behind it that begin with four spaces) of
 * about 1 MiB. Memory is limited, however long a line is.
 */
export function* readBlocks(fd: number): Generator<Piece> {
  const window = new Window(fd)
  let isBegun = false
  let wanted = blockBytes + lookaheadBytes
  for (;;) {
    window.fill(wanted)
    const cut: number = isBegun ? window.findFirstCut(0) : window.findBlockEnd()
    if (cut === 0 && !window.isAtEnd && wanted < pieceBytes) {
      wanted = Math.min(2 * wanted, pieceBytes)
      continue
    }
    const endsBlock: boolean = cut > 0 || window.isAtEnd
    // What isn't known to be inside of the block stays: the next line may begin another.
    const length = cut || window.length - (endsBlock ? 0 : lookaheadBytes)
    if (length > 0 || isBegun) yield { bytes: window.take(length), endsBlock }
    if (window.isAtEnd && window.length === 0) return
    isBegun = !endsBlock
    wanted = endsBlock ? blockBytes + lookaheadBytes : pieceBytes
  }
}

/** The part of a file that was read and not yet taken. */
class Window {
  readonly #fd: number
  #buffer: Buffer = Buffer.allocUnsafe(blockBytes + lookaheadBytes)
  #start = 0
  #end = 0
  /** whether nothing is left to read */
  isAtEnd = false

  constructor(fd: number) {
    this.#fd = fd
  }

  get length(): number {
    return this.#end - this.#start
  }

  /** Reads until there are `wanted` bytes, or the file ends. */
  fill(wanted: number): void {
    this.#moveToStart(wanted)
    while (this.length < wanted && !this.isAtEnd) {
      const count = readSync(this.#fd, this.#buffer, this.#end, wanted - this.length, null)
      this.#end += count
      this.isAtEnd = count === 0
    }
  }

  #moveToStart(wanted: number): void {
    const left = this.#buffer.subarray(this.#start, this.#end)
    const needed = Math.max(wanted, left.length)
    if (this.#buffer.length < needed || this.#buffer.length > 2 * needed) {
      this.#buffer = Buffer.allocUnsafe(needed)
    }
    left.copy(this.#buffer)
    this.#start = 0
    this.#end = left.length
  }

  /** Takes bytes from the beginning. */
  take(length: number): Buffer {
    const bytes = this.#buffer.subarray(this.#start, this.#start + length)
    this.#start += length
    return bytes
  }

  /** Length of the next block, 0 where its end isn't known yet. */
  findBlockEnd(): number {
    if (this.isAtEnd && this.length <= blockBytes) return this.length
    const limit = this.#start + Math.min(this.length, blockBytes)
    for (let end = limit; end > this.#start; end--) {
      const found = this.#buffer.lastIndexOf(newline, end - 1)
      if (found < this.#start) break
      end = found + 1
      if (this.#isCut(end)) return end - this.#start
    }
    return this.findFirstCut(blockBytes)
  }

  /** Offset of the first entry that begins behind `from`, 0 where there is none. */
  findFirstCut(from: number): number {
    let offset = this.#start + Math.min(from, this.length)
    for (;;) {
      const found = this.#buffer.subarray(0, this.#end).indexOf(newline, offset)
      if (found === -1) return 0
      offset = found + 1
      if (this.#isCut(offset)) return offset - this.#start
    }
  }

  /** Whether an entry begins at an offset that is behind a newline. */
  #isCut(offset: number): boolean {
    const isKnown = offset + lookaheadBytes <= this.#end
    if (!isKnown) return this.isAtEnd && this.#end > offset
    return !isContinuation(this.#buffer, offset)
  }
}
