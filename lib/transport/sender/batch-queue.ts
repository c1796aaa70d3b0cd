import { Queue } from '../../util/queue.ts'
import type { Batch } from './batch.ts'

/** A queue of batches that counts its bytes and records. */
export class BatchQueue {
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
