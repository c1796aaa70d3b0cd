import { toPath } from '../naming/log-path.ts'
import { FileRotator, reopenMs, type FileRotatorOptions } from './file-rotator.ts'
import type { LogFile } from './log-file.ts'
import { toWriteError } from './write-error.ts'
import { toPieces, WriteJoiner, WriteQueue, type Piece, type Source } from './write-queue.ts'

export interface RotatingLogOptions extends FileRotatorOptions {
  /** the period of the period that a record belongs to which comes now */
  periodNow: () => string
  /** what must be over before the first file is opened: another log may still have it */
  startAfter?: Promise<unknown>
  /** whether another log waits for a place among the open files */
  isCrowded?: () => boolean
  /** called before each write; where it throws, the write waits and it is called again */
  beforeWrite: (path: string, offset: number, pieces: readonly Piece[]) => void
  /** called when what was announced is in the file */
  afterWrite: () => void
  /** called when nothing is left to be written */
  onIdle?: () => void
}

/** After so many writes a log lets go of its file where others wait for one. */
const writesPerTurn = 16

/** All logs share it: few of them write at the same time. */
const joiner = new WriteJoiner()

/**
 * Appends to the file of the current calendar period. A record goes to the period in which it came,
 * and nothing goes to a new file before the old one has everything.
 */
export class RotatingLog {
  readonly #options: RotatingLogOptions
  readonly #rotator: FileRotator
  readonly #queue = new WriteQueue()
  #draining: Promise<void> | undefined
  #isAbandoned = false
  #isReopenDue = false
  /** writes since the file was opened */
  #writes = 0

  constructor(options: RotatingLogOptions) {
    this.#options = options
    this.#rotator = new FileRotator(options)
  }

  /** Opens the current file, so that a wrong path is known at once. @throws ERR_ZMQ_PUB_FILE */
  async start(): Promise<void> {
    const period = this.#options.periodNow()
    try {
      await this.#rotator.start(period)
    } catch (error) {
      this.abandon()
      throw toWriteError(toPath(this.#options.file, period), error)
    }
  }

  /** The file that is open, or is being opened. */
  get path(): string | undefined {
    return this.#rotator.path
  }

  /** Bytes taken and not yet written. */
  get pendingBytes(): number {
    return this.#queue.bytes
  }

  /** Whether something is being written, or waits for it. */
  get isBusy(): boolean {
    return this.#draining !== undefined
  }

  /** Whether the period of the file that is open is over. */
  get isPeriodOver(): boolean {
    return this.#rotator.file !== undefined && this.#rotator.period !== this.#options.periodNow()
  }

  /**
   * @param source undefined for lines that nobody acknowledges
   * @param onWritten called when the bytes are in the file; calls come in the order of the appends
   */
  append(bytes: Buffer, source: Source | undefined, onWritten: () => void = noop): void {
    this.#queue.push(this.#options.periodNow(), { bytes, source, onWritten })
    this.#draining ??= this.#drain()
  }

  /** Goes on in a new file of the same name, for those who have moved the old one away. */
  reopen(): void {
    if (!this.#rotator.file) return
    this.#isReopenDue = true
    this.#draining ??= this.#drain()
  }

  /** Reopens a file that was moved or deleted by somebody else. */
  reopenIfMoved(): void {
    if (this.#rotator.file?.wasMovedOrDeleted) this.reopen()
  }

  /** Resolves when all is written and on disk. */
  async close(): Promise<void> {
    await this.#draining
    if (this.#isAbandoned) return
    await this.#rotator.close()
  }

  /** Gives up what isn't written. */
  abandon(): void {
    this.#isAbandoned = true
    this.#rotator.abandon()
  }

  async #drain(): Promise<void> {
    if (this.#options.startAfter) await this.#options.startAfter
    await this.#reopenIfDue()
    for (let { period } = this.#queue; period !== undefined; { period } = this.#queue) {
      if (this.#isAbandoned) break
      await this.#reopenIfDue()
      await this.#writeNext(period)
      this.#yieldIfCrowded()
    }
    this.#draining = undefined // here, not in a then(): an append() in between would wait for ever
    this.#options.onIdle?.()
  }

  async #reopenIfDue(): Promise<void> {
    if (!this.#isReopenDue) return
    this.#isReopenDue = false
    if (this.#rotator.file) await this.#rotator.reopen()
  }

  /** A log that never runs dry gives others a turn. */
  #yieldIfCrowded(): void {
    if (++this.#writes < writesPerTurn || !this.#options.isCrowded?.()) return
    this.#writes = 0
    this.#rotator.closeFile()
    this.#options.slot?.release()
  }

  async #writeNext(period: string): Promise<void> {
    await this.#rotator.openPeriod(period)
    const next = this.#queue.takeNext()
    const file = await this.#rotator.rotateIfFull(next.bytes)
    if (!file) return
    if (next.bytes > 0) {
      await this.#announce(file, toPieces(next.writes))
      if (this.#isAbandoned) return
      const joined = joiner.join(next.writes)
      await file.write(joined)
      joiner.release(joined)
      if (this.#options.fsync) await file.sync()
      this.#options.afterWrite()
    }
    this.#queue.finish(next)
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
