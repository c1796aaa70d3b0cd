import { existsSync, lstatSync, realpathSync } from 'node:fs'
import { relative, resolve, sep } from 'node:path'
import { OpenFiles, type Holder } from './open-files.ts'
import type { Piece } from './journal-recovery.ts'
import { RotatingLog, type RotatingLogOptions } from './rotating-log.ts'
import type { Destination } from './router.ts'

/** How often it is looked whether files are still where they were, and who is idle. Unit: ms */
const checkMs = 1000

/** What is done with each of the logs. */
export interface LogTreeOptions extends Omit<
  RotatingLogOptions,
  'file' | 'admit' | 'onIdle' | 'beforeOpen' | 'beforeWrite' | 'afterWrite' | 'onOpen'
> {
  /** the folder that no file may leave through a link; undefined where all names were given by the operator */
  base: string | undefined
  maxOpenFiles: number
  /** A log to which nothing came for so long is closed; 0 = never. Unit: ms */
  idleCloseMs: number
  /** what the journal calls a log */
  toName: (destination: Destination) => string
  beforeWrite: (branch: Branch, path: string, offset: number, pieces: readonly Piece[]) => void
  afterWrite: (branch: Branch) => void
  onOpen: (path: string, destination: Destination) => void
}

/** One log of a tree. */
export class Branch implements Holder {
  readonly destination: Destination
  /** what the journal calls it */
  readonly name: string
  readonly log: RotatingLog
  usedAt = performance.now()
  readonly #onLetGo: (branch: Branch) => void

  constructor(
    destination: Destination,
    name: string,
    createLog: (branch: Branch) => RotatingLog,
    onLetGo: (branch: Branch) => void
  ) {
    this.destination = destination
    this.name = name
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
  readonly #closing = new Set<Promise<void>>()
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
    return [...this.#branches.values()].flatMap(({ log }) => log.path ?? [])
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

  /** Resolves when all is written and on disk. */
  async close(): Promise<void> {
    clearInterval(this.#timer)
    await Promise.all([...this.#branches.values()].map(({ log }) => log.close()))
    await Promise.all(this.#closing)
  }

  /** Gives up what isn't written. */
  abandon(): void {
    clearInterval(this.#timer)
    for (const { log } of this.#branches.values()) log.abandon()
  }

  #grow(destination: Destination): Branch {
    const { base, toName, beforeWrite, afterWrite, onOpen, ...options } = this.#options
    const { label } = destination
    const createLog = (branch: Branch): RotatingLog =>
      new RotatingLog({
        ...options,
        file: destination.file,
        ...(label !== undefined && { rotate: 'never', labelNow: () => '' }),
        admit: () => this.#openFiles.admit(branch),
        beforeOpen(path) {
          if (base !== undefined) refuseLeaving(base, path)
        },
        beforeWrite: (path, offset, pieces) => beforeWrite(branch, path, offset, pieces),
        afterWrite: () => afterWrite(branch),
        onOpen: path => onOpen(path, destination),
        onIdle: () => this.#openFiles.onIdle(branch)
      })
    return new Branch(destination, toName(destination), createLog, idle => this.#forget(idle))
  }

  #drop(branch: Branch): void {
    this.#openFiles.release(branch)
    this.#forget(branch)
  }

  #forget(branch: Branch): void {
    this.#branches.delete(branch.destination.id)
    const closing = branch.log.close().finally(() => this.#closing.delete(closing))
    this.#closing.add(closing)
  }
}

/** @throws where a link leads a file out of the base folder */
function refuseLeaving(base: string, path: string): void {
  if (!existsSync(base)) return
  const root = realpathSync(base)
  let at = resolve(base)
  for (const part of relative(at, resolve(path)).split(sep)) {
    at = resolve(at, part)
    if (!lstatSync(at, { throwIfNoEntry: false })?.isSymbolicLink()) continue
    const real = realpathSync(at)
    if (real !== root && !real.startsWith(root + sep)) {
      throw Object.assign(new Error(`ELOOP: the link ${at} leads out of ${base}`), {
        code: 'ELOOP'
      })
    }
  }
}
