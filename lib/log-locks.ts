import { existsSync } from 'node:fs'
import { toJournalPath } from './journal.ts'
import type { Lock } from './lock.ts'
import { acquireLogLock } from './log-lock.ts'

/**
 * Where the journal of several logs is: beside one of them where it is there already, else beside
 * the first.
 */
export function findJournalPath(files: readonly string[]): string {
  const paths = files.map(toJournalPath)
  return paths.find(path => existsSync(path)) ?? (paths[0] as string)
}

/** Keeps other collectors from writing the logs of this one. */
export class LogLocks {
  /** by path */
  readonly #locks = new Map<string, Lock>()

  /**
   * Locks logs that aren't locked yet: all of them, or none.
   * @param paths of their journals, whether or not these exist
   * @throws ERR_ZMQ_PUB_FILE where another collector has one of them
   */
  hold(paths: readonly string[]): void {
    const fresh = paths.filter(path => !this.#locks.has(path))
    try {
      for (const path of fresh) this.#locks.set(path, acquireLogLock(path))
    } catch (error) {
      this.#release(fresh)
      throw error
    }
  }

  /** Lets go of all but these. */
  keepOnly(paths: readonly string[]): void {
    this.#release([...this.#locks.keys()].filter(path => !paths.includes(path)))
  }

  #release(paths: readonly string[]): void {
    for (const path of paths) {
      this.#locks.get(path)?.release()
      this.#locks.delete(path)
    }
  }
}
