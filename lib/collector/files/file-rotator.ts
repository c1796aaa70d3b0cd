import { dirname } from 'node:path'
import { isOutOfDescriptors } from '../../util/descriptors.ts'
import { makeFolder, makeSyncedFolder, syncFolder } from '../../util/fs.ts'
import { findNewest, type LogIndexes } from '../naming/log-indexes.ts'
import { toPath } from '../naming/log-path.ts'
import type { InlineWrites } from './inline-writes.ts'
import { LogFile } from './log-file.ts'

/** Pause between two attempts to open a file, or to announce a write. Unit: ms */
export const reopenMs = 1000

/** What a FileRotator needs to know, and to tell. */
export interface FileRotatorOptions {
  /** Template with no placeholders but those of the period, see `toPath`. */
  file: string
  /** A file that would become larger is followed by another of the same period; 0 = no limit. Unit: bytes */
  maxBytes: number
  /** The numbers of the files in the log's folders; shared by all logs of a template. */
  indexes: LogIndexes
  /** Whether a closed file may no longer be written, because it is being compressed. */
  isSealed: (path: string) => boolean
  /** Permissions of new files and folders; undefined = as the umask says. */
  fileMode?: number | undefined
  dirMode?: number | undefined
  /** Whether a write is complete only when it is on disk. */
  fsync: boolean
  /** Which writes are made on the main thread; undefined = none. */
  inlineWrites?: InlineWrites
  /** A slot among the open files: acquired (and awaited) before a file is opened, released where it can't be opened. */
  slot?: {
    acquire: () => Promise<void>
    release: () => void
    /** closes another file where the process has no descriptor left; whether it could */
    closeIdle: () => Promise<boolean>
  }
  /** Called before a file is opened, and awaited. If it throws, the file isn't opened, and it is called again later. */
  beforeOpen: (path: string) => void | Promise<void>
  /** Called when a file is open. */
  onOpen: (path: string) => void
  /** Called for each failed attempt to open, write or sync a file; the attempt is repeated. */
  onTrouble: (path: string, error: Error) => void
  /** Called when the disk refused to sync a file that is closed: without `fsync` its last lines may be gone. */
  onUnsynced: (path: string, error: Error) => void
}

