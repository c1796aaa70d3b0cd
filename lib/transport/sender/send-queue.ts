import { toBytes, type Batch, type Payload, type RecordRange } from './batch.ts'
import { BatchQueue } from './batch-queue.ts'
import { noStore, type BatchStore } from './batch-store.ts'
import { Batcher, type Batching } from './batcher.ts'

/** A sender has at most this much sent and unacknowledged. Unit: bytes */
export const maxInFlightBytes = 8 * 1024 * 1024
/** A sender has at most this many batches sent and unacknowledged. */
export const maxInFlightBatches = 128

/**
 * What a sender holds, oldest first: batches in flight (sent, not acknowledged), batches to resend, batches in the
 * store on disk, batches that wait in memory, and records that are in no batch yet. No sockets, no timers, no clock.
 *
 *      start                    nextSeq                            end
 *        │      in flight        │ to resend │ store │   waiting    │ open
 *        └─ ack() releases       └─ next(), markSent()              └─ closeDue()  ◀─ add()
 */
export class SendQueue {
  readonly #maxInFlightBytes: number
  readonly #maxInFlightBatches: number
  readonly #store: BatchStore
  readonly #batcher: Batcher | undefined
  readonly #inFlight = new BatchQueue()
  readonly #toResend = new BatchQueue()
  readonly #waiting = new BatchQueue()
  #end = 1
  /** the number after the highest one that was sent */
  #sentEnd = 1
  #sentRecords = 0

  /**
   * @param bytesLimit at most this is in flight; a larger batch is sent alone
   * @param batchesLimit at most this many are in flight; below the socket's high-water mark, so that it is never reached
   * @param batching where records come by `add`; those of an adopted store don't
   */
  constructor(
    bytesLimit: number,
    batchesLimit: number,
    store: BatchStore = noStore,
    batching?: Batching
  ) {
    this.#maxInFlightBytes = bytesLimit
    this.#maxInFlightBatches = batchesLimit
    this.#store = store
    if (!batching) return
    const onTooLong = (range: RecordRange): void => {
      this.skip(range)
      batching.onTooLong?.(range)
    }
    this.#batcher = new Batcher({ ...batching, onTooLong }, batch => this.push(batch))
  }

  /** Bytes held in memory, without records that are in no batch yet. */
  get bytes(): number {
    return this.#inFlight.bytes + this.waitingBytes
  }

  /** Bytes sent and not acknowledged. */
  get inFlightBytes(): number {
    return this.#inFlight.bytes
  }

  /** Batches sent and not acknowledged. */
  get inFlightBatches(): number {
    return this.#inFlight.length
  }

  /** Whether more than half of what may be in flight is. */
  get isHalfFull(): boolean {
    return (
      this.#inFlight.bytes > this.#maxInFlightBytes / 2 ||
      this.#inFlight.length > this.#maxInFlightBatches / 2
    )
  }

  /** Bytes in memory that are to be sent, for the first time or again. */
  get waitingBytes(): number {
    return this.#toResend.bytes + this.#waiting.bytes
  }

  /** Records held in batches, on disk or in memory. */
  get records(): number {
    return this.memoryRecords + this.#store.records
  }

  /** Records that wait in the store. */
  get storedRecords(): number {
    return this.#store.records
  }

  /** Records that were sent; those that were sent again count once. */
  get sentRecords(): number {
    return this.#sentRecords
  }

  /** Records held in batches in memory. */
  get memoryRecords(): number {
    return this.#inFlight.records + this.#toResend.records + this.#waiting.records
  }

  /** The oldest batch in flight. */
  get oldestInFlight(): Batch | undefined {
    return this.#inFlight.first
  }

  /** Sequence number of the oldest record held in a batch; where none is, of the next to come. */
  get start(): number {
    return this.#inFlight.first?.first ?? this.nextSeq
  }

  /** Sequence number of the oldest record that is to be sent, for the first time or again; `end` where none is. */
  get nextSeq(): number {
    return this.#oldestWaiting?.first ?? this.#end
  }

  /** Sequence number of the first record of the next batch to come. */
  get end(): number {
    return this.#end
  }

