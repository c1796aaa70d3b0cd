import { Queue } from '../../util/queue.ts'

/** A single write has at most this size, unless one append alone is larger. Unit: bytes */
const maxWriteBytes = 1024 * 1024

/** Whole lines, and whose they are. */
export interface QueuedWrite {
  bytes: Buffer
  source: Source | undefined
  onWritten: () => void
}

/** Whose records a write holds, and the sequence number of the last of them. */
export interface Source {
  senderId: string
  last: number
}

/** A part of a write: one sender's records up to `last`, or lines that need no ack. */
export type Piece =
  | { length: number; senderId: string; last: number }
  | { length: number; senderId?: undefined; last?: undefined }

/** What is written in one go: to one file, and announced in the journal by one line. */
export interface JoinedWrite {
  writes: readonly QueuedWrite[]
  /** Unit: bytes */
  bytes: number
}

/** What waits for one period's file. */
interface PeriodWrites {
  period: string
  writes: Queue<QueuedWrite>
}

/** The lines of one log that are not written yet, in the order of their periods. */
export class WriteQueue {
  readonly #periods = new Queue<PeriodWrites>()
  #newest: PeriodWrites | undefined
  #bytes = 0

  /** Bytes that wait, or are being written: see `finish`. */
  get bytes(): number {
    return this.#bytes
  }

  /** The period of the oldest lines that wait; undefined where none do. */
  get period(): string | undefined {
    for (let oldest = this.#periods.first; oldest; oldest = this.#periods.first) {
      if (oldest.writes.length > 0) return oldest.period
      if (oldest === this.#newest) return undefined
      this.#periods.shift()
    }
    return undefined
  }

  push(period: string, write: QueuedWrite): void {
    if (this.#newest?.period !== period) {
      this.#newest = { period, writes: new Queue() }
      this.#periods.push(this.#newest)
    }
    this.#newest.writes.push(write)
    this.#bytes += write.bytes.length
  }

  /** Takes what can be written in one go: lines of one period, at least one write where any waits. */
  takeNext(): JoinedWrite {
    const writes: QueuedWrite[] = []
    let bytes = 0
    const queue = this.period === undefined ? undefined : this.#periods.first?.writes
    for (let write = queue?.first; write; write = queue?.first) {
      if (bytes > 0 && bytes + write.bytes.length > maxWriteBytes) break
      writes.push(write)
      bytes += write.bytes.length
      queue?.shift()
    }
    return { writes, bytes }
  }

  /** What was taken is in the file. */
  finish({ writes, bytes }: JoinedWrite): void {
    this.#bytes -= bytes
    for (const { onWritten } of writes) onWritten()
  }
}

/** One piece for each write; consecutive lines that need no ack are one piece. */
export function toPieces(writes: readonly QueuedWrite[]): Piece[] {
  const pieces: Piece[] = []
  for (const { bytes, source } of writes) {
    const last = pieces.at(-1)
    if (source === undefined && last && last.senderId === undefined) last.length += bytes.length
    else if (source === undefined) pieces.push({ length: bytes.length })
    else pieces.push({ length: bytes.length, ...source })
  }
  return pieces
}

/** Joins writes in a buffer that it keeps: fresh memory costs more than the copy. */
export class WriteJoiner {
  readonly #kept = Buffer.allocUnsafeSlow(maxWriteBytes)
  #isLent = false

  /** @returns bytes that are valid until `release`; a second borrower gets fresh memory */
  join(writes: readonly QueuedWrite[]): Buffer {
    const [only] = writes
    if (writes.length === 1 && only) return only.bytes
    if (this.#isLent) return Buffer.concat(writes.map(({ bytes }) => bytes))
    this.#isLent = true
    let offset = 0
    for (const { bytes } of writes) {
      this.#kept.set(bytes, offset)
      offset += bytes.length
    }
    return this.#kept.subarray(0, offset)
  }

  release(joined: Buffer): void {
    if (joined.buffer === this.#kept.buffer) this.#isLent = false
  }
}
