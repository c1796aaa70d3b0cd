import { Queue } from '../../util/queue.ts'
import { toBytes, type Batch, type RecordRange } from './batch.ts'

/** A stream has no more than this sent and unacknowledged. Unit: bytes, batches */
export const maxInFlightBytes = 8 * 1024 * 1024
export const maxInFlightBatches = 128

/** Batches that wait on disk, oldest first: see Spool. */
export interface Store {
  /** The batch that waits longest; read from disk when it is asked for. */
  readonly first: Batch | undefined
  /** Records that wait here. */
  readonly records: number
  /** @returns false where the batch can't be stored: no room */
  push(batch: Batch): boolean
  /** The first batch has been taken into memory; it stays on disk until `release`. */
  shift(): void
  /** Everything up to this sequence number may be deleted. */
  release(seq: number): void
  /** Gives up the oldest batches. @returns what they were, undefined where none waits */
  dropOldest(): RecordRange | undefined
}

/**
 * What a sender holds, oldest first: batches in flight (sent, not acknowledged), batches to be sent
 * again, batches in the store on disk, batches that wait in memory.
 * No sockets, no timers, no clock.
 *
 *      start                    next                                       end
 *        │      in flight        │   again   │   store   │     waiting       │
 *        └─ ack() forgets        └─ next(), markSent()                      └─ push() adds
 */
export class SendQueue {
  readonly #maxInFlightBytes: number
  readonly #maxInFlightBatches: number
  readonly #store: Store
  readonly #inFlight = new BatchQueue()
  readonly #again = new BatchQueue()
  readonly #waiting = new BatchQueue()
  #end = 1

  /**
   * @param bytesLimit no more than this is sent without an ack; a larger batch goes alone
   * @param batchesLimit stays below the socket's high-water mark, which is thus never reached
   */
  constructor(bytesLimit: number, batchesLimit: number, store: Store = noStore) {
    this.#maxInFlightBytes = bytesLimit
    this.#maxInFlightBatches = batchesLimit
    this.#store = store
  }

  /** Bytes held in memory. */
  get bytes(): number {
    return this.#inFlight.bytes + this.waitingBytes
  }

  get inFlightBytes(): number {
    return this.#inFlight.bytes
  }

  get waitingBytes(): number {
    return this.#again.bytes + this.#waiting.bytes
  }

  /** Records held, on disk or in memory. */
  get records(): number {
    return this.memoryRecords + this.#store.records
  }

  /** Records held in memory. */
  get memoryRecords(): number {
    return this.#inFlight.records + this.#again.records + this.#waiting.records
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

  push(batch: Batch): void {
    const isLongWait = this.bytes >= 2 * this.#maxInFlightBytes
    this.#waiting.push(isLongWait ? toStored(batch) : batch)
    this.#end = batch.first + batch.count
  }

  /** What the store already holds ends here. */
  continueAt(end: number): void {
    this.#end = end
  }

  /** The batch to send now: undefined where none waits or the window is full. */
  next(): Batch | undefined {
    if (this.#inFlight.length === 0) return this.#nextWaiting
    if (this.#inFlight.length >= this.#maxInFlightBatches) return undefined
    if (this.#inFlight.bytes >= this.#maxInFlightBytes) return undefined
    const batch = this.#nextWaiting
    const length = batch?.bytes ?? 0
    return this.#inFlight.bytes + length > this.#maxInFlightBytes ? undefined : batch
  }

  /** The batch that `next` gave is on its way. */
  markSent(): void {
    const batch = this.#shiftWaiting()
    if (batch) this.#inFlight.push(batch)
  }

  /**
   * Forgets every batch whose records are all acknowledged.
   * @param seq the highest acknowledged sequence number
   * @returns how many records were forgotten
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

  /** All that is in flight will be sent again, in order. */
  rewind(): void {
    this.#inFlight.append(this.#again)
    this.#again.append(this.#inFlight)
  }

  /** Whether memory holds batches that were never sent: they can go to the store, or be dropped. */
  get hasUnsent(): boolean {
    return this.#waiting.length > 0
  }

  /** Moves the batch that waits longest in memory to the store. @returns false where the store refuses it */
  spill(): boolean {
    const batch = this.#waiting.first
    if (!batch || !this.#store.push(batch)) return false
    this.#waiting.shift()
    return true
  }

  /**
   * Moves all that only memory holds to the store, for a later process.
   * @returns the batches that the store didn't take; they are held no longer
   */
  spillAll(): Batch[] {
    return this.#takeAll().filter(batch => !this.#store.push(batch))
  }

  /**
   * Gives up what waits longest, on disk or in memory. What was sent may be in the file already, so it stays.
   * @returns undefined where nothing waits
   */
  dropOldest(): RecordRange | undefined {
    return this.#store.dropOldest() ?? this.#waiting.shift()
  }

  #takeAll(): Batch[] {
    const batches: Batch[] = []
    for (const queue of [this.#inFlight, this.#again, this.#waiting]) {
      for (let batch = queue.shift(); batch; batch = queue.shift()) batches.push(batch)
    }
    return batches
  }

  get #nextWaiting(): Batch | undefined {
    return this.#again.first ?? this.#store.first ?? this.#waiting.first
  }

  #shiftWaiting(): Batch | undefined {
    if (this.#again.length > 0) return this.#again.shift()
    const stored = this.#store.first
    if (!stored) return this.#waiting.shift()
    this.#store.shift()
    return stored
  }
}

/** A batch that will be held for long: as bytes, which lie outside of the JavaScript heap. */
function toStored(batch: Batch): Batch {
  return typeof batch.payload === 'string' ? { ...batch, payload: toBytes(batch.payload) } : batch
}

/** A queue that knows how much it holds. */
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

  /** Moves all that another queue holds to the end of this one. */
  append(other: BatchQueue): void {
    for (let batch = other.shift(); batch; batch = other.shift()) this.push(batch)
  }
}

/** Where no spool is configured. */
const noStore: Store = {
  first: undefined,
  records: 0,
  push: () => false,
  shift: () => undefined,
  release: () => undefined,
  dropOldest: () => undefined
}
