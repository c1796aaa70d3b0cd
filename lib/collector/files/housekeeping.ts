import { resolve } from 'node:path'
import { replaceLink } from '../../util/fs.ts'
import type { FactSettings } from '../blocks/line-facts.ts'
import { findLogs, type ListedIndex, type ListedLog } from '../naming/log-listing.ts'
import { baseFolderOf, type Compression } from '../naming/log-path.ts'
import type { Rotation } from '../time/calendar.ts'
import { ClockCheck } from './clock-check.ts'
import { ClosedFileThread } from './closed-file-thread.ts'
import { FreshFiles, freshMs } from './fresh-files.ts'
import { ListedIndexes, type IndexTasks } from './listed-indexes.ts'
import {
  deleteAll,
  deleteIfPossible,
  findExpired,
  removeEmptyFolders,
  type RetentionOptions
} from './retention.ts'
import { SweepPace } from './sweep-pace.ts'

/** A task that may fail without stopping the log, as messages name it. */
export type HousekeepingAction =
  'compress' | 'delete' | 'index' | 'link' | 'look after closed files'

/** What a Housekeeper needs to know, and to tell. */
export interface HousekeeperOptions extends RetentionOptions, FactSettings {
  /** Template of the logs' paths. */
  file: string
  /** How long a period is. */
  rotate: Rotation
  /** How closed files are compressed; '' = not at all. */
  compress: Compression | ''
  /** The current time. Unit: ms since the epoch */
  now: () => number
  /** The period of a time. @param timeMs ms since the epoch */
  periodAt: (timeMs: number) => string
  /** Paths of the files that are open, or being opened. */
  paths: () => readonly string[]
  /** Absolute paths of the files that a restart would look at: they are neither deleted nor compressed. */
  filesInDoubt: () => ReadonlySet<string>
  /** Called before one of these would be deleted or compressed: afterwards a restart looks only at files that are being written. May throw. */
  settle: () => void
  /** Whether others may still compress files of the same logs: then none is compressed. */
  isShared: () => boolean
  /** Called for each file that was deleted. */
  onDelete: (path: string) => void
  /** Called for each task that failed; it is tried again in the next sweep. */
  onTrouble: (action: HousekeepingAction, path: string, error: Error) => void
}

/** How long a sweep waits for further files to be opened. Unit: ms */
const sweepDelayMs = 100
/** The largest part of the time that sweeps may take. */
const maxSweepShare = 0.05
/** The same where all that a sweep can do is to find files without an index. */
const maxIndexingShare = 0.01
/** After an index could not be written, none is written for this time: a full disk would have files read again and again. Unit: ms */
const indexingPauseMs = 3_600_000
/** When the log is closed, a sweep is given up after this time. Unit: ms */
const closeTimeoutMs = 2000
/** Longest pause between two sweeps: files expire even if none is opened. Unit: ms */
const maxSweepPauseMs = 3_600_000
/** Files of periods that begin within this time are neither deleted nor do they push out others. Unit: ms */
const soonMs = 86_400_000

/**
 * Looks after an output's closed files: compresses them, deletes those beyond the retention limits, gives the others an
 * index, and keeps the link to the current file. A failure is reported and never stops the log.
 */
export class Housekeeper {
  readonly #options: HousekeeperOptions
  readonly #thread: ClosedFileThread
  readonly #clock: ClockCheck
  readonly #fresh = new FreshFiles()
  #timer: NodeJS.Timeout | undefined
  /** When the timer fires, as of performance.now(). Unit: ms */
  #sweepDueMs = 0
  /** What the last sweep cost. Unit: ms */
  #sweepMs = 0
  #sweeping: Promise<void> | undefined
  /** Whether files were closed since the sweep under way began. */
  #isAnotherDue = false
  #isClosed = false
  /** Until then no index is written, as of performance.now(). Unit: ms */
  #indexAgainAt = 0
  readonly #abort = new AbortController()

