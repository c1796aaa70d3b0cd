import { maxBatchBytes, maxBatchRecords, maxFrameBytes, maxRecordBytes } from '../../wire/limits.ts'
import { maxHeadBytes } from '../../wire/message.ts'
import { toBytes, type Batch, type RecordRange } from './batch.ts'

const newline = 0x0a

/**
 * Cuts batches that are larger than what collectors take. They were made before this was known, or come from the
 * spool of an earlier version, which had other limits.
 */
export class Splitter {
  #maxBytes = maxBatchBytes
  #maxRecordBytes = maxRecordBytes
  /** the batch that is being sent, its parts, and how many of them were sent */
  #batch: Batch | undefined
  #parts: Batch[] = []
  #sent = 0

  /** The largest message that all collectors take. Unit: bytes */
  set maxMessageBytes(bytes: number) {
    const payloadBytes = Math.min(bytes, maxFrameBytes) - maxHeadBytes
    this.#maxBytes = Math.min(payloadBytes, maxBatchBytes)
    this.#maxRecordBytes = Math.min(payloadBytes, maxRecordBytes)
    this.#batch = undefined
  }

  /** The largest batch that needs no cut. Unit: bytes */
  get maxBytes(): number {
    return this.#maxBytes
  }

  /**
   * The part of a batch that is to be sent now; the batch itself where it needs no cut.
   * @param onTooLong called for records that no message can carry, once for each time the batch is begun
   * @returns undefined where nothing of the batch can be sent
   */
  next(batch: Batch, onTooLong: (range: RecordRange) => void): Batch | undefined {
    if (batch.bytes <= this.#maxBytes && batch.count <= maxBatchRecords) return batch
    if (batch !== this.#batch) this.#begin(batch, onTooLong)
    return this.#parts[this.#sent]
  }

  /**
   * A message was sent.
   * @param first sequence number of its first record
   * @returns whether it was a whole batch, or the last part of one
   */
  markSent(first: number): boolean {
    if (!this.#batch || this.#parts[this.#sent]?.first !== first) return true
    this.#sent++
    if (this.#sent < this.#parts.length) return false
    this.#batch = undefined
    return true
  }

  #begin(batch: Batch, onTooLong: (range: RecordRange) => void): void {
    const { parts, tooLong } = split(batch, this.#maxBytes, this.#maxRecordBytes)
    this.#batch = batch
    this.#parts = parts
    this.#sent = 0
    for (const range of tooLong) onTooLong(range)
  }
}

/**
 * @param maxBytes of a part with several records @param longest record that may be sent, in bytes
 * @returns parts of whole records, and the records that are longer
 */
function split(
  batch: Batch,
  maxBytes: number,
  longest: number
): { parts: Batch[]; tooLong: RecordRange[] } {
  const bytes = toBytes(batch.payload)
  const parts: Batch[] = []
  const tooLong: RecordRange[] = []
  let part = { first: batch.first, count: 0, start: 0 }
  const endPart = (end: number, first: number): void => {
    const payload = bytes.subarray(part.start, end)
    const { first: partFirst, count } = part
    if (count > 0) parts.push({ first: partFirst, count, payload, bytes: payload.length })
    part = { first, count: 0, start: end }
  }
  for (let start = 0, seq = batch.first; start < bytes.length; seq++) {
    const found = bytes.indexOf(newline, start)
    const end = found === -1 ? bytes.length : found + 1
    if (end - part.start > maxBytes || part.count === maxBatchRecords) endPart(start, seq)
    if (end - start > longest) {
      tooLong.push({ first: seq, count: 1 })
      part = { first: seq + 1, count: 0, start: end }
    } else part.count++
    start = end
  }
  endPart(bytes.length, batch.first + batch.count)
  return { parts, tooLong }
}
