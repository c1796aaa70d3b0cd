import { joinPayload, type Batch, type Payload } from './batch.ts'

/** Text that isn't all ASCII is checked in pieces of about this size. Unit: characters */
const pieceCharacters = 65_536

/**
 * Cuts the chunks that pino's worker hands over into batches of whole lines, and numbers the lines.
 *
 * Lines aren't parsed: only newlines are searched, in text, where V8 is two to three times as fast
 * as in bytes. Chunks of ASCII text, as thread-stream's mostly are, are sliced without a copy.
 */
export class Batcher {
  readonly #batchBytes: number
  readonly #onBatch: (batch: Batch) => void
  #parts: Payload[] = []
  #bytes = 0
  #count = 0
  /** the start of a line whose newline hasn't come */
  #tail: Payload[] = []
  #nextSeq = 1

  /** @param batchBytes a batch is closed by the record that brings it to this size. Unit: bytes */
  constructor(batchBytes: number, onBatch: (batch: Batch) => void) {
    this.#batchBytes = batchBytes
    this.#onBatch = onBatch
  }

  /** Bytes of whole records that are in no batch yet. */
  get openBytes(): number {
    return this.#bytes
  }

  /** Whole records that are in no batch yet. */
  get openRecords(): number {
    return this.#count
  }

  /** @param chunk lines, cut anywhere; kept by reference, so it must not change afterwards */
  write(chunk: Payload): void {
    if (typeof chunk !== 'string') this.#writeBytes(chunk)
    else if (Buffer.byteLength(chunk) === chunk.length) this.#cut(chunk, chunk)
    else this.#writeText(chunk)
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

  /** As `close`; a last line without a newline gets one. */
  end(): void {
    if (this.#tail.length > 0) this.write('\n')
    this.close()
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
    if (wholeEnd > 0) this.#takeTail()
    for (let start = 0, end = 0; start < wholeEnd; start = end) {
      const room = Math.max(1, this.#batchBytes - this.#bytes)
      end = characters.indexOf('\n', start + room - 1) + 1
      if (end === 0) end = wholeEnd
      this.#count += countNewlines(characters, start, end)
      this.#take(slice(chunk, start, end))
      if (this.#bytes >= this.#batchBytes) this.close()
    }
    if (wholeEnd < characters.length) this.#tail.push(slice(chunk, wholeEnd, characters.length))
  }

  #takeTail(): void {
    for (const part of this.#tail) this.#take(part)
    this.#tail = []
  }

  /** @param part ASCII text, or bytes */
  #take(part: Payload): void {
    this.#parts.push(part)
    this.#bytes += part.length
  }
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
