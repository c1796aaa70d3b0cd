import { maxBatchRecords, maxRecordBytes } from '../../wire/limits.ts'
import { joinPayload, type Batch, type Payload, type RecordRange } from './batch.ts'

/** Text that isn't all ASCII is checked in pieces of about this size. Unit: characters */
const pieceCharacters = 65_536

/** What a cutter needs of its owner. */
export interface Cutting {
  /** a batch is closed by the record that brings it to this size. Unit: bytes */
  batchBytes: number
  /** a longer record, with its newline, is dropped; at least `batchBytes`. Unit: bytes */
  recordBytes?: number | undefined
  onBatch: (batch: Batch) => void
  /** called for a record that is too long for any message, after the batch with all records before it */
  onTooLong?: ((range: RecordRange) => void) | undefined
}

/**
 * Cuts chunks into batches of whole lines, and numbers the lines.
 *
 * Lines aren't parsed: only newlines are searched, in text, where V8 is two to three times as fast
 * as in bytes. Chunks of ASCII text, as thread-stream's mostly are, are sliced without a copy.
 */
export class LineCutter {
  #batchBytes: number
  readonly #recordBytes: number
  readonly #onBatch: (batch: Batch) => void
  readonly #onTooLong: (range: RecordRange) => void
  #parts: Payload[] = []
  #bytes = 0
  #count = 0
  /** the start of a line whose newline hasn't come */
  #tail: Payload[] = []
  #tailBytes = 0
  /** that line is too long by now, and what came of it was thrown away */
  #isTailTooLong = false
  #nextSeq = 1

  constructor({ batchBytes, recordBytes, onBatch, onTooLong }: Cutting) {
    this.#batchBytes = batchBytes
    this.#recordBytes = recordBytes ?? maxRecordBytes
    this.#onBatch = onBatch
    this.#onTooLong = onTooLong ?? (() => undefined)
  }

  /** As in Cutting, for what comes from now on. */
  set batchBytes(bytes: number) {
    this.#batchBytes = bytes
  }

  /** Bytes of whole records that are in no batch yet. */
  get openBytes(): number {
    return this.#bytes
  }

  /** Whole records that are in no batch yet. */
  get openRecords(): number {
    return this.#count
  }

  /** Gives a last line without a newline one. */
  endLine(): void {
    if (this.#tail.length > 0 || this.#isTailTooLong) this.write('\n')
  }

  /** Makes a batch of the whole records that are in no batch yet, if there are any. */
  close(): void {
    if (this.#count === 0) return
    const payload = joinPayload(this.#parts)
    const batch = { first: this.#nextSeq, count: this.#count, payload, bytes: this.#bytes }
    this.#nextSeq += this.#count
    this.#parts = []
    this.#bytes = 0
    this.#count = 0
    this.#onBatch(batch)
  }

  /** @param chunk lines, cut anywhere; kept by reference, so it must not change afterwards */
  write(chunk: Payload): void {
    if (typeof chunk !== 'string') this.#writeBytes(chunk)
    else if (Buffer.byteLength(chunk) === chunk.length) this.#cut(chunk, chunk)
    else this.#writeText(chunk)
  }

  /** Text with some characters of several bytes: the pieces that have none stay text. */
  #writeText(text: string): void {
    for (let start = 0, end = 0; start < text.length; start = end) {
      end = text.indexOf('\n', start + pieceCharacters) + 1
      if (end === 0) end = text.length
      const piece = text.slice(start, end)
      if (Buffer.byteLength(piece) === piece.length) this.#cut(piece, piece)
      else this.#writeBytes(Buffer.from(piece))
    }
  }

  #writeBytes(bytes: Buffer): void {
    this.#cut(bytes, bytes.toString('latin1'))
  }

  /** @param characters the chunk as text in which one character is one byte */
  #cut(chunk: Payload, characters: string): void {
    const wholeEnd = characters.lastIndexOf('\n') + 1
    let start = wholeEnd > 0 ? this.#endTail(characters) : 0
    while (start < wholeEnd) {
      let end = findLineEnd(characters, start, this.#batchBytes - this.#bytes, wholeEnd)
      let count = countNewlines(characters, start, end)
      const room = maxBatchRecords - this.#count
      if (count > room) {
        // Very short lines: these characters have no more lines than that.
        end = findLineEnd(characters, start, room, wholeEnd)
        count = countNewlines(characters, start, end)
      }
      // A line that is too long can only be the last of these: all others are within the room.
      let takenEnd = end
      if (end - start > this.#recordBytes) takenEnd = this.#findTooLong(characters, start, end)
      const isTooLong = takenEnd < end
      if (takenEnd > start)
        this.#takeLines(slice(chunk, start, takenEnd), count - Number(isTooLong))
      if (isTooLong) this.#drop()
      start = end
    }
    if (wholeEnd < characters.length) this.#addToTail(slice(chunk, wholeEnd, characters.length))
  }

  #takeLines(lines: Payload, count: number): void {
    this.#count += count
    this.#take(lines)
    if (this.#bytes >= this.#batchBytes || this.#count >= maxBatchRecords) this.close()
  }

  /** @returns where the last line of a range begins if it is too long, else `end` */
  #findTooLong(characters: string, start: number, end: number): number {
    const lastStart = Math.max(start, characters.lastIndexOf('\n', end - 2) + 1)
    return end - lastStart > this.#recordBytes ? lastStart : end
  }

  #addToTail(part: Payload): void {
    this.#tailBytes += part.length
    this.#isTailTooLong ||= this.#tailBytes >= this.#recordBytes
    if (this.#isTailTooLong) this.#tail = []
    else this.#tail.push(part)
  }

  /** The line of the tail ends in this chunk. @returns where the lines begin that are still to be taken */
  #endTail(characters: string): number {
    const lineEnd = this.#tailBytes === 0 ? 0 : characters.indexOf('\n') + 1
    const isTooLong = this.#isTailTooLong || this.#tailBytes + lineEnd > this.#recordBytes
    if (isTooLong) this.#drop()
    else for (const part of this.#tail) this.#take(part)
    this.#tail = []
    this.#tailBytes = 0
    this.#isTailTooLong = false
    return isTooLong ? lineEnd : 0
  }

  /** @param part ASCII text, or bytes */
  #take(part: Payload): void {
    this.#parts.push(part)
    this.#bytes += part.length
  }

  /** Gives up the next record: it is too long for any message. */
  #drop(): void {
    this.close()
    this.#onTooLong({ first: this.#nextSeq++, count: 1 })
  }
}

/**
 * Where the line ends that contains the last of these characters.
 * @param characters with a newline before `wholeEnd` @param room number of characters; one at least is taken
 */
function findLineEnd(characters: string, start: number, room: number, wholeEnd: number): number {
  return characters.indexOf('\n', start + Math.max(1, room) - 1) + 1 || wholeEnd
}

/** Counts the newlines of a range that ends with one. A function of its own, which V8 optimizes once. */
function countNewlines(characters: string, start: number, end: number): number {
  let count = 0
  for (let index = start; index < end; index = characters.indexOf('\n', index) + 1) count++
  return count
}

/** A part of a chunk that shares its memory. */
function slice(chunk: Payload, start: number, end: number): Payload {
  return typeof chunk === 'string' ? chunk.slice(start, end) : chunk.subarray(start, end)
}
