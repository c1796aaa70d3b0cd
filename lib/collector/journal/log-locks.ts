import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { ZmqPubError } from '../../errors.ts'
import { Lock } from '../../util/lock-file.ts'
import { giveAnother, unwritable } from '../files/write-error.ts'

/** A log that is to be locked. */
export interface LockWish {
  /** of its journal, whether or not that exists */
  path: string
  /** Else it is left unlocked where its folder can't be written now. */
  isRequired: boolean
}

/** Keeps other collectors from writing the logs of this one. */
export class LogLocks {
  /** by path */
  readonly #locks = new Map<string, Lock>()

  /**
   * Locks logs that aren't locked yet: all of them, or none.
   * @throws ERR_ZMQ_PUB_FILE where another collector has one of them
   */
  hold(wishes: readonly LockWish[]): void {
    const fresh = wishes.filter(({ path }) => !this.#locks.has(path))
    try {
      for (const wish of fresh) this.#acquire(wish)
    } catch (error) {
      this.#release(fresh.map(({ path }) => path))
      throw error
    }
  }

  /** Hands a lock over to who will release it. */
  take(path: string): Lock | undefined {
    const lock = this.#locks.get(path)
    this.#locks.delete(path)
    return lock
  }

  /** Lets go of all but these. */
  keepOnly(paths: readonly string[]): void {
    this.#release([...this.#locks.keys()].filter(path => !paths.includes(path)))
  }

  #acquire({ path, isRequired }: LockWish): void {
    try {
      this.#locks.set(path, acquireLogLock(path))
    } catch (error) {
      const isForeign = (error as Error).cause === undefined
      if (isRequired || isForeign) throw error
    }
  }

  #release(paths: readonly string[]): void {
    for (const path of paths) {
      this.#locks.get(path)?.release()
      this.#locks.delete(path)
    }
  }
}

/** @param path of the log's journal @throws ERR_ZMQ_PUB_FILE where another collector has it, or it can't be written */
export function acquireLogLock(path: string): Lock {
  let lock: Lock | undefined
  try {
    mkdirSync(dirname(path), { recursive: true })
    lock = Lock.acquire(`${path}.lock`)
  } catch (error) {
    throw unwritable(path, error)
  }
  if (lock) return lock
  throw new ZmqPubError(
    'ERR_ZMQ_PUB_FILE',
    `another collector writes this log: it holds ${path}.lock; stop it, or ${giveAnother}`
  )
}
