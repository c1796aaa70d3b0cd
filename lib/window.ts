import type { Batch } from './batcher.ts'
import { Deque } from './deque.ts'

/**
 * What a sender holds: batches in flight (sent, not acknowledged), then batches that wait to be sent.
 * A pure state machine: no sockets, no timers, no clock.
 *
 *      start                 next                    end
 *        │      in flight      │       waiting        │
 *        └─ ack() forgets      └─ next(), markSent()  └─ push() adds
 */
export class Window {
  readonly #maxInFlightBytes: number
  readonly #maxInFlightBatches: number
  #inFlight = new Deque<Batch>()
  #waiting = new Deque<Batch>()
  #inFlightBytes = 0
  #waitingBytes = 0
  #records = 0
  #end = 1

  /**
   * @param maxInFlightBytes no more than this is sent without an ack; a larger batch goes alone
   * @param maxInFlightBatches stays below the socket's high-water mark, which is thus never reached
   */
  constructor(maxInFlightBytes: number, maxInFlightBatches: number) {
    this.#maxInFlightBytes = maxInFlightBytes
    this.#maxInFlightBatches = maxInFlightBatches
  }

  /** Bytes of all batches held. */
  get bytes(): number {
    return this.#inFlightBytes + this.#waitingBytes
  }

  get inFlightBytes(): number {
    return this.#inFlightBytes
  }

  get waitingBytes(): number {
    return this.#waitingBytes
  }

  /** Records in all batches held. */
  get records(): number {
    return this.#records
  }

  /** The oldest batch held, in flight or not. */
  get oldest(): Batch | undefined {
    return this.#inFlight.first ?? this.#waiting.first
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
    this.#waiting.push(batch)
    this.#waitingBytes += batch.payload.length
    this.#records += batch.count
    this.#end = batch.first + batch.count
  }

  /** The batch to send now: undefined where none waits or the window is full. */
  next(): Batch | undefined {
    const batch = this.#waiting.first
    if (!batch || this.#inFlight.length === 0) return batch
    const isFull =
      this.#inFlight.length >= this.#maxInFlightBatches ||
      this.#inFlightBytes + batch.payload.length > this.#maxInFlightBytes
    return isFull ? undefined : batch
  }

  /** The batch that `next` gave is on its way. */
  markSent(): void {
    const batch = this.#waiting.shift()
    if (!batch) return
    this.#waitingBytes -= batch.payload.length
    this.#inFlight.push(batch)
    this.#inFlightBytes += batch.payload.length
  }

  /**
   * Forgets every batch whose records are all acknowledged.
   * @param seq the highest acknowledged sequence number
   * @returns how many records were forgotten
   */
  ack(seq: number): number {
    const before = this.#records
    for (let batch = this.oldest; batch; batch = this.oldest) {
      if (batch.first + batch.count - 1 > seq) break
      if (this.#inFlight.length === 0) this.markSent()
      this.#inFlight.shift()
      this.#inFlightBytes -= batch.payload.length
      this.#records -= batch.count
    }
    return before - this.#records
  }

  /** All that is in flight waits again, to be resent in order. */
  rewind(): void {
    if (this.#inFlight.length === 0) return
    for (const batch of this.#waiting) this.#inFlight.push(batch)
    this.#waiting = this.#inFlight
    this.#waitingBytes += this.#inFlightBytes
    this.#inFlight = new Deque()
    this.#inFlightBytes = 0
  }

  /**
   * Gives up the oldest batch that waits. What is in flight may be in the file already, so it stays.
   * @returns undefined where none waits
   */
  dropOldest(): Batch | undefined {
    const batch = this.#waiting.shift()
    if (!batch) return undefined
    this.#waitingBytes -= batch.payload.length
    this.#records -= batch.count
    return batch
  }
}
