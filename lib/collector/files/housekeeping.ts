import { replaceLink } from '../../util/fs.ts'
import { findLogs, type ListedLog } from '../naming/log-listing.ts'
import type { Compression } from '../naming/log-path.ts'
import type { Rotation } from '../time/calendar.ts'
import { Compressor } from './compression.ts'
import { deleteAll, findExpired, type RetentionOptions } from './retention.ts'

/** What may fail without stopping the log. */
export type HousekeepingAction = 'compress' | 'delete' | 'link' | 'look after closed files'

export interface HousekeeperOptions extends RetentionOptions {
  /** template of the logs' paths */
  file: string
  rotate: Rotation
  /** how closed files are compressed, '' for not at all */
  compress: Compression | ''
  /** ms since the epoch */
  now: () => number
  /** the period of the period that is on */
  periodNow: () => string
  /** the files that are open, or are being opened */
  paths: () => string[]
  /** Called before closed files are touched: from then on no write to them may be in doubt. */
  beforeSweep: () => void
  onDelete: (path: string) => void
  onTrouble: (action: HousekeepingAction, path: string, error: Error) => void
}

/** Files that are opened together are followed by one look at all. Unit: ms */
const sweepDelayMs = 100
/** Looking takes this part of the time at most. */
const maxSweepShare = 0.05
/** Files grow old though none is opened. Unit: ms */
const maxSweepPauseMs = 3_600_000

/**
 * What becomes of an output's files once they are closed: compressed, and deleted when they are too
 * many or too old. Trouble is said and never stops a log; the next file brings another try.
 */
export class Housekeeper {
  readonly #options: HousekeeperOptions
  readonly #compressor: Compressor
  #timer: NodeJS.Timeout | undefined
  #sweepAt = 0
  #sweepMs = 0
  #isClosed = false

  constructor(options: HousekeeperOptions) {
    this.#options = options
    this.#compressor = new Compressor(options.compress || 'gzip', (path, error) =>
      options.onTrouble('compress', path, error)
    )
  }

  /** Whether a closed file may no longer be written to. */
  isSealed(path: string): boolean {
    return this.#compressor.has(path)
  }

  /**
   * A file has been opened: others may be closed.
   * @param link path of the link to it, '' for none
   */
  schedule(path: string, link: string): void {
    if (link !== '') this.#link(path, link)
    this.#sweepIn(Math.max(sweepDelayMs, this.#sweepMs / maxSweepShare))
  }

  /** Looks after all files that are closed. */
  sweep(): void {
    const startedAt = performance.now()
    try {
      this.#options.beforeSweep()
      this.#processClosed(findLogs(this.#options.file, this.#options.rotate))
    } catch (error) {
      this.#options.onTrouble('look after closed files', this.#options.file, error as Error)
    }
    this.#sweepMs = performance.now() - startedAt
    this.#timer = undefined
    this.#sweepIn(maxSweepPauseMs)
  }

  /** Resolves when nothing is half done. */
  async close(): Promise<void> {
    const isDue =
      this.#timer !== undefined && this.#sweepAt < performance.now() + maxSweepPauseMs / 2
    clearTimeout(this.#timer)
    this.#isClosed = true
    if (isDue) this.sweep()
    await this.#compressor.close()
  }

  /** The sooner of two sweeps comes. */
  #sweepIn(ms: number): void {
    const { keepFiles, keepDays, keepBytes, compress } = this.#options
    const isNeeded = compress !== '' || keepFiles > 0 || keepDays > 0 || keepBytes > 0
    const at = performance.now() + ms
    if (!isNeeded || this.#isClosed || (this.#timer && this.#sweepAt <= at)) return
    clearTimeout(this.#timer)
    this.#sweepAt = at
    this.#timer = setTimeout(() => this.sweep(), ms).unref()
  }

  #processClosed(logs: readonly ListedLog[]): void {
    const { paths, periodNow, compress, now } = this.#options
    const period = periodNow()
    const inUse = new Set(paths())
    // The period's newest file of a log may be opened at any time, though it isn't now.
    const newest = new Set(new Map(logs.map(log => [log.log, log])).values())
    const isOpen = (log: ListedLog): boolean =>
      inUse.has(log.path) || (newest.has(log) && log.period === period)
    const expired = findExpired(logs, this.#options, isOpen, now())
    const gone = new Set(expired)
    const failed = new Set(
      deleteAll(expired).map(({ log, error }) => this.#reportFailed(log, error))
    )
    for (const log of expired) if (!failed.has(log)) this.#options.onDelete(log.path)
    if (compress === '') return
    for (const log of logs) {
      const isDone = log.isCompressed || isOpen(log) || gone.has(log)
      if (!isDone) this.#compressor.add(log.path)
    }
  }

  #reportFailed(log: ListedLog, error: Error): ListedLog {
    this.#options.onTrouble('delete', log.path, error)
    return log
  }

  #link(path: string, link: string): void {
    try {
      replaceLink(link, path)
    } catch (error) {
      this.#options.onTrouble('link', link, error as Error)
    }
  }
}
