import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { ZmqPubError } from '../../errors.ts'
import { LockFile } from '../../util/lock-file.ts'
import { giveAnother, toWriteError } from '../files/write-error.ts'

/** A log that is to be locked. */
export interface LockRequest {
  /** of its journal, whether or not that exists */
  path: string
  /** Else it is left unlocked where its folder can't be written now. */
  isRequired: boolean
}

/** Keeps other collectors from writing the logs of this one. */
export class LogLocks {
  /** by path */
  readonly #locks = new Map<string, LockFile>()

  /**
   * Locks logs that aren't locked yet: all of them, or none.
   * @throws ERR_ZMQ_PUB_FILE where another collector has one of them
   */
  hold(requests: readonly LockRequest[]): void {
    const fresh = requests.filter(({ path }) => !this.#locks.has(path))
    try {
      for (const request of fresh) this.#acquire(request)
    } catch (error) {
      this.#release(fresh.map(({ path }) => path))
      throw error
    }
  }

  /** Hands a lock over to who will release it. */
  take(path: string): LockFile | undefined {
    const lock = this.#locks.get(path)
    this.#locks.delete(path)
    return lock
  }

  /** Lets go of all but these. */
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

/** @param path of the log's journal @throws ERR_ZMQ_PUB_FILE where another collector has it, or it can't be written */
export function acquireLogLock(path: string): LockFile {
  let lock: LockFile | undefined
  try {
    mkdirSync(dirname(path), { recursive: true })
    lock = LockFile.acquire(`${path}.lock`)
  } catch (error) {
    throw toWriteError(path, error)
  }
  if (lock) return lock
  throw new ZmqPubError(
    'ERR_ZMQ_PUB_FILE',
    `another collector writes this log: it holds ${path}.lock; stop it, or ${giveAnother}`
  )
}
