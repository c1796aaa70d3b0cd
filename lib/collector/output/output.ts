import { accessSync, constants, mkdirSync } from 'node:fs'
import { pinoLevelNames } from '../../record/levels.ts'
import { createHello } from '../../wire/hello.ts'
import { Housekeeper, type HousekeepingAction } from '../files/housekeeping.ts'
import { toWriteError } from '../files/write-error.ts'
import type { PlainMessage } from '../format/plain-message.ts'
import { pinoSettings, toText } from '../format/text-format.ts'
import type { Journal } from '../journal/journal.ts'
import { baseFolderOf } from '../naming/log-path.ts'
import { hasValues } from '../naming/path-template.ts'
import type { ResolvedOutputOptions } from '../options/output-options.ts'
import { routeBatch } from '../routing/batch-router.ts'
import type { PendingCommit, RecordBatch } from '../routing/record-batch.ts'
import { Router, type Destination } from '../routing/router.ts'
import { Calendar } from '../time/calendar.ts'
import type { TimeZone } from '../time/time-zone.ts'
import { LineBuffer } from './line-buffer.ts'
import { LogPool, type PooledLog } from './log-pool.ts'
import { PendingWrites } from './pending-writes.ts'

/** So many paths are remembered as said. */
const maxSaidPaths = 10_000

/** What an output tells its collector. */
export interface OutputListener {
  onWriting: (path: string) => void
  onDelete: (path: string) => void
  onDropped: (records: number) => void
  /** A record could not be handled: a defect, but none that others should suffer from. */
  onFailed: (records: number, error: Error) => void
  housekeepingFailed: (action: HousekeepingAction, path: string, error: Error) => void
  cannotWrite: (path: string, pendingBytes: number, error: Error) => void
}

export interface OutputSettings {
  zone: TimeZone
  fsync: boolean
  /** ms since the epoch */
  now: () => number
  journal: Journal
  /** whether it is the collector's only output: what is in its only log is filed */
  isOnlyOutput: boolean
  /** what must be over before a log may be written, or a file: former outputs may still have it */
  whenFree: (matches: (log: PooledLog) => boolean) => Promise<unknown>
}

/** Who sends where placeholderSender does: a log that takes everything is opened before anybody has come. */
const placeholderSender = { ...createHello(), app: '', host: '', pid: 0 }

