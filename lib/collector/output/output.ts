import { accessSync, constants, mkdirSync } from 'node:fs'
import { pinoLabels } from '../../record/levels.ts'
import { createHello } from '../../wire/hello.ts'
import { Archive, type ArchiveAction } from '../files/housekeeping.ts'
import { unwritable } from '../files/write-error.ts'
import type { PlainMessage } from '../format/plain-message.ts'
import { pinoSettings, toText } from '../format/text-format.ts'
import type { Journal } from '../journal/journal.ts'
import { baseFolderOf } from '../naming/log-path.ts'
import { hasValues } from '../naming/path-template.ts'
import type { ResolvedOutputOptions } from '../options/output-options.ts'
import { sortBatch } from '../routing/batch-router.ts'
import type { RecordBatch, Ticket } from '../routing/record-batch.ts'
import { Router, type Destination } from '../routing/router.ts'
import { Calendar } from '../time/calendar.ts'
import type { Zone } from '../time/time-zone.ts'
import { Gathering } from './line-buffer.ts'
import { LogTree, type Branch } from './log-pool.ts'
import { Backlog } from './pending-writes.ts'

/** So many paths are remembered as said. */
const maxSaidPaths = 10_000

/** What an output tells its collector. */
export interface OutputListener {
  onWriting: (path: string) => void
  onDelete: (path: string) => void
  onDropped: (records: number) => void
  /** A record could not be handled: a defect, but none that others should suffer from. */
  onFailed: (records: number, error: Error) => void
  cannotTend: (action: ArchiveAction, path: string, error: Error) => void
  cannotWrite: (path: string, pendingBytes: number, error: Error) => void
}

export interface OutputSettings {
  zone: Zone
  fsync: boolean
  /** ms since the epoch */
  now: () => number
  journal: Journal
  /** whether it is the collector's only output: what is in its only log is filed */
  isAlone: boolean
  /** what must be over before a log may be written, or a file: former outputs may still have it */
  whenFree: (isMeant: (log: Branch) => boolean) => Promise<unknown>
}

/** Who sends where nobody does: a log that takes everything is opened before anybody has come. */
const nobody = { ...createHello(), app: '', host: '', pid: 0 }

