import { accessSync, constants } from 'node:fs'
import { pinoLevelNames } from '../../record/levels.ts'
import { isNoSpace, makeFolder, toMode } from '../../util/fs.ts'
import { createHello } from '../../wire/hello.ts'
import { Housekeeper, type HousekeepingAction } from '../files/housekeeping.ts'
import { toWriteError } from '../files/write-error.ts'
import type { PlainMessage } from '../format/plain-message.ts'
import type { DecoderPool } from '../format/decoder-pool.ts'
import type { Journal } from '../journal/journal.ts'
import { LogIndexes } from '../naming/log-indexes.ts'
import { baseFolderOf } from '../naming/log-path.ts'
import { hasValues } from '../naming/path-template.ts'
import type { ResolvedOutputOptions } from '../options/output-options.ts'
import { routeBatch, routeUnread } from '../routing/batch-router.ts'
import type { PendingCommit, RecordBatch } from '../routing/record-batch.ts'
import { Router, type Destination, type Section } from '../routing/router.ts'
import { Calendar } from '../time/calendar.ts'
import type { TimeZone } from '../time/time-zone.ts'
import type { DescriptorBudget } from './descriptor-budget.ts'
import { LineBuffer } from './line-buffer.ts'
import { LogPool, type PooledLog } from './log-pool.ts'
import { OutputFormat } from './output-format.ts'
import { PendingWrites } from './pending-writes.ts'

/** Maximum number of paths remembered as already logged. */
const maxLoggedPaths = 10_000

/** What outputs report to their collector. */
export interface OutputListener {
  onWriting: (path: string) => void
  onDelete: (path: string) => void
  /** an output that is not required has dropped records, because too many bytes were pending */
  onDropped: (records: number) => void
  /** an output threw while it handled records: a bug. It lacks this many; 0 where it has written them unread */
  onFailed: (records: number, error: Error) => void
  onHousekeepingTrouble: (action: HousekeepingAction, path: string, error: Error) => void
  onWriteTrouble: (path: string, pendingBytes: number, error: Error) => void
  /** writes succeed after trouble; `path` is that of the first trouble */
  onWriteRecovery: (path: string, troubleMs: number, waitingBytes: number) => void
  /** the disk has refused lines that it had taken */
  onUnsynced: (path: string, error: Error) => void
  /** there is no file descriptor left. @param limit undefined where it isn't known */
  onExhausted: (limit: number | undefined) => void
  /** fewer files are kept open than configured. @param most in all outputs together */
  onOpenFilesLowered: (most: number, limit: number | undefined) => void
}

/** What an output needs besides its own options. */
export interface OutputSettings {
  zone: TimeZone
  fsync: boolean
  /** ms since the epoch */
  now: () => number
  journal: Journal
  descriptors: DescriptorBudget
  /** shared by all outputs, also those from before a reload */
  decoders: DecoderPool
  /** whether no other output writes, also none from before a reload: what is in its only log is then committed */
  isOnlyOutput: boolean
  /** resolves when the outputs from before a reload have closed all logs that match */
  whenFormerClosed: (matches: (pooledLog: PooledLog) => boolean) => Promise<unknown>
  /** the outputs from before a reload that still write */
  former: () => readonly Output[]
}

/** What an output has done since its start, and how it is. */
export interface OutputState {
  /** template of its paths */
  file: string
  isRequired: boolean
  /** records of apps that are in its files */
  writtenRecords: number
  /** attempts to open, announce, write or sync that have failed */
  writeErrors: number
  /** accepted and not yet written */
  pendingBytes: number
  openFiles: number
  /** why it can't write at present; undefined where it can, as far as that is known */
  trouble: Error | undefined
}

/** Finds the log of an output that has only one, before any sender is known. */
const placeholderSender = { ...createHello(), app: '', host: '', pid: 0 }

