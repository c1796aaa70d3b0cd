import { randomUUID } from 'node:crypto'
import {
  closeSync,
  ftruncateSync,
  linkSync,
  openSync,
  renameSync,
  rmSync,
  truncateSync,
  unlinkSync,
  utimesSync,
  writeFileSync
} from 'node:fs'
import { isNoSpace } from './fs.ts'
import {
  expiryMs,
  heartbeatMs,
  inspectLock,
  readLock,
  type LockHolder,
  type LockSightings
} from './lock-holder.ts'
import { identifySelf } from './process-identity.ts'

/** How often a lock is tried that others release or take at the same time. */
const maxTries = 5

/**
 * A lock file that names its holder. The lock of a dead holder is taken over, that of a living one never:
 * a holder on this system is alive while its process runs; any other while it gives heartbeats. On a full disk the
 * file is empty until there is room: it is then one of another system for everybody.
 */
export class LockFile {
  readonly #path: string
  readonly #text: string
  readonly #timer: NodeJS.Timeout
  /** Called once if another process has taken the lock, as this one gave no heartbeat for long: it was stopped. */
  onLost: (() => void) | undefined
  #isHeld = true
  /** whether the file names its holder */
  #isNamed: boolean
  /** when the last heartbeat was, as of performance.now() and Date.now(): the former stops while the system sleeps */
  #beatAt = { monotonicMs: performance.now(), wallMs: Date.now() }

  /**
   * Acquires a lock, without waiting.
   * @param path of the file, whose folder must exist
   * @param sightings what earlier looks have seen: without it, a holder that can't be looked at is hardly ever dead
   * @returns the holder where the lock can't be had
   * @throws the file system's error; EINVAL where there is something else than a file
   */
  static acquire(path: string, sightings: LockSightings = new Map()): LockFile | LockHolder {
    const self = identifySelf()
    const text = JSON.stringify({ ...self, token: randomUUID() }) // the token tells the locks of one process apart
    for (let tries = 1; tries <= maxTries; tries++) {
      if (create(path, text)) return new LockFile(path, text)
      const found = inspectLock(path, self, sightings)
      if (found && !('deadText' in found)) return found
      if (found) removeDead(path, found.deadText)
    }
    throw Object.assign(new Error(`EBUSY: taken and released by others, open '${path}'`), {
      code: 'EBUSY'
    })
  }

  private constructor(path: string, text: string) {
    this.#path = path
    this.#text = text
    this.#isNamed = readLock(path) === text
    this.#timer = setInterval(() => this.#beat(), heartbeatMs).unref()
  }

  /**
   * Call it before what the lock protects is changed. Looks at the file, but only where the last heartbeat is
   * overdue: the process was stopped, and another may have taken the lock.
   * @returns whether it is still held; `onLost` was called where it no longer is
   */
  confirm(): boolean {
    if (this.#isHeld && this.#silentMs > 2 * heartbeatMs) this.#beat()
    return this.#isHeld
  }

  /** Gives a heartbeat now: the file is made again if somebody has deleted it. @returns as `confirm` */
  renew(): boolean {
    this.#beat()
    return this.#isHeld
  }

  /** Deletes the file if it is still ours. If it can't be deleted it stays, and is taken over once this process has ended. */
  release(): void {
    clearInterval(this.#timer)
    this.#isHeld = false
    try {
      if (this.#isOurs(readLock(this.#path))) rmSync(this.#path, { force: true })
    } catch {
      // A release must not fail: it is part of a program's shutdown.
    }
  }

  /** How long ago the last heartbeat was. Unit: ms */
  get #silentMs(): number {
    const { monotonicMs, wallMs } = this.#beatAt
    return Math.max(performance.now() - monotonicMs, Date.now() - wallMs)
  }

  /** Touches the file, or makes it again; if another process has taken the lock, it is lost. */
  #beat(): void {
    if (!this.#isHeld) return
    try {
      this.#isHeld = this.#renew()
    } catch {
      // Nothing is known: the folder may be gone, or a disk away. The next heartbeat tries again.
      return
    }
    this.#beatAt = { monotonicMs: performance.now(), wallMs: Date.now() }
    if (this.#isHeld) return
    clearInterval(this.#timer)
    this.onLost?.()
  }

  #isOurs(text: string | undefined): boolean {
    return text === this.#text || (text === '' && !this.#isNamed)
  }

  /** Writes the holder's name where the disk was full before. */
  #name(): void {
    if (this.#isNamed) return
    try {
      writeFileSync(this.#path, this.#text)
      this.#isNamed = true
    } catch {
      truncateSync(this.#path) // the disk is still full: tried again at the next heartbeat
    }
  }

  /** @returns whether the lock is still ours @throws the file system's error */
  #renew(): boolean {
    const text = readLock(this.#path)
    if (this.#isOurs(text)) {
      this.#name()
      const now = new Date()
      utimesSync(this.#path, now, now)
      return true
    }
    // After this time without a heartbeat another process may have had the lock, and released it.
    if (this.#silentMs >= expiryMs) return false
    if (text === undefined) return create(this.#path, this.#text)
    // An old lock may have come back from a backup, with its folder.
    const found = inspectLock(this.#path, identifySelf(), new Map())
    if (!found || !('deadText' in found)) return false
    removeDead(this.#path, found.deadText)
    return create(this.#path, this.#text)
  }
}

/** The file is empty where there is no space left. @returns false if the file exists @throws the file system's error */
function create(path: string, text: string): boolean {
  let fd: number
  try {
    fd = openSync(path, 'wx')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
  try {
    writeFileSync(fd, text)
    return true
  } catch (error) {
    if (!isNoSpace(error)) {
      rmSync(path, { force: true }) // created but not written
      throw error
    }
    ftruncateSync(fd)
    return true
  } finally {
    closeSync(fd)
  }
}

/**
 * Removes a dead holder's lock. Only one of several processes succeeds, since a file can be renamed away once.
 * @throws the file system's error
 */
function removeDead(path: string, deadText: string): void {
  const aside = `${path}.${randomUUID()}`
  try {
    renameSync(path, aside)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return
    throw error
  }
  if (readLock(aside) !== deadText) restore(aside, path)
  unlinkSync(aside)
}

/** Puts back a lock that another process acquired between `inspectLock` and `removeDead`. */
function restore(aside: string, path: string): void {
  try {
    linkSync(aside, path) // not rename(): a third process may have created its own lock meanwhile
  } catch {
    // there is a lock again, and its holder is alive
  }
}
