import type { Batch, RecordRange } from '../../lib/transport/sender/batch.ts'
import type { BatchStore } from '../../lib/transport/sender/batch-store.ts'
import { SendQueue } from '../../lib/transport/sender/send-queue.ts'
import { toBatch } from './batch.ts'
import { createRandom } from './seeded-random.ts'

/** A batch of zeros. */
export function makeBatch(first: number, count: number, bytes: number): Batch {
  return toBatch(first, count, Buffer.alloc(bytes))
}

function sumBytes(batches: Batch[]): number {
  return batches.reduce((sum, { bytes }) => sum + bytes, 0)
}

function sumRecords(batches: Batch[]): number {
  return batches.reduce((sum, { count }) => sum + count, 0)
}

/** A store in memory with room for `room` batches. */
export class Shelf implements BatchStore {
  readonly batches: Batch[] = []
  readonly #room: number
  released = 0

  constructor(room: number) {
    this.#room = room
  }

  get oldest(): Batch | undefined {
    return this.batches[0]
  }

  get records(): number {
    return sumRecords(this.batches)
  }

  push(batch: Batch): boolean {
    return this.batches.length < this.#room && this.batches.push(batch) > 0
  }

  read(): Batch | undefined {
    return this.oldest
  }

  shift(): void {
    this.batches.shift()
  }

  release(seq: number): void {
    this.released = seq
  }

  dropOldest(): RecordRange | undefined {
    return this.batches.shift()
  }

  secure(): RecordRange[] {
    return []
  }
}

/** A queue of 500 bytes and 5 batches with a store, and beside it arrays that do the same. */
export class QueuePair {
  readonly shelf = new Shelf(8)
  readonly queue = new SendQueue(500, 5, this.shelf)
  inFlight: Batch[] = []
  toResend: Batch[] = []
  stored: Batch[] = []
  waiting: Batch[] = []
  end = 1
  readonly #random: (below: number) => number

  constructor(seed: number) {
    this.#random = createRandom(seed)
  }

  get held(): Batch[] {
    return [...this.inFlight, ...this.toResend, ...this.stored, ...this.waiting]
  }

  push(): void {
    const batch = makeBatch(this.end, 1 + this.#random(20), 1 + this.#random(300))
    this.queue.push(batch)
    this.waiting.push(batch)
    this.end += batch.count
  }

  send(): boolean {
    const next = this.queue.next()
    const source = [this.toResend, this.stored, this.waiting].find(({ length }) => length > 0) ?? []
    const wouldFly = [...this.inFlight, ...source.slice(0, 1)]
    const isAllowed = wouldFly.length === 1 || (wouldFly.length <= 5 && sumBytes(wouldFly) <= 500)
    if (next) this.queue.markSent()
    if (next) this.inFlight = wouldFly
    return next === (isAllowed ? source.shift() : undefined)
  }

  ack(): boolean {
    const seq = (this.held[0]?.first ?? 1) + this.#random(40) - 5
    const isKept = ({ first, count }: Batch) => first + count - 1 > seq
    const forgotten = sumRecords(this.held.filter(batch => !isKept(batch)))
    this.inFlight = this.inFlight.filter(isKept)
    this.toResend = this.toResend.filter(isKept)
    this.stored = this.stored.filter(isKept)
    this.waiting = this.waiting.filter(isKept)
    return this.queue.ack(seq) === forgotten
  }

  rewind(): void {
    this.queue.rewind()
    this.toResend = [...this.inFlight, ...this.toResend]
    this.inFlight = []
  }

  spill(): boolean {
    const canSpill = this.waiting.length > 0 && this.stored.length < 8
    if (canSpill) this.stored.push(...this.waiting.splice(0, 1))
    return this.queue.spill() === canSpill
  }

  drop(): boolean {
    return this.queue.dropOldest() === (this.stored.shift() ?? this.waiting.shift())
  }

  /** Does anything. @returns its name where the two differ afterwards */
  step(): string {
    const names = ['push', 'push', 'send', 'send', 'spill', 'ack', 'rewind', 'drop'] as const
    const name = names[this.#random(names.length)] ?? 'push'
    const isSame = this[name]() ?? true
    const { inFlightBytes, waitingBytes, bytes, records, memoryRecords, start, end } = this.queue
    const isSameSize =
      inFlightBytes === sumBytes(this.inFlight) &&
      waitingBytes === sumBytes([...this.toResend, ...this.waiting]) &&
      bytes === inFlightBytes + waitingBytes &&
      records === sumRecords(this.held) &&
      memoryRecords === records - sumRecords(this.stored)
    const isSameRange = start === (this.held[0]?.first ?? this.end) && end === this.end
    const isSameRoom = this.queue.hasUnsent === this.waiting.length > 0
    return isSame && isSameSize && isSameRange && isSameRoom ? '' : name
  }
}
