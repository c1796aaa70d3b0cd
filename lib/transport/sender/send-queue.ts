import { Queue } from '../../util/queue.ts'
import { toBytes, type Batch, type RecordRange } from './batch.ts'

/** A sender has at most this much sent and unacknowledged. Unit: bytes */
export const maxInFlightBytes = 8 * 1024 * 1024
/** A sender has at most this many batches sent and unacknowledged. */
export const maxInFlightBatches = 128

/** Batches that wait outside of memory, oldest first: see Spool. */
export interface BatchStore {
  /** The batch that waits longest; may be read from disk at each call. */
  readonly oldest: Batch | undefined
  /** Records that wait. */
  readonly records: number
  /** @returns false where the batch can't be stored: no room */
  push(batch: Batch): boolean
  /** The oldest batch was taken into memory, and no longer waits; it stays stored until `release`. */
  shift(): void
  /** Everything up to and including this sequence number may be deleted. */
  release(seq: number): void
  /** Deletes the oldest batches that wait. @returns their records, undefined where none waits, or that would make no room */
  dropOldest(): RecordRange | undefined
  /** Makes sure that what waits is stored for a later process. @returns the records that can't be; they no longer wait */
  secure(): RecordRange[]
}

/**
 * What a sender holds, oldest first: batches in flight (sent, not acknowledged), batches to resend,
 * batches in the store on disk, batches that wait in memory. No sockets, no timers, no clock.
 *
 *      start                    next                                       end
 *        │      in flight        │ to resend │   store   │     waiting       │
 *        └─ ack() releases       └─ next(), markSent()                      └─ push() adds
 */
export class SendQueue {
  readonly #maxInFlightBytes: number
  readonly #maxInFlightBatches: number
  readonly #store: BatchStore
  readonly #inFlight = new BatchQueue()
  readonly #toResend = new BatchQueue()
  readonly #waiting = new BatchQueue()
  #end = 1
  /** the number after the highest one that was sent */
  #sentEnd = 1

  /**
   * @param bytesLimit at most this is in flight; a larger batch is sent alone
   * @param batchesLimit at most this many are in flight; below the socket's high-water mark, so that it is never reached
   */
  constructor(bytesLimit: number, batchesLimit: number, store: BatchStore = noStore) {
    this.#maxInFlightBytes = bytesLimit
    this.#maxInFlightBatches = batchesLimit
    this.#store = store
  }

  /** Bytes held in memory. */
  get bytes(): number {
    return this.#inFlight.bytes + this.waitingBytes
  }

  /** Bytes sent and not acknowledged. */
  get inFlightBytes(): number {
    return this.#inFlight.bytes
  }

  /** Bytes in memory that are to be sent, for the first time or again. */
  get waitingBytes(): number {
    return this.#toResend.bytes + this.#waiting.bytes
  }

  /** Records held, on disk or in memory. */
  get records(): number {
    return this.memoryRecords + this.#store.records
  }

  /** Records held in memory. */
  get memoryRecords(): number {
    return this.#inFlight.records + this.#toResend.records + this.#waiting.records
  }

  /** The oldest batch held, in flight or not. */
  get oldest(): Batch | undefined {
    return this.#inFlight.first ?? this.#nextWaiting
  }

  /** Sequence number of the oldest record held; where none is, of the next to come. */
  get start(): number {
    return this.oldest?.first ?? this.#end
  }

  /** Sequence number of the next record to come. */
  get end(): number {
    return this.#end
  }

