/** Cursors go through a chunk of a log and stop where an entry may match. What they pass over can't match. */
import { isAscii } from 'node:buffer'
import { findEntryEnd } from './entries.ts'
import type { LineSettings } from './query.ts'
import { TextFinder, type WantedText } from './text-finder.ts'

/** The answer of a cursor that finds nothing more. */
export const nowhere = Number.POSITIVE_INFINITY

export interface Cursor {
  /** Begins with another chunk. */
  begin(chunk: Buffer): void
  /** The first offset from `from` on at which an entry may match; offsets must ascend. */
  next(from: number): number
}

/** Stops at each occurrence of a text. It is faster in a chunk that the thread's `TextFinder` has loaded. */
export class TextCursor implements Cursor {
  readonly text: WantedText
  readonly #finder = TextFinder.get()
  #chunk: Buffer = Buffer.alloc(0)
  #isLoaded = false
  #offset = -1

  constructor(wanted: string) {
    this.text = { bytes: Buffer.from(wanted), rare: undefined }
  }

  begin(chunk: Buffer): void {
    this.#chunk = chunk
    this.#isLoaded = this.#finder?.canFind(this.text, chunk) ?? false
    this.#offset = -1
  }

  next(from: number): number {
    if (this.#offset < from) {
      const offset =
        this.#isLoaded && this.#finder
          ? this.#finder.find(this.text, from)
          : this.#chunk.indexOf(this.text.bytes, from)
      this.#offset = offset === -1 ? nowhere : offset
    }
    return this.#offset
  }
}

/** A part of a chunk is made a string at a time. Unit: bytes */
const pieceBytes = 64 * 1024

/**
 * Stops at each match of a regular expression in many entries at once, which saves a call for each. A part of the chunk
 * with other characters than ASCII stops at each of its entries, because offsets in a string would be other ones there.
 *
 * An entry that matches by itself also matches here: this is not so for lookarounds, see `canSpanEntries`.
 */
export class PatternCursor implements Cursor {
  readonly #pattern: RegExp
  readonly #format: LineSettings['format']
  #chunk: Buffer = Buffer.alloc(0)
  #start = 0
  #end = 0
  /** undefined where the piece isn't ASCII */
  #text: string | undefined
  #offset = -1

  constructor(pattern: RegExp, format: LineSettings['format']) {
    this.#pattern = new RegExp(pattern, `${pattern.flags}g`)
    this.#format = format
  }

  begin(chunk: Buffer): void {
    this.#chunk = chunk
    this.#start = 0
    this.#end = 0
    this.#text = ''
    this.#offset = -1
  }

  next(from: number): number {
    if (this.#offset >= from) return this.#offset
    this.#offset = this.#find(from)
    return this.#offset
  }

  #find(from: number): number {
    let start = from
    while (start < this.#chunk.length) {
      if (start >= this.#end) this.#read(start)
      if (this.#text === undefined) return start
      this.#pattern.lastIndex = start - this.#start
      const index = this.#pattern.exec(this.#text)?.index ?? this.#text.length
      if (index < this.#text.length) return this.#start + index
      start = this.#end
    }
    return nowhere
  }

  #read(start: number): void {
    const chunk = this.#chunk
    const last = Math.min(start + pieceBytes, chunk.length) - 1
    this.#start = start
    this.#end = findEntryEnd(chunk, last, this.#format)
    const piece = chunk.subarray(this.#start, this.#end)
    this.#text = isAscii(piece) ? piece.toString('latin1') : undefined
  }
}

/** Whether a match in one entry is also found in many at once. Lookarounds see what is before and behind the entry. */
export function canSpanEntries(source: string): boolean {
  return !/\(\?<?[=!]/.test(source)
}

/** Stops where one of several cursors does. */
export class AnyCursor implements Cursor {
  readonly #cursors: readonly Cursor[]

  constructor(cursors: readonly Cursor[]) {
    this.#cursors = cursors
  }

  begin(chunk: Buffer): void {
    for (const cursor of this.#cursors) cursor.begin(chunk)
  }

  next(from: number): number {
    let least = nowhere
    for (const cursor of this.#cursors) least = Math.min(least, cursor.next(from))
    return least
  }
}
