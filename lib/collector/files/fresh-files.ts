import { extname } from 'node:path'
import type { ListedLog } from '../naming/log-listing.ts'

const minuteMs = 60_000
const dayMs = 86_400_000

/** How long after its last write a file is fresh. Unit: ms */
export const freshMs = minuteMs

/**
 * Knows the files that hold records of this minute, also where the wall clock has jumped since: then
 * a file's time says nothing, and what this process had open stays fresh for a day.
 */
export class FreshFiles {
  /** By path: when the file was last known to be open, by a clock that never jumps. Unit: ms */
  readonly #openAt = new Map<string, number>()
  #open: readonly string[] = []

  /**
   * Notes which files are open. Call it whenever files may have been closed since.
   * @param uptimeMs a clock that never jumps, such as performance.now()
   */
  note(open: readonly string[], uptimeMs: number): void {
    // What was open at the last call may have been written until just now.
    for (const path of [...this.#open, ...open]) this.#openAt.set(path, uptimeMs)
    this.#open = open
    for (const [path, openAt] of this.#openAt)
      if (uptimeMs - openAt > dayMs) this.#openAt.delete(path)
  }

  /** Whether a file was written within the last minute, or may have been. @param now ms since the epoch */
  has({ path, isCompressed, writtenAt }: ListedLog, now: number, uptimeMs: number): boolean {
    const age = Math.abs(now - writtenAt)
    if (age < freshMs) return true
    const name = isCompressed ? path.slice(0, -extname(path).length) : path
    const closedForMs = uptimeMs - (this.#openAt.get(name) ?? Number.NEGATIVE_INFINITY)
    return closedForMs < freshMs || (closedForMs < dayMs && age > dayMs)
  }
}