/** One configured output: a filter, a format, and the logs of its path template. */
export class Output {
  readonly #options: ResolvedOutputOptions
  readonly #settings: OutputSettings
  readonly #listener: OutputListener
  readonly #format: OutputFormat
  readonly #router: Router
  readonly #periodNow: () => string
  readonly #indexes = new LogIndexes()
  readonly #pool: LogPool
  readonly #housekeeper: Housekeeper
  readonly #lines = new LineBuffer((destination, bytes, lines) => {
    const finish = this.#pending.add(destination.id, bytes.length, lines, undefined)
    const onWritten = (): void => {
      finish()
      this.#writtenRecords += lines
    }
    this.#pool.append(destination, bytes, undefined, onWritten)
  })
  /** the only log; undefined where the path or a filter depends on sender or record */
  readonly #only: Destination | undefined
  readonly #loggedPaths = new Set<string>()
  readonly #pending = new PendingWrites()
  #writtenRecords = 0
  #writeErrors = 0

  constructor(options: ResolvedOutputOptions, settings: OutputSettings, listener: OutputListener) {
    this.#options = options
    this.#settings = settings
    this.#listener = listener
    this.#format = new OutputFormat(options, error => listener.onFailed(0, error))
    const { zone, now, journal, former } = settings
    // A calendar caches the last quarter hour: records of another time must not evict the present one.
    const [currentCalendar, recordCalendar] = [1, 2].map(() => new Calendar(options.rotate, zone))
    this.#periodNow = () => currentCalendar?.periodAt(now()) ?? ''
    this.#router = new Router({
      ...options,
      zone,
      periodAt: time => recordCalendar?.periodAt(time) ?? ''
    })
    this.#housekeeper = new Housekeeper({
      ...options,
      timezone: zone.name,
      now,
      periodAt: timeMs => recordCalendar?.periodAt(timeMs) ?? '',
      paths: () => [...this.#pool.paths, ...former().flatMap(({ paths }) => paths)],
      filesInDoubt: () => journal.filesInDoubt,
      settle: () => journal.compact(),
      isShared: () => former().length > 0,
      onDelete: path => listener.onDelete(path),
      onTrouble: (action, path, error) => listener.onHousekeepingTrouble(action, path, error)
    })
    this.#pool = this.#createPool()
    this.#only = this.isSingle ? this.#router.ofSender(placeholderSender) : undefined
  }

  /** Whether all records go to one log, unfiltered. */
  get isSingle(): boolean {
    return this.#router.isSingle
  }

  /** Whether records are acknowledged only when they are in this output. */
  get isRequired(): boolean {
    return this.#options.required
  }

  /** Template of its paths. */
  get file(): string {
    return this.#options.file
  }

  /** Paths of the files that are open or being opened. */
  get paths(): string[] {
    return this.#pool.paths
  }

  /** Bytes accepted and not yet written. */
  get pendingBytes(): number {
    return this.#pending.bytes
  }

  /** What it has done so far, and how it is. */
  get state(): OutputState {
    return {
      file: this.file,
      isRequired: this.isRequired,
      writtenRecords: this.#writtenRecords,
      writeErrors: this.#writeErrors,
      pendingBytes: this.pendingBytes,
      openFiles: this.paths.length,
      trouble: this.#pool.trouble
    }
  }

  /**
   * Checks that it can write, and opens its only log where it has one.
   * @throws ERR_ZMQ_PUB_FILE where it can't write and is required; a full disk is only reported
   */
  async start(): Promise<void> {
    const folder = baseFolderOf(this.#options.file)
    try {
      if (this.isRequired && this.#only) await this.#pool.logFor(this.#only).log.start()
      else makeWritable(folder, this.#options.dirMode)
    } catch (error) {
      // A full disk is waited for, as while it runs: retention may make room.
      if (this.isRequired && !isNoSpace(error)) throw error
      this.#writeErrors++
      this.#listener.onWriteTrouble(folder, 0, error as Error)
    }
    this.scheduleHousekeeping()
  }

  /** Schedules compression and retention of files that are already closed. */
  scheduleHousekeeping(): void {
    this.#housekeeper.schedule('', '')
  }

  /** Leaves closed files to other outputs. */
  retireHousekeeping(): void {
    this.#housekeeper.retire()
  }

  /** Whether a closed file is being compressed. */
  isSealed(path: string): boolean {
    return this.#housekeeper.isSealed(path)
  }

  /**
   * Takes the records of a batch that match its filters; `flush` begins to write them. The commit waits for it only where
   * it is required.
   */
  append(batch: RecordBatch): void {
    this.#lines.flush() // a sender may send plain messages until it knows the collector
    for (const section of this.#route(batch)) {
      const { destination, bytes, records } = section
      if (!this.isRequired && this.#pending.isFull(destination.id)) {
        this.#listener.onDropped(records)
        continue
      }
      if (this.#options.format === 'ndjson') this.#write(section, batch, bytes)
      else this.#decode(section, batch)
    }
  }

  /** Appends the lines of a section to its log. @param release called when they are written */
  #write(
    { destination, records }: Section,
    batch: RecordBatch,
    lines: Buffer,
    release?: () => void
  ): void {
    const { senderId, last, isNotice } = batch
    const finish = this.#pending.add(destination.id, lines.length, records, this.#partOf(batch))
    this.#pool.append(destination, lines, { senderId, last }, () => {
      finish()
      if (!isNotice) this.#writtenRecords += records
      release?.()
    })
  }

  /** What waits until a batch is in this output; undefined where nothing does. */
  #partOf({ commit }: RecordBatch): PendingCommit | undefined {
    return this.isRequired ? commit : undefined
  }

  /** Makes text of records, on another thread where there is much to do. They count as not written meanwhile. */
  #decode(section: Section, batch: RecordBatch): void {
    const { destination, bytes, records } = section
    const part = this.#partOf(batch)
    const { zone, now, decoders } = this.#settings
    const settings = this.#format.findTextSettings(batch)
    if (!settings) return this.#write(section, batch, bytes)
    const request = { records: bytes, settings, zone, now: now() }
    let onDecoded: (() => void) | undefined
    const onText = (text = this.#format.toText(request), release?: () => void): void => {
      try {
        this.#write(section, batch, text, release)
        this.#pool.flush() // the round that it came in has ended
      } catch (error) {
        part?.add() // what is acknowledged is in a file
        this.#listener.onFailed(records, error as Error)
      }
      onDecoded?.()
    }
    if (!decoders.take(batch.senderId, { ...request, onText }))
      return this.#write(section, batch, this.#format.toText(request))
    onDecoded = this.#pending.add(destination.id, bytes.length, records, part)
  }

  /** What can't be routed by its content goes where records without any go: that is better than losing it. */
  #route(batch: RecordBatch): Section[] {
    const { now, journal } = this.#settings
    const ahead = journal.senders.recoveredAhead.get(batch.senderId)
    try {
      return routeBatch(this.#router, batch, ahead, now())
    } catch (error) {
      const sections = routeUnread(this.#router, batch, ahead, now())
      this.#listener.onFailed(0, error as Error)
      return sections
    }
  }

  /**
   * Buffers a plain message until `flush`. Plain messages are never acknowledged or sent again, so they are
   * dropped, also by required outputs, rather than pile up while the disk can't be written.
   * @returns false where it is dropped
   */
  appendPlain(message: PlainMessage): boolean {
    const destination = this.#only ?? this.#findDestination(message)
    if (!destination) return true // a filter excludes it
    if (this.#pending.isFull(destination.id)) return false
    this.#lines.add(destination, this.#format.toLine(message))
    return true
  }

  /** Begins to write what was appended. */
  flush(): void {
    this.#lines.flush()
    this.#pool.flush()
  }

  /** Reopens all files by name, after an external tool has moved the old ones away. */
  reopen(): void {
    this.#indexes.clear()
    this.#pool.reopen()
  }

  /** Resolves when those matching logs that are being closed have written everything. */
  async whenClosed(matches: (pooledLog: PooledLog) => boolean): Promise<void> {
    await this.#pool.whenClosed(matches)
  }

  /** Resolves when everything is written and on disk. */
  async close(): Promise<void> {
    this.#lines.flush()
    await this.#pool.close()
    await this.#housekeeper.close()
  }

  /** Discards what is not written yet. */
  async abandon(): Promise<void> {
    this.#pool.abandon()
    await this.#housekeeper.close()
  }

  /** Discards what is not written yet, reports it as dropped, and completes the commits that wait for it. */
  async abandonAndCount(): Promise<void> {
    const records = this.#pending.abandonAndCount()
    if (records > 0) this.#listener.onDropped(records)
    await this.abandon()
  }

  #findDestination({ parts: { app, level, subtopic } }: PlainMessage): Destination | undefined {
    const levelName = pinoLevelNames[level] ?? String(level)
    const traits = { level, levelName, topic: subtopic, time: undefined }
    return this.#router.ofPlain(app, traits, this.#settings.now())
  }

  #createPool(): LogPool {
    const { file, maxSize, maxOpenFiles, idleClose, fileMode, dirMode } = this.#options
    const { journal, descriptors, fsync, isOnlyOutput, whenFormerClosed, former } = this.#settings
    return new LogPool({
      maxBytes: maxSize,
      periodNow: this.#periodNow,
      indexes: this.#indexes,
      fileMode: toMode(fileMode),
      dirMode: toMode(dirMode),
      isSealed: path => this.isSealed(path) || former().some(output => output.isSealed(path)),
      fsync,
      inlineWrites: journal.inlineWrites,
      base: hasValues(file) ? baseFolderOf(file) : undefined,
      maxOpenFiles,
      descriptors,
      idleCloseMs: this.isSingle ? 0 : idleClose * 1000,
      whenFormerClosed,
      journalOf: ({ id }) => journal.forLog(isOnlyOutput && this.isSingle ? undefined : id, fsync),
      onOpen: (path, destination) => this.#onOpen(path, destination),
      onClose: () => this.scheduleHousekeeping(),
      onTrouble: (path, error) => {
        this.#writeErrors++
        this.#listener.onWriteTrouble(path, this.#pending.bytes, error)
        // What is open has grown since the last sweep.
        if (isNoSpace(error)) this.scheduleHousekeeping()
      },
      onRecovery: (path, troubleMs, waitingBytes) =>
        this.#listener.onWriteRecovery(path, troubleMs, waitingBytes),
      onUnsynced: (path, error) => this.#listener.onUnsynced(path, error)
    })
  }

  #onOpen(path: string, { period, link }: Destination): void {
    // A file that is closed and opened repeatedly is logged once.
    if (this.#loggedPaths.size > maxLoggedPaths) this.#loggedPaths.clear()
    if (this.isSingle || !this.#loggedPaths.has(path)) this.#listener.onWriting(path)
    this.#loggedPaths.add(path)
    const isCurrent = period === undefined || period === this.#periodNow()
    this.#housekeeper.schedule(path, isCurrent ? link : '')
  }
}

/** Creates a folder and its parents. @param dirMode their permissions in octal digits, '' = as the umask says @throws ERR_ZMQ_PUB_FILE where it can't be created or written to */
export function makeWritable(folder: string, dirMode: string): void {
  try {
    makeFolder(folder, toMode(dirMode))
    accessSync(folder, constants.W_OK)
  } catch (error) {
    throw toWriteError(folder, error)
  }
}