  /** Whether a collector may have this record, or know that it was dropped: no other ack can be right. */
  mayBeAcked(seq: number): boolean {
    return seq < Math.max(this.#sentEnd, this.start)
  }

  /**
   * Makes batches of records that come by `add` no larger than they were to be, but smaller where collectors take less.
   * The record that brings a batch to this size is still part of it. Unit: bytes
   */
  set batchBytes(bytes: number) {
    if (this.#batcher) this.#batcher.maxBatchBytes = bytes
  }

  /** As Batcher's. */
  add(chunk: Payload, now: number, isLast?: boolean): boolean {
    return this.#batcher?.add(chunk, now, isLast) ?? false
  }

  /** Whether what came by `add` is enough for a batch: `cut` makes it. */
  get isFull(): boolean {
    return this.#batcher?.isFull === true
  }

  /** Makes batches of what came by `add`, as far as they are full. */
  cut(): void {
    this.#batcher?.cut()
  }

  /** When `closeDue` is to be called; infinite where it would make no batch. Unit: ms */
  get dueAt(): number {
    return this.waitingBytes > 0 ? Number.POSITIVE_INFINITY : (this.#batcher?.dueAt ?? Infinity)
  }

  /** Makes a batch of records that are due, unless others wait to be sent. @returns whether they were */
  closeDue(now: number): boolean {
    if (this.waitingBytes > 0 || this.#batcher?.isDue(now) !== true) return false
    this.#batcher.close()
    return true
  }

  /** Makes batches of all whole records that came by `add`. */
  close(): void {
    this.#batcher?.close()
  }

  /** As `close`; a last line without a newline gets one. */
  closeLast(): void {
    this.#batcher?.end()
  }

  /** Counts the records held, in batches or not. */
  countRecords(): number {
    const open = this.#batcher?.countOpen() ?? 0
    return this.records + open
  }

  /** Counts all records that came, those that were dropped included. */
  countQueued(): number {
    const open = this.#batcher?.countOpen() ?? 0 // first: it makes batches
    return this.#end - 1 + open
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

  /** The batch to send now, which may be read from disk: undefined where none waits or too much is in flight. */
  next(): Batch | undefined {
    if (this.#inFlight.length === 0) return this.#nextWaiting()
    if (this.#inFlight.length >= this.#maxInFlightBatches) return undefined
    if (this.#inFlight.bytes >= this.#maxInFlightBytes) return undefined
    const batch = this.#nextWaiting()
    const length = batch?.bytes ?? 0
    return this.#inFlight.bytes + length > this.#maxInFlightBytes ? undefined : batch
  }

  /** The batch that `next` returned was sent. */
  markSent(): void {
    const batch = this.#nextWaiting()
    if (!batch) return
    this.#shiftWaiting()
    this.#inFlight.push(batch)
    this.#noteSent(batch)
  }

  #noteSent({ first, count }: RecordRange): void {
    const end = first + count
    this.#sentRecords += Math.max(0, end - Math.max(first, this.#sentEnd))
    this.#sentEnd = Math.max(this.#sentEnd, end)
  }

  /**
   * Releases every batch whose records are all acknowledged.
   * @param seq the highest acknowledged sequence number
   * @returns how many records were released
   */
  ack(seq: number): number {
    let records = 0
    for (;;) {
      const isSent = this.#inFlight.length > 0
      const oldest = isSent ? this.#inFlight.first : this.#oldestWaiting
      if (!oldest || oldest.first + oldest.count - 1 > seq) break
      if (isSent) this.#inFlight.shift()
      else {
        this.#noteSent(oldest) // as plain messages, or before it was to be sent again
        this.#shiftWaiting()
      }
      records += oldest.count
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

  get #oldestWaiting(): RecordRange | undefined {
    return this.#toResend.first ?? this.#store.oldest ?? this.#waiting.first
  }

  #nextWaiting(): Batch | undefined {
    return this.#toResend.first ?? this.#store.read() ?? this.#waiting.first
  }

  #shiftWaiting(): void {
    if (this.#toResend.length > 0) this.#toResend.shift()
    else if (this.#store.oldest) this.#store.shift()
    else this.#waiting.shift()
  }
}

/** A batch that waits for long, as bytes: see Payload. */
function withBytes(batch: Batch): Batch {
  return typeof batch.payload === 'string' ? { ...batch, payload: toBytes(batch.payload) } : batch
}
