import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { ZmqPubError } from '../../errors.ts'
import { LockFile } from '../../util/lock-file.ts'
import { describeHolder, type LockHolder } from '../../util/lock-holder.ts'
import { pathAdvice, toWriteError } from '../files/write-error.ts'

/** A log to lock. */
export interface LockRequest {
  /** Path of its journal, which need not exist. */
  path: string
  /** Otherwise the log stays unlocked if its folder can't be written. */
  isRequired: boolean
}

/** The locks of several logs: they keep other collectors from writing these logs. */
export class LogLocks {
  /** by the journal's path */
  readonly #locks = new Map<string, LockFile>()

  /**
   * Locks the logs that aren't locked yet: all of them or, if it throws, none.
   * @throws ERR_ZMQ_PUB_FILE where another collector has one of them, or the folder of a required one can't be written
   */
  acquireAll(requests: readonly LockRequest[]): void {
    const fresh = requests.filter(({ path }) => !this.#locks.has(path))
    try {
      for (const request of fresh) this.#acquire(request)
    } catch (error) {
      this.#release(fresh.map(({ path }) => path))
      throw error
    }
  }

  /** Gives a lock to the caller, who must release it. @returns undefined where the log isn't locked */
  handOver(path: string): LockFile | undefined {
    const lock = this.#locks.get(path)
    this.#locks.delete(path)
    return lock
  }

  /** Releases all locks but those of these journals' paths. */
  keepOnly(paths: readonly string[]): void {
    this.#release([...this.#locks.keys()].filter(path => !paths.includes(path)))
  }

  #acquire({ path, isRequired }: LockRequest): void {
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

/**
 * Locks one log with a file `<journal>.lock`; makes missing folders.
 * @param path of the log's journal
 * @throws ERR_ZMQ_PUB_FILE where another collector has it, or, with a `cause`, where the folder can't be written
 */
export function acquireLogLock(path: string): LockFile {
  let lock: LockFile | LockHolder
  try {
    mkdirSync(dirname(path), { recursive: true })
    lock = LockFile.acquire(`${path}.lock`)
  } catch (error) {
    throw toWriteError(path, error)
  }
  if (lock instanceof LockFile) return lock
  throw new ZmqPubError(
    'ERR_ZMQ_PUB_FILE',
    `another collector writes this log: ${describeHolder(lock)}, holds ${path}.lock; stop it, or ${pathAdvice}`
  )
}
