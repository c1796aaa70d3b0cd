import { dirname } from 'node:path'
import { Calendar, type Rotation } from './calendar.ts'
import { ChunkJoiner, takeChunks, toPieces, type Chunk, type Source } from './chunk.ts'
import { Deque } from './deque.ts'
import { ZmqPubError, toMessage } from './errors.ts'
import { syncFolder } from './file-system.ts'
import type { Piece } from './journal-recovery.ts'
import { LogFile } from './log-file.ts'
import { findLogs, toPath } from './log-name.ts'
import type { Zone } from './zone.ts'

/** An idle log is closed at most this long after its period has ended. Unit: ms */
const idleCheckMs = 30_000
/** How often it is looked whether the file is still where it was. Unit: ms */
const placeCheckMs = 1000
/** Pause between two tries to open a file. Unit: ms */
const reopenMs = 1000

export interface RotatingLogOptions {
  /** path with at most one `{date}`, see `toPath` */
  file: string
  rotate: Rotation
  /** A file that would become larger is followed by another of the same period; 0 = never. Unit: bytes */
  maxBytes: number
  /** whether a file that was closed is never written to again, because it may be compressed */
  isSealing: boolean
  zone: Zone
  /** ms since the epoch */
  now: () => number
  /** whether a write counts only when it is on disk */
  fsync: boolean
  /** called before each write; where it throws, the write waits and it is called again */
  beforeWrite: (path: string, offset: number, pieces: readonly Piece[]) => void
  onOpen: (path: string) => void
  onTrouble: (path: string, error: Error) => void
}

/** What waits for one period's file. */
interface Pending {
  label: string
  chunks: Deque<Chunk>
}

/**
 * Appends to the file of the current calendar period. A record goes to the period in which it came,
 * and nothing goes to a new file before the old one has everything.
 */
export class RotatingLog {
  readonly #options: RotatingLogOptions
  readonly #calendar: Calendar
  readonly #pending = new Deque<Pending>()
  #newest: Pending | undefined
  #pendingBytes = 0
  #file: LogFile | undefined
  #label: string | undefined
  #draining: Promise<void> | undefined
  #closing: Promise<unknown> = Promise.resolve()
  #isAbandoned = false
  readonly #joiner = new ChunkJoiner()
  #index = 0
  #isReopenDue = false
  #hasOpened = false
  readonly #timers: NodeJS.Timeout[]

  /** Opens the current file, so that a wrong path is known at once. @throws ERR_ZMQ_PUB_FILE */
  static async open(options: RotatingLogOptions): Promise<RotatingLog> {
    const log = new RotatingLog(options)
    const label = log.#calendar.labelAt(options.now())
    try {
      await log.#openFile(label, log.#findIndex(label))
    } catch (error) {
      log.abandon()
      throw new ZmqPubError(
        'ERR_ZMQ_PUB_FILE',
        `cannot write ${toPath(options.file, label)}: ${toMessage(error)}; give a writable path with --file`,
        { cause: error }
      )
    }
    return log
  }

