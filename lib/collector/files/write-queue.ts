import { Queue } from '../../util/queue.ts'

/** Maximum size of a single write, unless one append alone is larger. Unit: bytes */
const maxWriteBytes = 1024 * 1024

/** Lines that wait to be written. */
export interface QueuedWrite {
  /** Whole lines. */
  bytes: Buffer
  /** Whose records they are; undefined for lines that need no ack. */
  source: Source | undefined
  /** Called when the lines are in the file. */
  onWritten: () => void
}

/** Whose records a write holds. */
export interface Source {
  /** 8 bytes as latin1 */
  senderId: string
  /** Sequence number of the last of the records. */
  last: number
}

/** A part of a write: one sender's records up to sequence number `last`, or lines that need no ack. Unit of `length`: bytes */
export type Piece =
  | { length: number; senderId: string; last: number }
  | { length: number; senderId?: undefined; last?: undefined }

/** Queued writes that are written at once, to one file, and announced in the journal by one line. */
export interface JoinedWrite {
  /** In the order of the appends. */
  writes: readonly QueuedWrite[]
  /** Size of all of them. Unit: bytes */
  bytes: number
}

/** The writes that wait for one period's file. */
interface PeriodWrites {
  period: string
  writes: Queue<QueuedWrite>
}

/** The lines of one log that are not written yet, in the order of the appends. */
export class WriteQueue {
  readonly #periods = new Queue<PeriodWrites>()
  #newest: PeriodWrites | undefined
  #bytes = 0

  /** Bytes that were pushed and are not finished, see `finish`. */
  get bytes(): number {
    return this.#bytes
  }

  /** Finds the period of the oldest lines that wait; undefined if none wait. */
  findPeriod(): string | undefined {
    for (let oldest = this.#periods.first; oldest; oldest = this.#periods.first) {
      if (oldest.writes.length > 0) return oldest.period
      if (oldest === this.#newest) return undefined
      this.#periods.shift()
    }
    return undefined
  }

  /** Adds a write to the end. */
  push(period: string, write: QueuedWrite): void {
    if (this.#newest?.period !== period) {
      this.#newest = { period, writes: new Queue() }
      this.#periods.push(this.#newest)
    }
    this.#newest.writes.push(write)
    this.#bytes += write.bytes.length
  }

  /**
   * Removes the writes to be written next: of one period, at least one if any wait, at most 1 MiB unless the first is larger.
   * @param room bytes that fit into the open file @param maxBytes bytes that fit into the next one, where the first write doesn't fit into this
   */
  takeNext(room = Number.POSITIVE_INFINITY, maxBytes = Number.POSITIVE_INFINITY): JoinedWrite {
    const writes: QueuedWrite[] = []
    let bytes = 0
    let limit = 0
    const queue = this.findPeriod() === undefined ? undefined : this.#periods.first?.writes
    for (let write = queue?.first; write; write = queue?.first) {
      if (bytes === 0) limit = Math.min(maxWriteBytes, write.bytes.length > room ? maxBytes : room)
      else if (bytes + write.bytes.length > limit) break
      writes.push(write)
      bytes += write.bytes.length
      queue?.shift()
    }
    return { writes, bytes }
  }

  /** Call it when what `takeNext` returned is in the file: notifies the owners of the lines. */
  finish({ writes, bytes }: JoinedWrite): void {
    this.#bytes -= bytes
    for (const { onWritten } of writes) onWritten()
  }
}

/** The parts of a write: consecutive writes of one sender are one part, and so are lines that need no ack. */
export function toPieces(writes: readonly QueuedWrite[]): Piece[] {
  const pieces: Piece[] = []
  let previous: Piece | undefined
  for (const { bytes, source } of writes) {
    if (previous && previous.senderId === source?.senderId) {
      previous.length += bytes.length
      if (source) previous.last = source.last
    } else {
      previous = source ? { length: bytes.length, ...source } : { length: bytes.length }
      pieces.push(previous)
    }
  }
  return pieces
}

/** Joins writes in a buffer of its own: allocating memory costs more than the copy. */
export class WriteJoiner {
  readonly #buffer = Buffer.allocUnsafeSlow(maxWriteBytes)
  #isInUse = false

  /** @returns the bytes of all writes, valid until `release`; new memory while the buffer is in use */
  join(writes: readonly QueuedWrite[]): Buffer {
    const [only] = writes
    if (writes.length === 1 && only) return only.bytes
    if (this.#isInUse) return Buffer.concat(writes.map(({ bytes }) => bytes))
    this.#isInUse = true
    let offset = 0
    for (const { bytes } of writes) {
      this.#buffer.set(bytes, offset)
      offset += bytes.length
    }
    return this.#buffer.subarray(0, offset)
  }

  /** Frees the buffer for the next join. @param joined what `join` returned */
  release(joined: Buffer): void {
    if (joined.buffer === this.#buffer.buffer) this.#isInUse = false
  }
}
