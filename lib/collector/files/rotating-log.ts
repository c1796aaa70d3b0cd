import { isNoSpace } from '../../util/fs.ts'
import { toPath } from '../naming/log-path.ts'
import { FileRotator, reopenMs, type FileRotatorOptions } from './file-rotator.ts'
import type { LogFile } from './log-file.ts'
import { toWriteError } from './write-error.ts'
import type { WriteJournal } from './write-journal.ts'
import { toPieces, WriteJoiner, WriteQueue, type JoinedWrite, type Source } from './write-queue.ts'

/** What a RotatingLog needs to know, and to tell. */
export interface RotatingLogOptions extends FileRotatorOptions {
  /** The current period: that of records appended now. */
  periodNow: () => string
  /** Awaited before the first write: until then another log may have the file open. */
  startAfter?: Promise<unknown>
  /** Whether another log waits for a slot among the open files. */
  isCrowded?: () => boolean
  journal: WriteJournal
  /**
   * Called when a write has succeeded after trouble.
   * @param path as in the first call of `onTrouble` @param troubleMs since then @param waitingBytes what waits by now
   */
  onRecovery: (path: string, troubleMs: number, waitingBytes: number) => void
  /** Called when nothing is left to write. */
  onIdle?: () => void
}

/** Above this many waiting bytes a log begins to write without a `flush`. Unit: bytes */
const muchBytes = 256 * 1024

/** After this number of writes a log closes its file if other logs wait for a slot. */
const writesPerTurn = 16

/** Shared by all logs, since few of them write at the same time. */
const joiner = new WriteJoiner()