/** The files of one log, of which at most one is open. */
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

  /** Period of the file that was opened last. */
  get period(): string | undefined {
    return this.#period
  }

  /** Opens the period's file, with a single attempt, so that a wrong path is known at once. @throws the file system's error */
  async start(period: string): Promise<void> {
    await this.#options.slot?.acquire()
    try {
      await this.#openFile(period)
    } catch (error) {
      this.#path = undefined
      this.#options.slot?.release()
      throw error
    }
  }

  /**
   * Opens the period's file unless it is open; tries again until it succeeds.
   * @returns the open file; undefined if the log was abandoned meanwhile
   */
  async openPeriod(period: string): Promise<LogFile | undefined> {
    if (!this.#file || this.#period !== period) await this.#open(period)
    return this.#file
  }

  /** Bytes that a file may have; Infinity where that isn't limited. */
  get maxBytes(): number {
    return this.#options.maxBytes || Number.POSITIVE_INFINITY
  }

  /** Bytes that fit into the open file. */
  get room(): number {
    return this.maxBytes === Number.POSITIVE_INFINITY
      ? this.maxBytes
      : this.maxBytes - this.#readSize()
  }

  /**
   * Opens the period's next file if the open one would exceed `maxBytes`; an empty file never does.
   * @param bytes size of the next write
   * @returns the open file; undefined if the log was abandoned meanwhile
   */
  async rotateIfFull(bytes: number): Promise<LogFile | undefined> {
    const { maxBytes } = this.#options
    const size = maxBytes > 0 ? this.#readSize() : 0
    if (size > 0 && size + bytes > maxBytes) {
      await this.#open(this.#period ?? '', this.#index + 1)
    }
    return this.#file
  }

  /**
   * Gives the open file up, because the disk refused to sync it, and opens the period's next one. An
   * empty file is opened again after a pause: a disk that refuses for an hour must not leave thousands.
   * @returns the open file; undefined if the log was abandoned meanwhile
   */
  async replaceFile(): Promise<LogFile | undefined> {
    const isEmpty = this.#readSize() === 0
    if (isEmpty) await new Promise(resolve => setTimeout(resolve, reopenMs))
    const index = isEmpty ? this.#index : this.#index + 1
    await this.#open(this.#period ?? '', index)
    return this.#file
  }

  /** Closes the file and opens one with the same path: a new file if the old one was moved away. */
  async reopen(): Promise<void> {
    await this.#open(this.#period ?? '', this.#index)
  }

  /** Closes the open file in the background; another may be opened at once. */
  closeFile(): void {
    const file = this.#file
    this.#path = undefined
    if (!file) return
    this.#file = undefined
    const onUnsynced = (error: Error): void => this.#options.onUnsynced(file.path, error)
    const closing = file.close(this.#options.fsync ? undefined : onUnsynced)
    this.#closing = Promise.all([this.#closing, closing])
  }

  /** Resolves when all files are on disk and closed. */
  async close(): Promise<void> {
    this.closeFile()
    await this.#closing
  }

  /** Stops at once; what isn't written is lost. */
  abandon(): void {
    this.#isAbandoned = true
    this.#file?.abandon()
  }

  /** Closes another log's file if the error is a lack of descriptors. @returns whether it is worth trying again at once */
  async closeIdle(error: unknown): Promise<boolean> {
    return isOutOfDescriptors(error) && (await this.#options.slot?.closeIdle()) === true
  }

  /** Size of the open file, 0 where it can't be read. Unit: bytes */
  #readSize(): number {
    try {
      return this.#file?.readSize() ?? 0
    } catch {
      return 0
    }
  }

  /** @param index number of the file; by default that of the last one, or of the next */
  async #open(period: string, index?: number): Promise<void> {
    this.closeFile()
    while (!this.#file && !this.#isAbandoned) {
      await this.#options.slot?.acquire()
      try {
        await this.#openFile(period, index)
      } catch (error) {
        this.#path = undefined
        this.#options.slot?.release()
        if (await this.closeIdle(error)) continue
        this.#options.onTrouble(toPath(this.#options.file, period), error as Error)
        await new Promise(resolve => setTimeout(resolve, reopenMs))
      }
    }
  }

  async #openFile(period: string, given?: number): Promise<void> {
    const { file: template, indexes, fileMode, dirMode, onTrouble, inlineWrites } = this.#options
    const highest = given === undefined && (await indexes.read(template, period))
    const index = highest ? this.#chooseIndex(highest, period) : (given ?? 0)
    const path = toPath(this.#options.file, period, index)
    this.#path = path // set before the next await: housekeeping must not take the file for closed
    await this.#options.beforeOpen(path)
    const folder = dirname(path)
    if (this.#options.fsync) makeSyncedFolder(folder, dirMode)
    else if (dirMode !== undefined) makeFolder(folder, dirMode)
    const onFileTrouble = (error: Error): void => onTrouble(path, error)
    const file = await LogFile.open(path, onFileTrouble, fileMode, inlineWrites)
    try {
      if (this.#options.fsync) syncFolder(folder)
    } catch (error) {
      file.abandon()
      throw error
    }
    this.#file = file
    this.#period = period
    this.#index = index
    indexes.note(template, period, index)
    this.#options.onOpen(path)
  }

  /** Number of the period's file to append to. @throws the file system's error */
  #chooseIndex(highest: ReadonlyMap<string, number>, period: string): number {
    const { file, maxBytes, isSealed } = this.#options
    const newest = findNewest(highest, file, period)
    if (!newest) return 0
    const isFull = maxBytes > 0 && newest.bytes >= maxBytes
    return isFull || newest.isCompressed || isSealed(newest.path) ? newest.index + 1 : newest.index
  }
}
