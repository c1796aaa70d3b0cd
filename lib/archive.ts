import type { Rotation } from './calendar.ts'
import { Compressor } from './compression.ts'
import { replaceLink } from './file-system.ts'
import { baseFolderOf, findLogs, type LogName } from './log-name.ts'
import { deleteAll, findExpired, type RetentionOptions } from './retention.ts'

/** What may fail without stopping the log. */
export type ArchiveAction = 'compress' | 'delete' | 'link' | 'look after closed files'

export interface ArchiveOptions extends RetentionOptions {
  file: string
  rotate: Rotation
  compress: boolean
  /** a link to the file that is written, '' for none; relative to the log's folder */
  symlink: string
  /** ms since the epoch */
  now: () => number
  /** Called before closed files are touched: from then on no write to them may be in doubt. */
  settle: () => void
  onDelete: (path: string) => void
  onTrouble: (action: ArchiveAction, path: string, error: Error) => void
}

/**
 * What becomes of a log's files once they are closed: compressed, and deleted when they are too many
 * or too old. Trouble is said and never stops the log; the next file brings another try.
 */
export class Archive {
  readonly #options: ArchiveOptions
  readonly #compressor: Compressor

  constructor(options: ArchiveOptions) {
    this.#options = options
    this.#compressor = new Compressor((path, error) => options.onTrouble('compress', path, error))
  }

  /** @param current the file that has been opened: all others of the log are closed */
  tend(current: string): void {
    try {
      this.#link(current)
      const { keepFiles, keepDays, keepBytes, compress } = this.#options
      if (!compress && keepFiles === 0 && keepDays === 0 && keepBytes === 0) return
      this.#options.settle()
      this.#tendClosed(findLogs(this.#options.file, this.#options.rotate), current)
    } catch (error) {
      this.#options.onTrouble('look after closed files', current, error as Error)
    }
  }

  /** Resolves when nothing is half done. */
  async close(): Promise<void> {
    await this.#compressor.close()
  }

  #tendClosed(logs: readonly LogName[], current: string): void {
    const expired = findExpired(logs, this.#options, current, this.#options.now())
    const failed = new Set(deleteAll(expired).map(({ log, error }) => this.#say(log, error)))
    for (const log of expired) if (!failed.has(log)) this.#options.onDelete(log.path)
    if (!this.#options.compress) return
    for (const log of logs) {
      const isDone = log.isCompressed || log.path === current || expired.includes(log)
      if (!isDone) this.#compressor.add(log.path)
    }
  }

  #say(log: LogName, error: Error): LogName {
    this.#options.onTrouble('delete', log.path, error)
    return log
  }

  #link(current: string): void {
    const { symlink, file } = this.#options
    if (symlink === '') return
    try {
      replaceLink(baseFolderOf(file), symlink, current)
    } catch (error) {
      this.#options.onTrouble('link', symlink, error as Error)
    }
  }
}
