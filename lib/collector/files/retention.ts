import { unlinkSync } from 'node:fs'
import type { ListedLog } from '../naming/log-listing.ts'

/** Limits of what is kept; 0 = no limit. Open files are always kept, and count. */
export interface RetentionOptions {
  /** Maximum number of files of each log. */
  keepFiles: number
  /** Maximum age, by the last write. Unit: days */
  keepDays: number
  /** Maximum size of all logs together. Unit: bytes */
  keepBytes: number
}

const dayMs = 86_400_000

/**
 * Finds the files beyond the limits. `keepFiles` is for each log, `keepBytes` for all logs together.
 * @param logs files of one log or of several, oldest first
 * @param isOpen whether a file is being written, or may be again
 * @param now ms since the epoch
 * @returns files to delete, oldest first
 */
export function findExpired(
  logs: readonly ListedLog[],
  { keepFiles, keepDays, keepBytes }: RetentionOptions,
  isOpen: (log: ListedLog) => boolean,
  now: number
): ListedLog[] {
  const expired: ListedLog[] = []
  const files = new Map<string, number>()
  let bytes = 0
  const newestFirst = logs.toReversed()
  const open = new Set(newestFirst.filter(isOpen))
  for (const log of new Set([...open, ...newestFirst])) {
    // Counts include expired files, so that everything older than one expired file goes too.
    const count = (files.get(log.log) ?? 0) + 1
    files.set(log.log, count)
    bytes += log.bytes
    const isBeyondLimit =
      (keepFiles > 0 && count > keepFiles) || (keepBytes > 0 && bytes > keepBytes)
    const isOld = keepDays > 0 && log.writtenAt < now - keepDays * dayMs
    if ((isBeyondLimit || isOld) && !open.has(log)) expired.push(log)
  }
  return expired.toReversed()
}

/** Deletes files. @returns the files that could not be deleted, each with the file system's error */
export function deleteAll(logs: readonly ListedLog[]): { log: ListedLog; error: Error }[] {
  return logs.flatMap(log => {
    try {
      unlinkSync(log.path)
      return []
    } catch (error) {
      return [{ log, error: error as Error }]
    }
  })
}
