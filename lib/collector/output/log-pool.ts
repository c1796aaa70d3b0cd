import { refuseLinks } from '../files/path-confinement.ts'
import { RotatingLog, type RotatingLogOptions } from '../files/rotating-log.ts'
import type { WriteJournal } from '../files/write-journal.ts'
import type { Source } from '../files/write-queue.ts'
import type { Destination } from '../routing/router.ts'
import type { DescriptorBudget } from './descriptor-budget.ts'
import { OpenFiles, type Holder } from './open-files.ts'

/** Interval of `check`. Unit: ms */
const checkMs = 1000

/** Settings and callbacks shared by all logs of a pool. */
export interface LogPoolOptions extends Omit<
  RotatingLogOptions,
  | 'file'
  | 'startAfter'
  | 'slot'
  | 'onTrouble'
  | 'isCrowded'
  | 'onIdle'
  | 'beforeOpen'
  | 'journal'
  | 'onOpen'
> {
  /** no path may leave this folder through a link; undefined where no part of the path comes from senders */
  base: string | undefined
  maxOpenFiles: number
  /** closes files of any output where descriptors run out */
  descriptors: DescriptorBudget
  /** a log without new records for this long is closed; 0 = never. Unit: ms */
  idleCloseMs: number
  /** resolves when the outputs from before a reload have closed all logs that match */
  whenFormerClosed: (matches: (pooledLog: PooledLog) => boolean) => Promise<unknown>
  journalOf: (destination: Destination) => WriteJournal
  onOpen: (path: string, destination: Destination) => void
  onTrouble: (path: string, error: Error) => void
  /** called when an idle log, or one whose period is over, is being closed */
  onClose: () => void
}

/** One log of a pool, and where it is written. */
export class PooledLog implements Holder {
  readonly destination: Destination
  readonly log: RotatingLog
  /** when a record was last routed to it, as of performance.now() */
  usedAt = performance.now()
  readonly #onCloseFile: (pooledLog: PooledLog) => Promise<void>

  constructor(
    destination: Destination,
    createRotatingLog: (pooledLog: PooledLog) => RotatingLog,
    onCloseFile: (pooledLog: PooledLog) => Promise<void>
  ) {
    this.destination = destination
    this.log = createRotatingLog(this)
    this.#onCloseFile = onCloseFile
  }

  get isBusy(): boolean {
    return this.log.isBusy
  }

  get isStuck(): boolean {
    return this.log.trouble !== undefined
  }

  closeFile(): Promise<void> {
    return this.#onCloseFile(this)
  }
}

/** The logs of one output: created on first use, closed when idle, and only a limited number of them open at once. */
export class LogPool {
  readonly #options: LogPoolOptions
  readonly #logs = new Map<string, PooledLog>()
  /** those to which something was appended since the last `flush` */
  readonly #appended = new Set<RotatingLog>()
  readonly #openFiles: OpenFiles
  readonly #closing = new Map<PooledLog, Promise<void>>()
  readonly #timer: NodeJS.Timeout

