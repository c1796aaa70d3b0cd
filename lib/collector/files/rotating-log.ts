import { Deque } from '../../util/queue.ts'
import { toPath } from '../naming/log-path.ts'
import { FileSeries, reopenMs, type FileSeriesOptions } from './file-rotator.ts'
import type { LogFile } from './log-file.ts'
import { unwritable } from './write-error.ts'
import {
  ChunkJoiner,
  takeChunks,
  toPieces,
  type Chunk,
  type Piece,
  type Source
} from './write-queue.ts'

export interface RotatingLogOptions extends FileSeriesOptions {
  /** the label of the period that a record belongs to which comes now */
  labelNow: () => string
  /** what must be over before the first file is opened: another log may still have it */
  after?: Promise<unknown>
  /** whether another log waits for a place among the open files */
  isCrowded?: () => boolean
  /** called before each write; where it throws, the write waits and it is called again */
  beforeWrite: (path: string, offset: number, pieces: readonly Piece[]) => void
  /** called when what was announced is in the file */
  afterWrite: () => void
  /** called when nothing is left to be written */
  onIdle?: () => void
}

/** What waits for one period's file. */
interface Pending {
  label: string
  chunks: Deque<Chunk>
}

/** After so many writes a log lets go of its file where others wait for one. */
const writesPerTurn = 16

/** All logs share it: few of them write at the same time. */
const joiner = new ChunkJoiner()

/**
 * Appends to the file of the current calendar period. A record goes to the period in which it came,
 * and nothing goes to a new file before the old one has everything.
 */
export class RotatingLog {
  readonly #options: RotatingLogOptions
  readonly #series: FileSeries
  readonly #pending = new Deque<Pending>()
  #newest: Pending | undefined
  #pendingBytes = 0
  #draining: Promise<void> | undefined
  #isAbandoned = false
  #isReopenDue = false
  /** writes since the file was opened */
  #writes = 0

  constructor(options: RotatingLogOptions) {
    this.#options = options
    this.#series = new FileSeries(options)
  }

  /** Opens the current file, so that a wrong path is known at once. @throws ERR_ZMQ_PUB_FILE */
  async start(): Promise<void> {
    const label = this.#options.labelNow()
    try {
      await this.#series.start(label)
    } catch (error) {
      this.abandon()
      throw unwritable(toPath(this.#options.file, label), error)
    }
  }

  /** The file that is open, or is being opened. */
  get path(): string | undefined {
    return this.#series.path
  }

  /** Bytes taken and not yet written. */
  get pendingBytes(): number {
    return this.#pendingBytes
  }

  /** Whether something is being written, or waits for it. */
  get isBusy(): boolean {
    return this.#draining !== undefined
  }

  /** Whether the period of the file that is open is over. */
  get isOver(): boolean {
    return this.#series.file !== undefined && this.#series.label !== this.#options.labelNow()
  }

  /**
   * @param source undefined for lines that nobody acknowledges
   * @param onWritten called when the bytes are in the file; calls come in the order of the appends
   */
  append(bytes: Buffer, source: Source | undefined, onWritten: () => void = noop): void {
    const label = this.#options.labelNow()
    if (this.#newest?.label !== label) {
      this.#newest = { label, chunks: new Deque() }
      this.#pending.push(this.#newest)
    }
    this.#newest.chunks.push({ bytes, source, onWritten })
    this.#pendingBytes += bytes.length
    this.#draining ??= this.#drain()
  }

  /** Goes on in a new file of the same name, for those who have moved the old one away. */
  reopen(): void {
    if (!this.#series.file) return
    this.#isReopenDue = true
    this.#draining ??= this.#drain()
  }

  /** Reopens a file that was moved or deleted by somebody else. */
  reopenIfMoved(): void {
    if (this.#series.file?.isElsewhere) this.reopen()
  }

  /** Resolves when all is written and on disk. */
  async close(): Promise<void> {
    await this.#draining
    if (this.#isAbandoned) return
    await this.#series.close()
  }

  /** Gives up what isn't written. */
  abandon(): void {
    this.#isAbandoned = true
    this.#series.abandon()
  }

  async #drain(): Promise<void> {
    if (this.#options.after) await this.#options.after
    await this.#reopenIfDue()
    for (let pending = this.#pending.first; pending; pending = this.#pending.first) {
      if (this.#isAbandoned) break
      if (pending.chunks.length > 0) {
        await this.#reopenIfDue()
        await this.#writeChunk(pending)
        this.#yieldIfCrowded()
      } else if (pending === this.#newest) {
        break
      } else {
        this.#pending.shift()
      }
    }
    this.#draining = undefined // here, not in a then(): an append() in between would wait for ever
    this.#options.onIdle?.()
  }

  async #reopenIfDue(): Promise<void> {
    if (!this.#isReopenDue) return
    this.#isReopenDue = false
    if (this.#series.file) await this.#series.reopen()
  }

  /** A log that never runs dry gives others a turn. */
  #yieldIfCrowded(): void {
    if (++this.#writes < writesPerTurn || !this.#options.isCrowded?.()) return
    this.#writes = 0
    this.#series.closeFile()
    this.#options.place?.leave()
  }

  async #writeChunk(pending: Pending): Promise<void> {
    await this.#series.goTo(pending.label)
    const { chunks, bytes } = takeChunks(pending.chunks)
    const file = await this.#series.makeRoom(bytes)
    if (!file) return
    if (bytes > 0) {
      await this.#announce(file, toPieces(chunks))
      if (this.#isAbandoned) return
      const joined = joiner.join(chunks)
      await file.write(joined)
      joiner.giveBack(joined)
      if (this.#options.fsync) await file.sync()
      this.#options.afterWrite()
    }
    this.#pendingBytes -= bytes
    for (const { onWritten } of chunks) onWritten()
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
}

function noop(): void {}
