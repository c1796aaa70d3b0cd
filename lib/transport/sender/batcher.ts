import { joinPayload, type Batch, type Payload, type RecordRange } from './batch.ts'
import { LineCutter } from './line-cutter.ts'
import { fewRecords, largeBytes, toLongMs } from './waiting.ts'

/** Timers know whole milliseconds: what is due this soon is due now. Unit: ms */
const timerMs = 1

/** How a batcher makes batches. */
export interface Batching {
  /** a batch is closed by the record that brings it to this size. Unit: bytes */
  batchBytes: number
  /** records leave before they are due when there are this many bytes, maybe in several batches. @default batchBytes */
  gatherBytes?: number
  /** records wait for others at most this long; longer where few come, or much comes: see `toLongMs`. Unit: ms */
  batchMs: number
  /** called for a record that is too long for any message, after the batch with all records before it */
  onTooLong?: (range: RecordRange) => void
  /** a longer record, with its newline, is dropped. Unit: bytes */
  recordBytes?: number
}

/**
 * Gathers the chunks that pino's worker hands over, and says when a batch is due. A chunk is only put on a list, as there
 * may be one for each line; the list is cut when a batch is made. No timers; the clock is the caller's (`now`, in ms).
 */
export class Batcher {
  readonly #chosenBytes: number
  #batchBytes: number
  readonly #gatherBytes: number
  readonly #batchMs: number
  readonly #longMs: number
  readonly #cutter: LineCutter
  /** chunks that aren't cut yet */
  #chunks: Payload[] = []
  #uncut = 0
  /** when a chunk came last, and when the oldest came that is in no batch */
  #addedAt = Number.NEGATIVE_INFINITY
  #startedAt = Number.POSITIVE_INFINITY
  /** whether few chunks come, but not so few that none will come in time */
  #areFew = false
  /** since when there is nothing to wait for */
  #urgentAt = Number.POSITIVE_INFINITY

  constructor(batching: Batching, onBatch: (batch: Batch) => void) {
    const { batchBytes, batchMs, recordBytes, onTooLong } = batching
    this.#chosenBytes = batchBytes
    this.#batchBytes = batchBytes
    this.#gatherBytes = batching.gatherBytes ?? batchBytes
    this.#batchMs = batchMs
    this.#longMs = toLongMs(batchMs)
    this.#cutter = new LineCutter({
      batchBytes,
      recordBytes,
      onTooLong,
      onBatch: batch => {
        this.#startedAt = this.#addedAt // what is left came with the last chunk
        this.#urgentAt = Number.POSITIVE_INFINITY
        onBatch(batch)
      }
    })
  }

  /** Batches are closed at this size, unless at a smaller one that was chosen. Unit: bytes */
  set maxBatchBytes(bytes: number) {
    this.#batchBytes = Math.min(this.#chosenBytes, bytes)
    this.#cutter.batchBytes = this.#batchBytes
  }

  /** Whether there is enough to be sent before it is due. */
  get isFull(): boolean {
    return this.#bytes >= this.#gatherBytes
  }

  /** When the batch is to be made that has what came first; infinite where there is nothing. Unit: ms */
  get dueAt(): number {
    const isLong = this.#areFew || this.#bytes >= largeBytes
    return Math.min(this.#urgentAt, this.#startedAt + (isLong ? this.#longMs : this.#batchMs))
  }

  get #bytes(): number {
    return this.#cutter.openBytes + this.#uncut
  }

  /**
   * @param chunk lines, cut anywhere; kept by reference, so it must not change afterwards
   * @param isLast whether it is known that no other comes before it is due
   * @returns whether `dueAt` is an earlier one now
   */
  add(chunk: Payload, now: number, isLast = false): boolean {
    const dueAt = this.dueAt
    this.#chunks.push(chunk)
    this.#uncut += chunk.length
    const isFirst = this.#startedAt === Number.POSITIVE_INFINITY
    const pauseMs = now - this.#addedAt
    const meanMs = isFirst ? pauseMs : (now - this.#startedAt) / this.#pauses
    this.#addedAt = now
    if (isFirst) this.#startedAt = now
    this.#areFew = meanMs > this.#batchMs / fewRecords && meanMs <= this.#batchMs
    // At this pace the next chunk would come too late to leave with this one: so it isn't waited for, and no timer wakes us.
    const isLastAtPace = now + pauseMs > this.dueAt - timerMs
    if (!(isLast || isLastAtPace) || this.#urgentAt <= now) return this.dueAt < dueAt
    this.#urgentAt = now
    return true
  }

  /** Pauses between the chunks that are in no batch yet. */
  get #pauses(): number {
    return Math.max(1, this.#chunks.length - 1)
  }

  /** Makes the batches that are full. */
  cut(): void {
    if (this.#chunks.length === 0) return
    const chunks = this.#chunks
    this.#chunks = []
    this.#uncut = 0
    let small: Payload[] = []
    for (const chunk of chunks) {
      if (chunk.length < this.#batchBytes) {
        small.push(chunk)
        continue
      }
      this.#cutter.write(joinPayload(small))
      this.#cutter.write(chunk)
      small = []
    }
    this.#cutter.write(joinPayload(small))
  }

  /** Counts the whole records that are in no batch yet, after the full ones were made. */
  countOpen(): number {
    this.cut()
    return this.#cutter.openRecords
  }

  /** Whether a batch is to be made now. */
  isDue(now: number): boolean {
    return now >= this.dueAt - timerMs
  }

  /** Makes batches of all whole records that are in none yet. */
  close(): void {
    this.cut()
    this.#cutter.close()
    this.#startedAt = Number.POSITIVE_INFINITY
    this.#urgentAt = Number.POSITIVE_INFINITY
  }

  /** As `close`; a last line without a newline gets one. */
  end(): void {
    this.cut()
    this.#cutter.endLine()
    this.close()
  }
}