/**
 * Appends to the file of the current period. A record belongs to the period in which it was appended;
 * nothing is written to a new file before everything is in the old one.
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
  /** the first failure since the last write that succeeded; `at` as of performance.now() */
  #trouble: { path: string; at: number; error: Error } | undefined
  /** attempts that have failed */
  #failures = 0

  constructor(options: RotatingLogOptions) {
    const onTrouble = (path: string, error: Error): void => {
      this.#trouble ??= { path, at: performance.now(), error }
      this.#failures++
      options.onTrouble(path, error)
    }
    this.#options = { ...options, onTrouble }
    this.#rotator = new FileRotator(this.#options)
  }

  /**
   * Opens the current file, with a single attempt, so that a wrong path is known at once. A full disk is
   * only reported: then the file is opened when there is something to write.
   * @throws ERR_ZMQ_PUB_FILE
   */
  async start(): Promise<void> {
    const period = this.#options.periodNow()
    try {
      await this.#rotator.start(period)
    } catch (error) {
      if (isNoSpace(error)) {
        // As while it runs: it waits for room, which retention may make.
        return this.#options.onTrouble(toPath(this.#options.file, period), error as Error)
      }
      this.abandon()
      throw toWriteError(toPath(this.#options.file, period), error)
    }
  }

  /** Path of the file that is open, or being opened. */
  get path(): string | undefined {
    return this.#rotator.path
  }

  /** Whether something is being written or reopened, or waits for it. */
  get isBusy(): boolean {
    return this.#draining !== undefined || this.#queue.findPeriod() !== undefined
  }

  /** Why the last attempts to open, announce, write or sync have failed: the first error; undefined where the last one succeeded. */
  get trouble(): Error | undefined {
    return this.#trouble?.error
  }

  /** Whether the open file belongs to another period than the current one. */
  get isPeriodOver(): boolean {
    return this.#rotator.file !== undefined && this.#rotator.period !== this.#options.periodNow()
  }

  /**
   * Queues lines, which `flush` begins to write, so that those that come together are one write. Much is
   * written at once.
   * @param bytes whole lines
   * @param source whose records they are; undefined for lines that need no ack
   * @param onWritten called when the bytes are in the file, in the order of the appends
   */
  append(bytes: Buffer, source: Source | undefined, onWritten: () => void = noop): void {
    this.#queue.push(this.#options.periodNow(), { bytes, source, onWritten })
    if (this.#queue.bytes > muchBytes) this.flush()
  }

  /** Begins to write what was appended. */
  flush(): void {
    if (this.#queue.findPeriod() !== undefined) this.#draining ??= this.#drain()
  }

  /** Reopens the file's path before the next write: a new file if the old one was moved away. */
  reopen(): void {
    if (!this.#rotator.file) return
    this.#isReopenDue = true
    this.#draining ??= this.#drain()
  }

  /**
   * Reopens the file if it was moved or deleted by another program. A look that succeeds also ends trouble while nothing waits to be written:
   * otherwise a log to which nobody writes would stay in trouble for ever.
   */
  reopenIfMoved(): void {
    const { file } = this.#rotator
    if (!file) return
    const failures = this.#failures
    if (file.wasMovedOrDeleted()) this.reopen()
    else if (this.#failures === failures && !this.isBusy) this.#endTrouble()
  }

  /** Resolves when everything is written and on disk. */
  async close(): Promise<void> {
    this.flush()
    await this.#draining
    if (this.#isAbandoned) return
    await this.#rotator.close()
  }

  /** Stops at once; what isn't written is lost. */
  abandon(): void {
    this.#isAbandoned = true
    this.#rotator.abandon()
  }

  async #drain(): Promise<void> {
    if (this.#options.startAfter) await this.#options.startAfter
    await this.#reopenIfDue()
    for (;;) {
      const period = this.#queue.findPeriod()
      if (period === undefined || this.#isAbandoned) break
      await this.#reopenIfDue()
      await this.#writeNext(period)
      await this.#yieldIfCrowded()
    }
    this.#draining = undefined // not in a then(): an append() in between would never be written
    this.#options.onIdle?.()
  }

  async #reopenIfDue(): Promise<void> {
    if (!this.#isReopenDue) return
    this.#isReopenDue = false
    if (this.#rotator.file) await this.#reopen()
  }

  /** Gives other logs a turn, even if this one always has something to write. */
  async #yieldIfCrowded(): Promise<void> {
    if (++this.#writes < writesPerTurn || !this.#options.isCrowded?.()) return
    this.#writes = 0
    await this.#rotator.close()
    this.#options.slot?.release()
  }

  async #writeNext(period: string): Promise<void> {
    await this.#rotator.openPeriod(period)
    const { room, maxBytes } = this.#rotator
    const next = this.#queue.takeNext(room, maxBytes)
    let file = await this.#rotator.rotateIfFull(next.bytes)
    while (file && next.bytes > 0 && !(await this.#write(file, next))) file = this.#rotator.file
    if (file && !this.#isAbandoned) this.#queue.finish(next)
  }

  /**
   * Writes to a file, on a line of its own.
   * @returns false where another file was opened instead; the write is in no file then, and must go to that one
   */
  async #write(file: LogFile, next: JoinedWrite): Promise<boolean> {
    if (file.endsMidLine && !(await this.#writeOnce(file, lineEnd))) return false
    return this.#writeOnce(file, next)
  }

  async #writeOnce(file: LogFile, { writes }: JoinedWrite): Promise<boolean> {
    const isLeft = (): boolean => this.#isReopenDue || file.wasMovedOrDeleted()
    let offset = 0
    const announce = (): void => {
      offset = file.readSize()
      this.#options.journal.before(file.path, offset, toPieces(writes))
    }
    if (!(await this.#persist(file, announce, isLeft))) {
      await this.#reopen()
      return false
    }
    if (this.#isAbandoned) return true
    const joined = joiner.join(writes)
    const isWritten = await file.write(joined, isLeft)
    joiner.release(joined)
    const isSynced = isWritten && (!this.#options.fsync || (await file.sync()))
    if (isSynced) {
      this.#options.journal.after()
      this.#endTrouble()
      return true
    }
    await file.cutTo(offset)
    // Closed before the journal needs room: this may be the file that was deleted to make some.
    if (!isWritten) file.abandon()
    await this.#persist(file, () => this.#options.journal.withdraw())
    await (isWritten ? this.#rotator.replaceFile() : this.#reopen())
    return false
  }

  #endTrouble(): void {
    if (!this.#trouble) return
    const { path, at } = this.#trouble
    this.#trouble = undefined
    this.#options.onRecovery(path, performance.now() - at, this.#queue.bytes)
  }

  async #reopen(): Promise<void> {
    this.#isReopenDue = false
    await this.#rotator.reopen()
  }

  /** Calls `act`, which changes the journal, until it succeeds. @returns false where `mustGiveUp` ends that */
  async #persist(
    file: LogFile,
    act: () => void,
    mustGiveUp: () => boolean = () => false
  ): Promise<boolean> {
    while (!this.#isAbandoned) {
      try {
        act()
        return true
      } catch (error) {
        if (await this.#rotator.closeIdle(error)) continue
        this.#options.onTrouble(file.path, error as Error)
        await new Promise(resolve => setTimeout(resolve, reopenMs))
        if (mustGiveUp()) return false
      }
    }
    return true
  }
}

function noop(): void {}

/** Ends half a line that somebody else has left in a file. */
const lineEnd: JoinedWrite = {
  writes: [{ bytes: Buffer.from('\n'), source: undefined, onWritten: noop }],
  bytes: 1
}