  private constructor(options: RotatingLogOptions) {
    this.#options = options
    this.#calendar = new Calendar(options.rotate, options.zone)
    this.#timers = [
      setInterval(() => this.rotateIfIdle(), idleCheckMs).unref(),
      setInterval(() => this.reopenIfMoved(), placeCheckMs).unref()
    ]
  }

  /** The file that is written now. */
  get path(): string | undefined {
    return this.#file?.path
  }

  /** The size of the file that is written now. Unit: bytes */
  get size(): number {
    return this.#file?.size ?? 0
  }

  /** Bytes taken and not yet written. */
  get pendingBytes(): number {
    return this.#pendingBytes
  }

  /**
   * @param source undefined for lines that nobody acknowledges
   * @param onWritten called when the bytes are in the file; calls come in the order of the appends
   */
  append(bytes: Buffer, source: Source | undefined, onWritten: () => void = noop): void {
    const label = this.#calendar.labelAt(this.#options.now())
    if (this.#newest?.label !== label) {
      this.#newest = { label, chunks: new Deque() }
      this.#pending.push(this.#newest)
    }
    this.#newest.chunks.push({ bytes, source, onWritten })
    this.#pendingBytes += bytes.length
    this.#draining ??= this.#drain()
  }

  /** Closes the file of a period that is over; the next record opens a new one. */
  rotateIfIdle(): void {
    const isOver = this.#label !== this.#calendar.labelAt(this.#options.now())
    if (isOver && !this.#draining) this.#closeFile()
  }

  /** Goes on in a new file of the same name, for those who have moved the old one away. */
  reopen(): void {
    if (!this.#file) return
    this.#isReopenDue = true
    this.#draining ??= this.#drain()
  }

  /** Reopens a file that was moved or deleted by somebody else. */
  reopenIfMoved(): void {
    if (this.#file?.isElsewhere) this.reopen()
  }

  /** Resolves when all is written and on disk. */
  async close(): Promise<void> {
    this.#clearTimers()
    await this.#draining
    if (this.#isAbandoned) return
    this.#closeFile()
    await this.#closing
  }

  /** Gives up what isn't written. */
  abandon(): void {
    this.#isAbandoned = true
    this.#clearTimers()
    this.#file?.abandon()
  }

  #clearTimers(): void {
    for (const timer of this.#timers) clearInterval(timer)
  }

  async #drain(): Promise<void> {
    if (this.#isReopenDue && this.#file) await this.#openAnew()
    for (let pending = this.#pending.first; pending; pending = this.#pending.first) {
      if (this.#isAbandoned) break
      if (pending.chunks.length > 0) {
        if (this.#isReopenDue && this.#file) await this.#openAnew()
        await this.#switchTo(pending.label)
        await this.#writeChunk(pending)
      } else if (pending === this.#newest) {
        break
      } else {
        this.#pending.shift()
      }
    }
    this.#draining = undefined // here, not in a then(): an append() in between would wait for ever
  }

  async #writeChunk(pending: Pending): Promise<void> {
    const { chunks, bytes } = takeChunks(pending.chunks)
    await this.#makeRoom(pending.label, bytes)
    const file = this.#file
    if (!file) return
    if (bytes > 0) {
      await this.#announce(file, toPieces(chunks))
      if (this.#isAbandoned) return
      await file.write(this.#joiner.join(chunks))
      if (this.#options.fsync) await file.sync()
    }
    this.#pendingBytes -= bytes
    for (const { onWritten } of chunks) onWritten()
  }

  /** Begins the period's next file where this one would become too large. */
  async #makeRoom(label: string, bytes: number): Promise<void> {
    const { maxBytes } = this.#options
    const size = this.#file?.size ?? 0
    if (maxBytes === 0 || size === 0 || size + bytes <= maxBytes) return
    await this.#open(label, () => this.#index + 1)
  }

  async #announce(file: LogFile, pieces: Piece[]): Promise<void> {
    while (!this.#isAbandoned) {
      try {
        return this.#options.beforeWrite(file.path, file.size, pieces)
      } catch (error) {
        this.#options.onTrouble(file.path, error as Error)
        await new Promise(resolve => setTimeout(resolve, reopenMs))
      }
    }
  }

  async #switchTo(label: string): Promise<void> {
    if (this.#file && this.#label === label) return
    await this.#open(label, () => this.#findIndex(label))
  }

  async #openAnew(): Promise<void> {
    this.#isReopenDue = false
    const index = this.#index
    await this.#open(this.#label ?? '', () => index)
  }

  /** Closes the file that is open, and opens another, however long that fails. */
  async #open(label: string, findIndex: () => number): Promise<void> {
    this.#closeFile()
    while (!this.#file && !this.#isAbandoned) {
      try {
        await this.#openFile(label, findIndex())
      } catch (error) {
        this.#options.onTrouble(toPath(this.#options.file, label), error as Error)
        await new Promise(resolve => setTimeout(resolve, reopenMs))
      }
    }
  }

  async #openFile(label: string, index: number): Promise<void> {
    const path = toPath(this.#options.file, label, index)
    this.#file = await LogFile.open(path, error => this.#options.onTrouble(path, error))
    this.#label = label
    this.#index = index
    this.#hasOpened = true
    if (this.#options.fsync) syncFolder(dirname(path))
    this.#options.onOpen(path)
  }

  /** The number of the period's file to go on with. @throws the file system's error */
  #findIndex(label: string): number {
    const { file, rotate, maxBytes, isSealing } = this.#options
    const last = findLogs(file, rotate).findLast(log => log.label === label)
    if (!last) return 0
    const isFull = maxBytes > 0 && last.bytes >= maxBytes
    const isSealed = last.isCompressed || (isSealing && this.#hasOpened)
    return isFull || isSealed ? last.index + 1 : last.index
  }

  /** The old file is flushed to the disk while the new one is written. */
  #closeFile(): void {
    const file = this.#file
    if (!file) return
    this.#file = undefined
    this.#closing = Promise.all([this.#closing, file.close()])
  }
}

function noop(): void {}
