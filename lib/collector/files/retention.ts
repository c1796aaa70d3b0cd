import { unlinkSync } from 'node:fs'
import type { ListedLog } from '../naming/log-listing.ts'

/** Limits of what is kept; 0 = no limit. Files that may not be deleted count, too. */
export interface RetentionOptions {
  /** Maximum number of files of each log. */
  keepFiles: number
  /** Maximum age, by the last write. Unit: days */
  keepDays: number
  /** Maximum size of all logs together. Unit: bytes */
  keepBytes: number
}

/** What retention needs to know of the files. */
export interface RetentionFacts {
  /** Whether a file must not be deleted, such as one that is being written. */
  isKept: (log: ListedLog) => boolean
  /** Whether a file's period has not begun yet. */
  isFuture: (log: ListedLog) => boolean
  /** The time that ages are counted to. Unit: ms since the epoch */
  now: number
}

const dayMs = 86_400_000

/**
 * Finds the files beyond the limits. `keepFiles` is for each log, `keepBytes` for all logs together.
 * The oldest period goes first, whenever its file was written. Periods that have not begun count as older than
 * all others: a wrong time in a record must not push out files of today.
 * @param logs files of one log or of several, by period and index, ascending
 * @returns files to delete, in the order in which they should go
 */
export function findExpired(
  logs: readonly ListedLog[],
  { keepFiles, keepDays, keepBytes }: RetentionOptions,
  { isKept, isFuture, now }: RetentionFacts
): ListedLog[] {
  const expired: ListedLog[] = []
  const files = new Map<string, number>()
  let bytes = 0
  const future = logs.filter(isFuture).toSorted((a, b) => a.writtenAt - b.writtenAt)
  const begun = logs.filter(log => !isFuture(log))
  for (const log of [...future, ...begun].toReversed()) {
    // Counts include expired files, so that everything older than one expired file goes too.
    const count = (files.get(log.log) ?? 0) + 1
    files.set(log.log, count)
    bytes += log.bytes
    const isBeyondLimit =
      (keepFiles > 0 && count > keepFiles) || (keepBytes > 0 && bytes > keepBytes)
    const isOld = keepDays > 0 && log.writtenAt < now - keepDays * dayMs
    if ((isBeyondLimit || isOld) && !isKept(log)) expired.push(log)
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