/** One place that records go to: a filter, a format, and the logs of a template. */
export class Output {
  readonly #options: ResolvedOutputOptions
  readonly #settings: OutputSettings
  readonly #listener: OutputListener
  readonly #router: Router
  readonly #labelNow: () => string
  readonly #tree: LogTree
  readonly #archive: Archive
  readonly #gathering = new Gathering((destination, bytes, lines) => {
    const onWritten = this.#backlog.add(bytes.length, lines, undefined)
    this.#tree.at(destination).log.append(bytes, undefined, onWritten)
  })
  /** the only log, where there is one */
  readonly #only: Destination | undefined
  readonly #saidPaths = new Set<string>()
  readonly #backlog = new Backlog()

  constructor(options: ResolvedOutputOptions, settings: OutputSettings, listener: OutputListener) {
    this.#options = options
    this.#settings = settings
    this.#listener = listener
    const { zone, now, journal } = settings
    const [current, ofRecords] = [1, 2].map(() => new Calendar(options.rotate, zone))
    this.#labelNow = () => current?.labelAt(now()) ?? ''
    this.#router = new Router({ ...options, labelAt: at => ofRecords?.labelAt(at) ?? '' })
    this.#archive = new Archive({
      ...options,
      now,
      labelNow: this.#labelNow,
      paths: () => this.#tree.paths,
      settle: () => journal.settle(),
      onDelete: path => listener.onDelete(path),
      onTrouble: (action, path, error) => listener.cannotTend(action, path, error)
    })
    this.#tree = this.#createTree()
    this.#only = this.isSingle ? this.#router.ofSender(nobody) : undefined
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
    return this.#tree.paths
  }

  /** Bytes taken and not yet written. */
  get pendingBytes(): number {
    return this.#backlog.bytes
  }

  /** Makes sure that it can write; where nobody waits for it trouble is only said. @throws ERR_ZMQ_PUB_FILE */
  async start(): Promise<void> {
    const folder = baseFolderOf(this.#options.file)
    if (!this.isRequired) {
      try {
        makeWritable(folder)
      } catch (error) {
        this.#listener.cannotWrite(folder, 0, error as Error)
      }
      this.tend()
      return
    }
    if (this.#only) {
      await this.#tree.at(this.#only).log.start()
      return
    }
    makeWritable(folder)
    this.tend()
  }

  /** Looks after files that were closed before. */
  tend(): void {
    this.#archive.tend('', '')
  }

  /** Writes what it takes of a batch; nobody waits for an output that isn't required. */
  append(batch: RecordBatch, ticket: Ticket): void {
    const { hello, senderId, last, isNotice } = batch
    const { zone, now, journal } = this.#settings
    const ahead = journal.recoveredAhead.get(senderId)
    for (const section of sortBatch(this.#router, batch, ahead, now())) {
      const { destination, bytes, records } = section
      if (!this.isRequired && this.#backlog.isFull) {
        this.#listener.onDropped(records)
        continue
      }
      const settings = isNotice ? pinoSettings : hello
      const lines = this.#options.format === 'text' ? toText(bytes, settings, zone, now()) : bytes
      const onWritten = this.#backlog.add(
        lines.length,
        records,
        this.isRequired ? ticket : undefined
      )
      this.#tree.at(destination).log.append(lines, { senderId, last }, onWritten)
    }
  }

  /**
   * Gathers a plain message, until `flush`. Nobody sends it again, and nobody waits for it: while the
   * disk refuses they can't pile up.
   * @returns how many characters it adds, -1 where it is left out
   */
  appendPlain(message: PlainMessage): number {
    const destination = this.#only ?? this.#findLog(message)
    if (!destination) return 0
    if (this.#backlog.isFull) return -1
    const line = this.#options.format === 'text' ? message.toEntry() : message.toRecord()
    this.#gathering.add(destination, line)
    return line.length
  }

  /** Hands over what has been gathered. */
  flush(): void {
    this.#gathering.flush()
  }

  /** Goes on in new files of the same names, for those who have moved the old ones away. */
  reopen(): void {
    this.#tree.reopen()
  }

  /** Resolves when those logs that are being closed have everything. */
  async whenClosed(isMeant: (log: Branch) => boolean): Promise<void> {
    await this.#tree.whenClosed(isMeant)
  }

  /** Resolves when all is written and on disk. */
  async close(): Promise<void> {
    this.flush()
    await this.#tree.close()
    await this.#archive.close()
  }

  /** Gives up what isn't written. */
  async abandon(): Promise<void> {
    this.#tree.abandon()
    await this.#archive.close()
  }

  /** Gives up what isn't written, so that nobody waits for it any more; it is counted. */
  async giveUp(): Promise<void> {
    const records = this.#backlog.giveUp()
    if (records > 0) this.#listener.onDropped(records)
    await this.abandon()
  }

  #findLog({ parts: { app, level, subtopic } }: PlainMessage): Destination | undefined {
    const label = pinoLabels[level] ?? String(level)
    const traits = { level, label, topic: subtopic, at: undefined }
    return this.#router.ofPlain(app, traits, this.#settings.now())
  }

  #createTree(): LogTree {
    const { file, rotate, maxSize, maxOpenFiles, idleClose } = this.#options
    const { journal, fsync, isAlone, whenFree } = this.#settings
    const toName = ({ destination }: Branch): string | undefined =>
      isAlone && this.isSingle ? undefined : destination.id
    return new LogTree({
      rotate,
      maxBytes: maxSize,
      labelNow: this.#labelNow,
      isSealed: path => this.#archive.isSealed(path),
      fsync,
      base: hasValues(file) ? baseFolderOf(file) : undefined,
      maxOpenFiles,
      idleCloseMs: this.isSingle ? 0 : idleClose * 1000,
      whenFree,
      beforeWrite: (branch, path, offset, pieces) =>
        journal.beforeWrite({ log: toName(branch), path, offset, pieces }, fsync),
      afterWrite: branch => journal.afterWrite(toName(branch)),
      onOpen: (path, destination) => this.#onOpen(path, destination),
      onClose: () => this.tend(),
      onTrouble: (path, error) => this.#listener.cannotWrite(path, this.#backlog.bytes, error)
    })
  }

  #onOpen(path: string, { label, link }: Destination): void {
    // Files that are closed and opened again and again are said once.
    if (this.#saidPaths.size > maxSaidPaths) this.#saidPaths.clear()
    if (this.isSingle || !this.#saidPaths.has(path)) this.#listener.onWriting(path)
    this.#saidPaths.add(path)
    const isCurrent = label === undefined || label === this.#labelNow()
    this.#archive.tend(path, isCurrent ? link : '')
  }
}

/** @throws ERR_ZMQ_PUB_FILE where a folder can't be made, or written to */
export function makeWritable(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true })
    accessSync(folder, constants.W_OK)
  } catch (error) {
    throw unwritable(folder, error)
  }
}