  /** Whether a collector may have this record, or know that it was dropped: no other ack can be right. */
  mayBeAcked(seq: number): boolean {
    return seq < Math.max(this.#sentEnd, this.start)
  }

  /** Adds a batch whose records follow the last ones. */
  push(batch: Batch): void {
    const isLongWait = this.bytes >= 2 * this.#maxInFlightBytes
    this.#waiting.push(isLongWait ? withBytes(batch) : batch)
    this.#end = batch.first + batch.count
  }

  /** Leaves out records that follow the last ones: they were dropped before they came here. */
  skip({ first, count }: RecordRange): void {
    this.#end = first + count
  }

  /** @param end sequence number after the last record of an adopted store */
  continueAt(end: number): void {
    this.#end = end
    this.#sentEnd = Number.POSITIVE_INFINITY // the earlier process may have sent more than it has stored
  }

  /** The batch to send now: undefined where none waits or too much is in flight. */
  next(): Batch | undefined {
    if (this.#inFlight.length === 0) return this.#nextWaiting
    if (this.#inFlight.length >= this.#maxInFlightBatches) return undefined
    if (this.#inFlight.bytes >= this.#maxInFlightBytes) return undefined
    const batch = this.#nextWaiting
    const length = batch?.bytes ?? 0
    return this.#inFlight.bytes + length > this.#maxInFlightBytes ? undefined : batch
  }

  /** The batch that `next` returned was sent. */
  markSent(): void {
    const batch = this.#shiftWaiting()
    if (!batch) return
    this.#inFlight.push(batch)
    this.#sentEnd = Math.max(this.#sentEnd, batch.first + batch.count)
  }

  /**
   * Releases every batch whose records are all acknowledged.
   * @param seq the highest acknowledged sequence number
   * @returns how many records were released
   */
  ack(seq: number): number {
    let records = 0
    for (let batch = this.oldest; batch; batch = this.oldest) {
      if (batch.first + batch.count - 1 > seq) break
      if (this.#inFlight.length > 0) this.#inFlight.shift()
      else this.#shiftWaiting()
      records += batch.count
    }
    this.#store.release(seq)
    return records
  }

  /** Everything in flight will be sent again, in order. */
  rewind(): void {
    this.#inFlight.append(this.#toResend)
    this.#toResend.append(this.#inFlight)
  }

  /** Whether memory holds batches that were never sent: they can go to the store, or be dropped. */
  get hasUnsent(): boolean {
    return this.#waiting.length > 0
  }

  /** Moves the oldest unsent batch in memory to the store. @returns false where there is none, or no room */
  spill(): boolean {
    const batch = this.#waiting.first
    if (!batch || !this.#store.push(batch)) return false
    this.#waiting.shift()
    return true
  }

  /**
   * Moves everything in memory to the store, for a later process.
   * @returns the records that the store didn't take, or has no longer; the queue no longer holds them
   */
  spillAll(): RecordRange[] {
    const lost = this.#store.secure()
    return [...lost, ...this.#takeAll().filter(batch => !this.#store.push(batch))]
  }

  /**
   * Drops the oldest unsent batches, in the store or in memory. What was sent may be in the
   * collector's file already, so it stays.
   * @returns their records, undefined where nothing waits
   */
  dropOldest(): RecordRange | undefined {
    return this.#store.dropOldest() ?? this.#waiting.shift()
  }

  #takeAll(): Batch[] {
    const batches: Batch[] = []
    for (const queue of [this.#inFlight, this.#toResend, this.#waiting]) {
      for (let batch = queue.shift(); batch; batch = queue.shift()) batches.push(batch)
    }
    return batches
  }

  get #nextWaiting(): Batch | undefined {
    return this.#toResend.first ?? this.#store.oldest ?? this.#waiting.first
  }

  #shiftWaiting(): Batch | undefined {
    if (this.#toResend.length > 0) return this.#toResend.shift()
    const stored = this.#store.oldest
    if (!stored) return this.#waiting.shift()
    this.#store.shift()
    return stored
  }
}

/** A batch that waits for long, as bytes: see Payload. */
function withBytes(batch: Batch): Batch {
  return typeof batch.payload === 'string' ? { ...batch, payload: toBytes(batch.payload) } : batch
}

/** A queue that counts its bytes and records. */
class BatchQueue {
  #batches = new Queue<Batch>()
  bytes = 0
  records = 0

  get length(): number {
    return this.#batches.length
  }

  get first(): Batch | undefined {
    return this.#batches.first
  }

  push(batch: Batch): void {
    this.#batches.push(batch)
    this.bytes += batch.bytes
    this.records += batch.count
  }

  shift(): Batch | undefined {
    const batch = this.#batches.shift()
    if (!batch) return undefined
    this.bytes -= batch.bytes
    this.records -= batch.count
    return batch
  }

  /** Moves all batches of another queue to the end of this one. */
  append(other: BatchQueue): void {
    for (let batch = other.shift(); batch; batch = other.shift()) this.push(batch)
  }
}

/** Stands in for a store where no spool is configured. */
const noStore: BatchStore = {
  oldest: undefined,
  records: 0,
  push: () => false,
  shift: () => undefined,
  release: () => undefined,
  dropOldest: () => undefined,
  secure: () => []
}
