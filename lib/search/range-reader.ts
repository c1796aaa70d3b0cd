/** Reads the entries that begin in a range of a plain file, so that several threads can share a file. */
import { readSync } from 'node:fs'
import { skipContinuations } from './entries.ts'
import { TextFinder } from './text-finder.ts'

/** How much is read behind a range at first: the end of its last entry. Unit: bytes */
const tailBytes = 4096
/** Where that entry is longer, 16 times as much is read, and twice as much from this on. Unit: bytes */
const fastTailBytes = 1024 * 1024
/**
 * A byte has the same place in a page of memory as in a page of the file: some processors need five times as long to copy
 * bytes to a place that is up to 64 bytes higher in its page. Unit: bytes
 */
const pageBytes = 4096
const newline = 0x0a
/** A file with longer lines isn't a log: strings have a maximum length. Unit: bytes */
export const maxEntryBytes = 256 * 1024 * 1024

/**
 * A range of a file. Of all ranges of a file together each entry is in exactly one: that in which it begins.
 * @param size of the file: nothing behind it is read, because it may still be written
 * @returns whole entries, maybe none; valid until the next call @throws the file system's error; an error where an entry is too long
 */
export class RangeReader {
  /** where texts are found fastest; the same memory for each range, so that it stays in the processor's cache */
  readonly #room = TextFinder.get()?.room ?? Buffer.alloc(0)
  /** for what has no place there */
  #large = Buffer.alloc(0)
  #buffer = this.#room
  /** offset in the file of what was read last. Unit: bytes */
  offset = 0
  /** whether no further bytes of the file can change where the last of these entries ends */
  isSettled = false

  read(fd: number, offset: number, length: number, size: number): Buffer {
    const start = Math.max(0, offset - 1)
    const shift = start % pageBytes
    this.#buffer = this.#room
    let tail = tailBytes
    for (let known = 0; ; tail *= tail < fastTailBytes ? 16 : 2) {
      const wanted = Math.min(size, offset + length + tail) - start
      this.#reserve(shift + wanted, shift + known)
      const left = this.#buffer.subarray(shift + known, shift + wanted)
      known += readAt(fd, left, start + known)
      const bytes = this.#buffer.subarray(shift, shift + known)
      const isEnd = known < wanted || start + known >= size
      const first = offset === 0 ? 0 : findBoundary(bytes, 0, isEnd)
      const end = findBoundary(bytes, offset + length - 1 - start, isEnd)
      this.isSettled = false
      if (first !== undefined && first >= offset + length - start) return bytes.subarray(0, 0)
      if (first !== undefined && end !== undefined) {
        this.offset = start + first
        this.isSettled = bytes[end - 1] === newline && end + continuationBytes <= known
        return bytes.subarray(first, end)
      }
      if (known > maxEntryBytes + length) throw toLengthError()
    }
  }

  #reserve(bytes: number, known: number): void {
    if (this.#buffer.length >= bytes) return
    const larger = this.#large.length >= bytes ? this.#large : Buffer.allocUnsafeSlow(bytes)
    this.#buffer.copy(larger, 0, 0, known)
    this.#buffer = larger
    this.#large = larger
  }
}

/** An entry doesn't fit into memory. */
export function toLengthError(): Error {
  return new Error(`a line is longer than ${maxEntryBytes} bytes; this is not a log file`)
}

/**
 * The start of the first entry behind a byte.
 * @param isEnd whether the bytes end where the file ends @returns undefined where more must be read to know
 */
function findBoundary(bytes: Buffer, offset: number, isEnd: boolean): number | undefined {
  if (offset >= bytes.length) return isEnd ? bytes.length : undefined
  const lineEnd = bytes.indexOf(newline, offset) + 1
  const boundary = lineEnd === 0 ? bytes.length : skipContinuations(bytes, lineEnd)
  return isEnd || boundary + continuationBytes <= bytes.length ? boundary : undefined
}

/** As many bytes of a line say whether it continues an entry. */
const continuationBytes = 4

/** Reads until the buffer is full or the file ends. @returns the number of bytes @throws the file system's error */
export function readAt(fd: number, buffer: Buffer, offset: number): number {
  let length = 0
  while (length < buffer.length) {
    const read = readSync(fd, buffer, length, buffer.length - length, offset + length)
    if (read === 0) break
    length += read
  }
  return length
}