/** One place that records go to: a filter, a format, and the logs of a template. */
export class Output {
  readonly #options: ResolvedOutputOptions
  readonly #settings: OutputSettings
  readonly #listener: OutputListener
  readonly #router: Router
  readonly #periodNow: () => string
  readonly #pool: LogPool
  readonly #housekeeper: Housekeeper
  readonly #lines = new LineBuffer((destination, bytes, lines) => {
    const onWritten = this.#pending.add(bytes.length, lines, undefined)
    this.#pool.logFor(destination).log.append(bytes, undefined, onWritten)
  })
  /** the only log, where there is one */
  readonly #only: Destination | undefined
  readonly #saidPaths = new Set<string>()
  readonly #pending = new PendingWrites()

  constructor(options: ResolvedOutputOptions, settings: OutputSettings, listener: OutputListener) {
    this.#options = options
    this.#settings = settings
    this.#listener = listener
    const { zone, now, journal } = settings
    const [current, ofRecords] = [1, 2].map(() => new Calendar(options.rotate, zone))
    this.#periodNow = () => current?.periodAt(now()) ?? ''
    this.#router = new Router({ ...options, periodAt: at => ofRecords?.periodAt(at) ?? '' })
    this.#housekeeper = new Housekeeper({
      ...options,
      now,
      periodNow: this.#periodNow,
      paths: () => this.#pool.paths,
      beforeSweep: () => journal.compact(),
      onDelete: path => listener.onDelete(path),
      onTrouble: (action, path, error) => listener.housekeepingFailed(action, path, error)
    })
    this.#pool = this.#createPool()
    this.#only = this.isSingle ? this.#router.ofSender(placeholderSender) : undefined
  }

  /** Whether everything goes to one log, as it comes. */
  get isSingle(): boolean {
    return this.#router.isSingle
  }

  get isRequired(): boolean {
    return this.#options.required
  }

  /** The template of its paths. */
  get file(): string {
    return this.#options.file
  }

  /** Files that are open. */
  get paths(): string[] {
    return this.#pool.paths
  }

  /** Bytes taken and not yet written. */
  get pendingBytes(): number {
    return this.#pending.bytes
  }

  /** Makes sure that it can write; where placeholderSender waits for it trouble is only said. @throws ERR_ZMQ_PUB_FILE */
  async start(): Promise<void> {
    const folder = baseFolderOf(this.#options.file)
    if (!this.isRequired) {
      try {
        makeWritable(folder)
      } catch (error) {
        this.#listener.cannotWrite(folder, 0, error as Error)
      }
      this.schedule()
      return
    }
    if (this.#only) {
      await this.#pool.logFor(this.#only).log.start()
      return
    }
    makeWritable(folder)
    this.schedule()
  }

  /** Looks after files that were closed before. */
  schedule(): void {
    this.#housekeeper.schedule('', '')
  }

  /** Writes what it takes of a batch; placeholderSender waits for an output that isn't required. */
  append(batch: RecordBatch, commit: PendingCommit): void {
    const { hello, senderId, last, isNotice } = batch
    const { zone, now, journal } = this.#settings
    const ahead = journal.recoveredAhead.get(senderId)
    for (const section of routeBatch(this.#router, batch, ahead, now())) {
      const { destination, bytes, records } = section
      if (!this.isRequired && this.#pending.isFull) {
        this.#listener.onDropped(records)
        continue
      }
      const settings = isNotice ? pinoSettings : hello
      const lines = this.#options.format === 'text' ? toText(bytes, settings, zone, now()) : bytes
      const onWritten = this.#pending.add(
        lines.length,
        records,
        this.isRequired ? commit : undefined
      )
      this.#pool.logFor(destination).log.append(lines, { senderId, last }, onWritten)
    }
  }

  /**
   * Gathers a plain message, until `flush`. Nobody sends it again, and placeholderSender waits for it: while the
   * disk refuses they can't pile up.
   * @returns how many characters it adds, -1 where it is left out
   */
  appendPlain(message: PlainMessage): number {
    const destination = this.#only ?? this.#findLog(message)
    if (!destination) return 0
    if (this.#pending.isFull) return -1
    const line = this.#options.format === 'text' ? message.toEntry() : message.toRecord()
    this.#lines.add(destination, line)
    return line.length
  }

  /** Hands over what has been gathered. */
  flush(): void {
    this.#lines.flush()
  }

  /** Goes on in new files of the same names, for those who have moved the old ones away. */
  reopen(): void {
    this.#pool.reopen()
  }

  /** Resolves when those logs that are being closed have everything. */
  async whenClosed(matches: (log: PooledLog) => boolean): Promise<void> {
    await this.#pool.whenClosed(matches)
  }

  /** Resolves when all is written and on disk. */
  async close(): Promise<void> {
    this.flush()
    await this.#pool.close()
    await this.#housekeeper.close()
  }

  /** Gives up what isn't written. */
  async abandon(): Promise<void> {
    this.#pool.abandon()
    await this.#housekeeper.close()
  }

  /** Gives up what isn't written, so that placeholderSender waits for it any more; it is counted. */
  async abandonAndCount(): Promise<void> {
    const records = this.#pending.abandonAndCount()
    if (records > 0) this.#listener.onDropped(records)
    await this.abandon()
  }

  #findLog({ parts: { app, level, subtopic } }: PlainMessage): Destination | undefined {
    const levelName = pinoLevelNames[level] ?? String(level)
    const traits = { level, levelName, topic: subtopic, at: undefined }
    return this.#router.ofPlain(app, traits, this.#settings.now())
  }

  #createPool(): LogPool {
    const { file, rotate, maxSize, maxOpenFiles, idleClose } = this.#options
    const { journal, fsync, isOnlyOutput, whenFree } = this.#settings
    const toName = ({ destination }: PooledLog): string | undefined =>
      isOnlyOutput && this.isSingle ? undefined : destination.id
    return new LogPool({
      rotate,
      maxBytes: maxSize,
      periodNow: this.#periodNow,
      isSealed: path => this.#housekeeper.isSealed(path),
      fsync,
      base: hasValues(file) ? baseFolderOf(file) : undefined,
      maxOpenFiles,
      idleCloseMs: this.isSingle ? 0 : idleClose * 1000,
      whenFree,
      beforeWrite: (pooled, path, offset, pieces) =>
        journal.beforeWrite({ log: toName(pooled), path, offset, pieces }, fsync),
      afterWrite: pooled => journal.afterWrite(toName(pooled)),
      onOpen: (path, destination) => this.#onOpen(path, destination),
      onClose: () => this.schedule(),
      onTrouble: (path, error) => this.#listener.cannotWrite(path, this.#pending.bytes, error)
    })
  }

  #onOpen(path: string, { period, link }: Destination): void {
    // Files that are closed and opened again and again are said once.
    if (this.#saidPaths.size > maxSaidPaths) this.#saidPaths.clear()
    if (this.isSingle || !this.#saidPaths.has(path)) this.#listener.onWriting(path)
    this.#saidPaths.add(path)
    const isCurrent = period === undefined || period === this.#periodNow()
    this.#housekeeper.schedule(path, isCurrent ? link : '')
  }
}

/** @throws ERR_ZMQ_PUB_FILE where a folder can't be made, or written to */
export function makeWritable(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true })
    accessSync(folder, constants.W_OK)
  } catch (error) {
    throw toWriteError(folder, error)
  }
}
