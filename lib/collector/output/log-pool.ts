import { refuseLinks } from '../files/path-confinement.ts'
import { RotatingLog, type RotatingLogOptions } from '../files/rotating-log.ts'
import type { Piece } from '../files/write-queue.ts'
import type { Destination } from '../routing/router.ts'
import { OpenFiles, type Holder } from './open-files.ts'

/** How often it is looked whether files are still where they were, and who is idle. Unit: ms */
const checkMs = 1000

/** What is done with each of the logs. */
export interface LogPoolOptions extends Omit<
  RotatingLogOptions,
  | 'file'
  | 'startAfter'
  | 'slot'
  | 'isCrowded'
  | 'onIdle'
  | 'beforeOpen'
  | 'beforeWrite'
  | 'afterWrite'
  | 'onOpen'
> {
  /** the folder that no file may leave through a link; undefined where all names were given by the operator */
  base: string | undefined
  maxOpenFiles: number
  /** A log to which nothing came for so long is closed; 0 = never. Unit: ms */
  idleCloseMs: number
  /** what must be over before a log may be written, or a file: others may still have it */
  whenFree: (matches: (log: PooledLog) => boolean) => Promise<unknown>
  beforeWrite: (pooled: PooledLog, path: string, offset: number, pieces: readonly Piece[]) => void
  afterWrite: (pooled: PooledLog) => void
  onOpen: (path: string, destination: Destination) => void
  /** a log has let go of its files */
  onClose: () => void
}

/** One log of a pool. */
export class PooledLog implements Holder {
  readonly destination: Destination
  readonly log: RotatingLog
  usedAt = performance.now()
  readonly #onLetGo: (pooled: PooledLog) => void

  constructor(
    destination: Destination,
    createLog: (pooled: PooledLog) => RotatingLog,
    onLetGo: (pooled: PooledLog) => void
  ) {
    this.destination = destination
    this.log = createLog(this)
    this.#onLetGo = onLetGo
  }

  get isBusy(): boolean {
    return this.log.isBusy
  }

  letGo(): void {
    this.#onLetGo(this)
  }
}

/** The logs of one output, by their templates: made when a record comes for them, and closed when none does. */
export class LogPool {
  readonly #options: LogPoolOptions
  readonly #logs = new Map<string, PooledLog>()
  readonly #openFiles: OpenFiles
  readonly #closing = new Map<PooledLog, Promise<void>>()
  readonly #timer: NodeJS.Timeout

  constructor(options: LogPoolOptions) {
    this.#options = options
    this.#openFiles = new OpenFiles(options.maxOpenFiles)
    this.#timer = setInterval(() => this.check(performance.now()), checkMs).unref()
  }

  /** The log for a destination. */
  logFor(destination: Destination): PooledLog {
    let pooled = this.#logs.get(destination.id)
    if (pooled) pooled.usedAt = performance.now()
    else this.#logs.set(destination.id, (pooled = this.#grow(destination)))
    return pooled
  }

  /** The files that are open, or are being opened. */
  get paths(): string[] {
    return [...this.#logs.values(), ...this.#closing.keys()].flatMap(({ log }) => log.path ?? [])
  }

  /** Goes on in new files of the same names, for those who have moved the old ones away. */
  reopen(): void {
    for (const { log } of this.#logs.values()) log.reopen()
  }

  /** Notices what was moved, whose period is over, and who is idle. @param now as of performance.now() */
  check(now: number): void {
    const { idleCloseMs } = this.#options
    for (const pooled of this.#logs.values()) {
      pooled.log.reopenIfMoved()
      if (pooled.isBusy) continue
      const isIdle = idleCloseMs > 0 && pooled.usedAt < now - idleCloseMs
      if (isIdle || pooled.log.isPeriodOver || pooled.log.path === undefined) this.#drop(pooled)
    }
  }

  /** Resolves when those logs that are being closed have everything. */
  async whenClosed(matches: (log: PooledLog) => boolean): Promise<void> {
    const meant = [...this.#closing].filter(([pooled]) => matches(pooled))
    await Promise.all(meant.map(([, closing]) => closing))
  }

  /** Resolves when all is written and on disk. */
  async close(): Promise<void> {
    clearInterval(this.#timer)
    for (const pooled of this.#logs.values()) this.#close(pooled)
    await Promise.all(this.#closing.values())
  }

  /** Gives up what isn't written. */
  abandon(): void {
    clearInterval(this.#timer)
    for (const { log } of [...this.#logs.values(), ...this.#closing.keys()]) log.abandon()
  }

  #grow(destination: Destination): PooledLog {
    const { base, whenFree, beforeWrite, afterWrite, onOpen, ...options } = this.#options
    const { period, file, id } = destination
    const createLog = (pooled: PooledLog): RotatingLog =>
      new RotatingLog({
        ...options,
        file,
        ...(period !== undefined && { rotate: 'never', periodNow: () => '' }),
        startAfter: whenFree(other => other.destination.id === id),
        slot: {
          acquire: () => this.#openFiles.admit(pooled),
          release: () => this.#openFiles.release(pooled)
        },
        isCrowded: () => this.#openFiles.isCrowded,
        async beforeOpen(path) {
          await whenFree(other => other.log.path === path)
          if (base !== undefined) refuseLinks(base, path)
        },
        beforeWrite: (path, offset, pieces) => beforeWrite(pooled, path, offset, pieces),
        afterWrite: () => afterWrite(pooled),
        onOpen: path => onOpen(path, destination),
        onIdle: () => this.#openFiles.onIdle(pooled)
      })
    return new PooledLog(destination, createLog, idle => this.#close(idle))
  }

  #drop(pooled: PooledLog): void {
    this.#openFiles.release(pooled)
    this.#close(pooled)
    this.#options.onClose()
  }

  #close(pooled: PooledLog): void {
    this.#logs.delete(pooled.destination.id)
    if (this.#closing.has(pooled)) return
    const closing = pooled.log.close().finally(() => this.#closing.delete(pooled))
    this.#closing.set(pooled, closing)
  }
}