  /** Schedules nothing before the first call of `schedule`. */
  constructor(options: HousekeeperOptions) {
    this.#options = options
    this.#clock = new ClockCheck(options.rotate)
    this.#thread = new ClosedFileThread(options, (action, path, error) => {
      if (action === 'index') this.#indexAgainAt = performance.now() + indexingPauseMs
      options.onTrouble(action, path, error)
    })
  }

  /** Whether a closed file may no longer be written, because it is being compressed. */
  isSealed(path: string): boolean {
    return this.#thread.isSealed(path)
  }

  /**
   * Schedules a sweep. Call it when a file was opened: others may have been closed.
   * @param path of the file that was opened
   * @param link path of the link to set to it; '' = none
   */
  schedule(path: string, link: string): void {
    if (link !== '') this.#link(path, link)
    this.#sweepIn(sweepDelayMs)
  }

  /** Deletes, compresses and indexes closed files. Reports failures by `onTrouble`. */
  async sweep(): Promise<void> {
    const { file, rotate, onTrouble } = this.#options
    const { signal } = this.#abort
    const pace = new SweepPace(() => this.#isClosed)
    let nextMs = maxSweepPauseMs
    try {
      const onSkip = (folder: string, error: Error): void =>
        onTrouble('look after closed files', folder, error)
      const indexes = new ListedIndexes()
      const onIndex = (index: ListedIndex): void => indexes.add(index)
      const pause = (): Promise<void> | undefined => pace.pause()
      const logs = await findLogs(file, rotate, { pause, signal, onSkip, onIndex })
      const tasks = await indexes.compare(logs, pause)
      if (!this.#processClosed(logs, tasks)) nextMs = freshMs
    } catch (error) {
      if (!signal.aborted) onTrouble('look after closed files', file, error as Error)
    }
    this.#sweepMs = pace.workedMs
    if (this.#isAnotherDue) nextMs = sweepDelayMs
    this.#isAnotherDue = false
    this.#sweepIn(nextMs)
  }

  /** Stops: others look after the files from now on. Resolve `close` then. */
  retire(): void {
    this.#isClosed = true
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#abort.abort()
    void this.#thread.close()
  }

  /** Runs the sweep that is due soon, and resolves when no file is half done. */
  async close(): Promise<void> {
    const isDue =
      this.#timer !== undefined && this.#sweepDueMs < performance.now() + maxSweepPauseMs / 2
    clearTimeout(this.#timer)
    this.#isClosed = true
    const timeout = setTimeout(() => this.#abort.abort(), closeTimeoutMs)
    await this.#sweeping
    if ((isDue || this.#isAnotherDue) && !this.#isOnlyIndexing) await this.sweep()
    clearTimeout(timeout)
    await this.#thread.close()
  }

  /** Whether files are neither compressed nor deleted. */
  get #isOnlyIndexing(): boolean {
    const { keepFiles, keepDays, keepBytes, compress } = this.#options
    return compress === '' && keepFiles === 0 && keepDays === 0 && keepBytes === 0
  }

  /** Schedules a sweep unless an earlier one is scheduled. It may be later than wanted: sweeps take only so much time. */
  #sweepIn(wantedMs: number): void {
    const maxShare = this.#isOnlyIndexing ? maxIndexingShare : maxSweepShare
    const delayMs = Math.max(wantedMs, this.#sweepMs / maxShare)
    const dueMs = performance.now() + delayMs
    if (this.#isClosed || (this.#timer && this.#sweepDueMs <= dueMs)) return
    clearTimeout(this.#timer)
    this.#sweepDueMs = dueMs
    this.#timer = setTimeout(() => this.#sweepNow(), delayMs).unref()
  }

  #sweepNow(): void {
    this.#timer = undefined
    if (this.#sweeping) this.#isAnotherDue = true
    else this.#sweeping = this.sweep().finally(() => (this.#sweeping = undefined))
  }

  /** @returns false where a closed file is still fresh: another sweep may delete or index it */
  #processClosed(logs: readonly ListedLog[], tasks: IndexTasks): boolean {
    const { compress, isShared, onDelete } = this.#options
    const { isOpen, isFresh, ...facts } = this.#judge(logs)
    const expired = new Set(findExpired(logs, this.#options, facts))
    const settled = this.#settle([...expired])
    const failed = new Set(
      deleteAll(settled).map(({ log, error }) => this.#reportFailed(log, error))
    )
    const deleted = settled.filter(log => !failed.has(log))
    for (const log of deleted) onDelete(log.path)
    for (const { path } of tasks.orphans) deleteIfPossible(path)
    const emptied = [...deleted, ...tasks.orphans]
    removeEmptyFolders(emptied, baseFolderOf(this.#options.file), this.#options.paths())
    const closed = logs.filter(log => !log.isCompressed && !isOpen(log) && !expired.has(log))
    if (isShared()) this.#thread.plan([])
    else if (compress === '') this.#planIndexes(closed, tasks, isFresh)
    else {
      const jobs = this.#settle(closed).map(({ path }) => ({ path, format: compress }))
      this.#thread.plan(jobs)
    }
    return !logs.some(log => isFresh(log) && !isOpen(log))
  }

  /** The newest files get their index first: years of old ones take hours, at their pace. */
  #planIndexes(
    closed: readonly ListedLog[],
    { missing, old }: IndexTasks,
    isFresh: (log: ListedLog) => boolean
  ): void {
    if (performance.now() < this.#indexAgainAt) return this.#thread.plan([])
    // A file that is written again and again is not indexed each time.
    const due = closed.filter(log => missing.has(log) || (old.has(log) && !isFresh(log)))
    this.#thread.plan(due.toReversed().map(({ path }) => ({ path, format: '' })))
  }

  /** Sees to it that a restart doesn't look at files. @returns those of which this is so */
  #settle(logs: readonly ListedLog[]): readonly ListedLog[] {
    const { filesInDoubt, settle, onTrouble, file } = this.#options
    let paths = filesInDoubt()
    const isSettled = (log: ListedLog): boolean => !paths.has(resolve(log.path))
    if (logs.every(isSettled)) return logs
    try {
      settle()
    } catch (error) {
      onTrouble('look after closed files', file, error as Error)
    }
    paths = filesInDoubt()
    return logs.filter(isSettled)
  }

  /** What may not be touched, and which time it is. */
  #judge(logs: readonly ListedLog[]) {
    const { paths, periodAt } = this.#options
    const [now, uptimeMs] = [this.#options.now(), performance.now()]
    const [period, soon] = [periodAt(now), periodAt(now + soonMs)]
    const open = paths()
    const inUse = new Set(open)
    const newest = findNewest(logs)
    this.#fresh.note(open, uptimeMs)
    const clock = this.#clock.judge(now, uptimeMs, logs)
    // A log's newest file of the current period may be reopened at any time.
    const isOpen = (log: ListedLog): boolean =>
      inUse.has(log.path) || (newest.has(log) && log.period === period)
    // A file that another of its period has followed may go at once, or a flood would fill the disk.
    const isFresh = (log: ListedLog): boolean =>
      newest.has(log) && this.#fresh.has(log, now, uptimeMs)
    const isFuture = (log: ListedLog): boolean => log.period > period
    const isSoon = (log: ListedLog): boolean =>
      isFuture(log) && (clock.isDoubted || log.period <= soon)
    const isKept = (log: ListedLog): boolean => isOpen(log) || isFresh(log) || isSoon(log)
    return { isOpen, isFresh, isFuture, isKept, now: clock.agesUntil }
  }

  #reportFailed(log: ListedLog, error: Error): ListedLog {
    const isGone = (error as NodeJS.ErrnoException).code === 'ENOENT'
    if (!isGone) this.#options.onTrouble('delete', log.path, error)
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

/** The last file of each log's period. @param logs by period and index, ascending */
function findNewest(logs: readonly ListedLog[]): Set<ListedLog> {
  const newest = new Set<ListedLog>()
  const seen = new Set<string>()
  for (let index = logs.length - 1; index >= 0; index--) {
    const log = logs[index] as ListedLog
    if (log.period !== logs[index + 1]?.period) seen.clear()
    if (!seen.has(log.log)) newest.add(log)
    seen.add(log.log)
  }
  return newest
}
