import { existsSync, rmSync } from 'node:fs'
import { LockFile } from '../../util/lock-file.ts'
import { describeHolder } from '../../util/lock-holder.ts'
import type { Hello } from '../../wire/hello.ts'
import { makeSpoolFolder, toSpoolPath } from './file-names.ts'
import { writeIdentity, type SpoolIdentity } from './identity.ts'

/** A sender's files in a folder belong to this process: it has the lock, and the hello says whose they are. */
export class Claim {
  readonly #dir: string
  readonly #identity: SpoolIdentity
  readonly #onLost: () => void
  #lock: LockFile | undefined

  /**
   * @param onLost called if another process has taken the lock: the files are no longer ours
   */
  constructor(dir: string, identity: SpoolIdentity, onLost: () => void) {
    this.#dir = dir
    this.#identity = identity
    this.#onLost = onLost
  }

  /** Whether this process has the lock. */
  get isHeld(): boolean {
    return this.#lock !== undefined
  }

  /** Before the files are touched: looks whether another process has taken the lock while this one was stopped. */
  confirm(): void {
    this.#lock?.confirm()
  }

  /** Creates what is missing of folder, lock and hello. @throws the file system's error, or that another process holds it */
  take(hello: Hello): void {
    if (this.isHeld) return void this.restore(hello)
    makeSpoolFolder(this.#dir)
    const path = toSpoolPath(this.#dir, this.#identity.spoolId, '.lock')
    const lock = LockFile.acquire(path)
    if (!(lock instanceof LockFile)) {
      throw new Error(`another process holds ${path}: ${describeHolder(lock)}`)
    }
    try {
      writeIdentity(this.#dir, this.#identity, hello)
    } catch (error) {
      lock.release()
      throw error
    }
    this.adopt(lock)
  }

  /** Takes over the files that a dead process left. @param lock of this spool */
  adopt(lock: LockFile): void {
    this.#lock = lock
    lock.onLost = () => {
      this.#lock = undefined
      this.#onLost()
    }
  }

  /** Creates folder and hello again, if somebody has deleted them. @returns whether the hello was missing @throws the file system's error */
  restore(hello: Hello): boolean {
    if (existsSync(this.#helloPath)) return false
    makeSpoolFolder(this.#dir)
    writeIdentity(this.#dir, this.#identity, hello)
    return true
  }

  /** Deletes the hello, and releases the lock. @throws the file system's error where the hello stays: so does the lock then */
  drop(): void {
    rmSync(this.#helloPath, { force: true })
    this.release()
  }

  /** Releases the lock; the hello stays, for a later process. */
  release(): void {
    this.#lock?.release()
    this.#lock = undefined
  }

  get #helloPath(): string {
    return toSpoolPath(this.#dir, this.#identity.spoolId, '.hello')
  }
}
