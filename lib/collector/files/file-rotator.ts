import { dirname } from 'node:path'
import { syncFolder } from '../../util/fs.ts'
import { findLogs } from '../naming/log-listing.ts'
import { toPath } from '../naming/log-path.ts'
import type { Rotation } from '../time/calendar.ts'
import { LogFile } from './log-file.ts'

/** Pause between two tries to open a file. Unit: ms */
export const reopenMs = 1000

export interface FileRotatorOptions {
  /** path with the period's placeholders at most, see `toPath` */
  file: string
  rotate: Rotation
  /** A file that would become larger is followed by another of the same period; 0 = never. Unit: bytes */
  maxBytes: number
  /** whether a file that was closed may no longer be written to: it is being compressed */
  isSealed: (path: string) => boolean
  /** whether a write counts only when it is on disk */
  fsync: boolean
  /** a place among the open files: `enter` is called before a file is opened, and waited for; `leave` where it can't be */
  slot?: { acquire: () => Promise<void>; release: () => void }
  /** called before a file is opened, and waited for; where it throws, the file isn't opened, and it is called again */
  beforeOpen: (path: string) => void | Promise<void>
  onOpen: (path: string) => void
  onTrouble: (path: string, error: Error) => void
}

/** The files of one log: one of them is open at most, and is written. */
export class FileRotator {
  readonly #options: FileRotatorOptions
  #file: LogFile | undefined
  #path: string | undefined
  #period: string | undefined
  #index = 0
  #closing: Promise<unknown> = Promise.resolve()
  #isAbandoned = false

  constructor(options: FileRotatorOptions) {
    this.#options = options
  }

  /** The file that is open. */
  get file(): LogFile | undefined {
    return this.#file
  }

  /** Path of the file that is open, or is being opened. */
  get path(): string | undefined {
    return this.#path
  }

  /** The period of the file that was opened last. */
  get period(): string | undefined {
    return this.#period
  }

  /** Opens the period's file, so that a wrong path is known at once. @throws the file system's error */
  async start(period: string): Promise<void> {
    await this.#options.slot?.acquire()
    await this.#openFile(period, this.#findIndex(period))
  }

  /**
   * Opens the period's file where another is open or none, however long that fails.
   * @returns undefined where the log has been abandoned meanwhile
   */
  async openPeriod(period: string): Promise<LogFile | undefined> {
    if (!this.#file || this.#period !== period)
      await this.#open(period, () => this.#findIndex(period))
    return this.#file
  }

  /** Begins the period's next file where this one would become too large. */
  async rotateIfFull(bytes: number): Promise<LogFile | undefined> {
    const { maxBytes } = this.#options
    const size = maxBytes > 0 ? this.#size : 0
    if (size > 0 && size + bytes > maxBytes) {
      await this.#open(this.#period ?? '', () => this.#index + 1)
    }
    return this.#file
  }

  /** Goes on in a new file of the same name, for those who have moved the old one away. */
  async reopen(): Promise<void> {
    const index = this.#index
    await this.#open(this.#period ?? '', () => index)
  }

  /** The file is flushed to the disk while another is written. */
  closeFile(): void {
    const file = this.#file
    this.#path = undefined
    if (!file) return
    this.#file = undefined
    this.#closing = Promise.all([this.#closing, file.close()])
  }

  /** Resolves when all is on disk and closed. */
  async close(): Promise<void> {
    this.closeFile()
    await this.#closing
  }

  /** Gives up what isn't written. */
  abandon(): void {
    this.#isAbandoned = true
    this.#file?.abandon()
  }

  /** Unit: bytes, 0 where it can't be known now */
  get #size(): number {
    try {
      return this.#file?.size ?? 0
    } catch {
      return 0
    }
  }

  async #open(period: string, findIndex: () => number): Promise<void> {
    this.closeFile()
    while (!this.#file && !this.#isAbandoned) {
      await this.#options.slot?.acquire()
      try {
        await this.#openFile(period, findIndex())
      } catch (error) {
        this.#path = undefined
        this.#options.slot?.release()
        this.#options.onTrouble(toPath(this.#options.file, period), error as Error)
        await new Promise(resolve => setTimeout(resolve, reopenMs))
      }
    }
  }

  async #openFile(period: string, index: number): Promise<void> {
    const path = toPath(this.#options.file, period, index)
    this.#path = path // from now on, before anybody else decides that the file is closed
    await this.#options.beforeOpen(path)
    this.#file = await LogFile.open(path, error => this.#options.onTrouble(path, error))
    this.#period = period
    this.#index = index
    if (this.#options.fsync) syncFolder(dirname(path))
    this.#options.onOpen(path)
  }

  /** The number of the period's file to go on with. @throws the file system's error */
  #findIndex(period: string): number {
    const { file, rotate, maxBytes, isSealed } = this.#options
    const last = findLogs(file, rotate).findLast(log => log.period === period)
    if (!last) return 0
    const isFull = maxBytes > 0 && last.bytes >= maxBytes
    return isFull || last.isCompressed || isSealed(last.path) ? last.index + 1 : last.index
  }
}
