import { refuseLinks } from '../files/path-confinement.ts'
import { RotatingLog, type RotatingLogOptions } from '../files/rotating-log.ts'
import type { Piece } from '../files/write-queue.ts'
import type { Destination } from '../routing/router.ts'
import { OpenFiles, type Holder } from './open-files.ts'

/** How often it is looked whether files are still where they were, and who is idle. Unit: ms */
const checkMs = 1000

/** What is done with each of the logs. */
export interface LogTreeOptions extends Omit<
  RotatingLogOptions,
  | 'file'
  | 'after'
  | 'place'
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
  whenFree: (isMeant: (log: Branch) => boolean) => Promise<unknown>
  beforeWrite: (branch: Branch, path: string, offset: number, pieces: readonly Piece[]) => void
  afterWrite: (branch: Branch) => void
  onOpen: (path: string, destination: Destination) => void
  /** a log has let go of its files */
  onClose: () => void
}

/** One log of a tree. */
export class Branch implements Holder {
  readonly destination: Destination
  readonly log: RotatingLog
  usedAt = performance.now()
  readonly #onLetGo: (branch: Branch) => void

  constructor(
    destination: Destination,
    createLog: (branch: Branch) => RotatingLog,
    onLetGo: (branch: Branch) => void
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
export class LogTree {
  readonly #options: LogTreeOptions
  readonly #branches = new Map<string, Branch>()
  readonly #openFiles: OpenFiles
  readonly #closing = new Map<Branch, Promise<void>>()
  readonly #timer: NodeJS.Timeout

  constructor(options: LogTreeOptions) {
    this.#options = options
    this.#openFiles = new OpenFiles(options.maxOpenFiles)
    this.#timer = setInterval(() => this.check(performance.now()), checkMs).unref()
  }

  /** The log for a destination. */
  at(destination: Destination): Branch {
    let branch = this.#branches.get(destination.id)
    if (branch) branch.usedAt = performance.now()
    else this.#branches.set(destination.id, (branch = this.#grow(destination)))
    return branch
  }

  /** The files that are open, or are being opened. */
  get paths(): string[] {
    return [...this.#branches.values(), ...this.#closing.keys()].flatMap(
      ({ log }) => log.path ?? []
    )
  }

  /** Goes on in new files of the same names, for those who have moved the old ones away. */
  reopen(): void {
    for (const { log } of this.#branches.values()) log.reopen()
  }

  /** Notices what was moved, whose period is over, and who is idle. @param now as of performance.now() */
  check(now: number): void {
    const { idleCloseMs } = this.#options
    for (const branch of this.#branches.values()) {
      branch.log.reopenIfMoved()
      if (branch.isBusy) continue
      const isIdle = idleCloseMs > 0 && branch.usedAt < now - idleCloseMs
      if (isIdle || branch.log.isOver || branch.log.path === undefined) this.#drop(branch)
    }
  }

  /** Resolves when those logs that are being closed have everything. */
  async whenClosed(isMeant: (log: Branch) => boolean): Promise<void> {
    const meant = [...this.#closing].filter(([branch]) => isMeant(branch))
    await Promise.all(meant.map(([, closing]) => closing))
  }

  /** Resolves when all is written and on disk. */
  async close(): Promise<void> {
    clearInterval(this.#timer)
    for (const branch of this.#branches.values()) this.#close(branch)
    await Promise.all(this.#closing.values())
  }

  /** Gives up what isn't written. */
  abandon(): void {
    clearInterval(this.#timer)
    for (const { log } of [...this.#branches.values(), ...this.#closing.keys()]) log.abandon()
  }

  #grow(destination: Destination): Branch {
    const { base, whenFree, beforeWrite, afterWrite, onOpen, ...options } = this.#options
    const { label, file, id } = destination
    const createLog = (branch: Branch): RotatingLog =>
      new RotatingLog({
        ...options,
        file,
        ...(label !== undefined && { rotate: 'never', labelNow: () => '' }),
        after: whenFree(other => other.destination.id === id),
        place: {
          enter: () => this.#openFiles.admit(branch),
          leave: () => this.#openFiles.release(branch)
        },
        isCrowded: () => this.#openFiles.isCrowded,
        async beforeOpen(path) {
          await whenFree(other => other.log.path === path)
          if (base !== undefined) refuseLinks(base, path)
        },
        beforeWrite: (path, offset, pieces) => beforeWrite(branch, path, offset, pieces),
        afterWrite: () => afterWrite(branch),
        onOpen: path => onOpen(path, destination),
        onIdle: () => this.#openFiles.onIdle(branch)
      })
    return new Branch(destination, createLog, idle => this.#close(idle))
  }

  #drop(branch: Branch): void {
    this.#openFiles.release(branch)
    this.#close(branch)
    this.#options.onClose()
  }

  #close(branch: Branch): void {
    this.#branches.delete(branch.destination.id)
    if (this.#closing.has(branch)) return
    const closing = branch.log.close().finally(() => this.#closing.delete(branch))
    this.#closing.set(branch, closing)
  }
}