  constructor(options: LogPoolOptions) {
    this.#options = options
    this.#openFiles = new OpenFiles(options.maxOpenFiles)
    options.descriptors.add(this.#openFiles)
    this.#timer = setInterval(() => this.check(performance.now()), checkMs).unref()
  }

  /** The log of a destination, created on first use. */
  logFor(destination: Destination): PooledLog {
    let pooledLog = this.#logs.get(destination.id)
    if (pooledLog) pooledLog.usedAt = performance.now()
    else this.#logs.set(destination.id, (pooledLog = this.#create(destination)))
    return pooledLog
  }

  /** Appends lines to the log of a destination, see `RotatingLog.append`. */
  append(
    destination: Destination,
    bytes: Buffer,
    source: Source | undefined,
    onWritten: () => void
  ): void {
    const { log } = this.logFor(destination)
    log.append(bytes, source, onWritten)
    this.#appended.add(log)
  }

  /** Begins to write what was appended. */
  flush(): void {
    for (const log of this.#appended) log.flush()
    this.#appended.clear()
  }

  /** Paths of the files that are open or being opened. */
  get paths(): string[] {
    return [...this.#logs.values(), ...this.#closing.keys()].flatMap(({ log }) => log.path ?? [])
  }

  /** Why one of the logs can't be written at present; undefined where all can, as far as that is known. */
  get trouble(): Error | undefined {
    for (const { log } of [...this.#logs.values(), ...this.#closing.keys()])
      if (log.trouble) return log.trouble
    return undefined
  }

  /** Reopens all files by name, after an external tool has moved the old ones away. */
  reopen(): void {
    for (const { log } of this.#logs.values()) log.reopen()
  }

  /** Reopens files that were moved or deleted; closes logs that are idle or whose period is over. @param now as of performance.now() */
  check(now: number): void {
    const { idleCloseMs } = this.#options
    for (const pooledLog of this.#logs.values()) {
      pooledLog.log.reopenIfMoved()
      if (pooledLog.isBusy) continue
      const isIdle = idleCloseMs > 0 && pooledLog.usedAt < now - idleCloseMs
      if (isIdle || pooledLog.log.isPeriodOver || pooledLog.log.path === undefined) {
        this.#evict(pooledLog)
      }
    }
  }

  /** Resolves when those matching logs that are being closed have written everything. */
  async whenClosed(matches: (pooledLog: PooledLog) => boolean): Promise<void> {
    const matching = [...this.#closing].filter(([pooledLog]) => matches(pooledLog))
    await Promise.all(matching.map(([, closing]) => closing))
  }

  /** Closes all logs. Resolves when everything is written and on disk. */
  async close(): Promise<void> {
    clearInterval(this.#timer)
    for (const pooledLog of this.#logs.values()) void this.#close(pooledLog)
    await Promise.all(this.#closing.values())
    this.#options.descriptors.remove(this.#openFiles)
  }

  /** Discards what is not written yet. */
  abandon(): void {
    clearInterval(this.#timer)
    this.#options.descriptors.remove(this.#openFiles)
    for (const { log } of [...this.#logs.values(), ...this.#closing.keys()]) log.abandon()
  }

  #create(destination: Destination): PooledLog {
    const { base, whenFormerClosed, journalOf, ...others } = this.#options
    const { onOpen, onTrouble, ...options } = others
    const { period, file, id } = destination
    const createRotatingLog = (pooledLog: PooledLog): RotatingLog =>
      new RotatingLog({
        ...options,
        file,
        ...(period !== undefined && { periodNow: () => period }),
        startAfter: whenFormerClosed(other => other.destination.id === id),
        slot: {
          acquire: () => this.#openFiles.admit(pooledLog),
          release: () => this.#openFiles.release(pooledLog),
          closeIdle: () => this.#options.descriptors.closeIdle()
        },
        isCrowded: () => this.#openFiles.isCrowded,
        async beforeOpen(path) {
          await whenFormerClosed(other => other.log.path === path)
          if (base !== undefined) refuseLinks(base, path)
        },
        journal: journalOf(destination),
        onOpen: path => onOpen(path, destination),
        onTrouble: (path, error) => {
          this.#openFiles.admitWaiting()
          onTrouble(path, error)
        },
        onIdle: () => this.#openFiles.onIdle(pooledLog)
      })
    return new PooledLog(destination, createRotatingLog, idle => this.#close(idle))
  }

  #evict(pooledLog: PooledLog): void {
    void this.#close(pooledLog).then(() => this.#openFiles.release(pooledLog))
    this.#options.onClose()
  }

  #close(pooledLog: PooledLog): Promise<void> {
    this.#logs.delete(pooledLog.destination.id)
    const known = this.#closing.get(pooledLog)
    if (known) return known
    const closing = pooledLog.log.close().finally(() => this.#closing.delete(pooledLog))
    this.#closing.set(pooledLog, closing)
    return closing
  }
}
