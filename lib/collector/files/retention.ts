import { unlinkSync } from 'node:fs'
import type { ListedLog } from '../naming/log-listing.ts'

/** How much of a log is kept; 0 = all. Files that are written are always kept, and count. */
export interface RetentionOptions {
  keepFiles: number
  keepDays: number
  /** Unit: bytes */
  keepBytes: number
}

const dayMs = 86_400_000

/**
 * Which files are too many, oldest first. Each log keeps `keepFiles`; `keepBytes` is for all together.
 * @param logs of one log or of several, oldest first
 * @param isOpen whether a file is written, or will be
 * @param now ms since the epoch
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
    // What is older than the first one that is too much goes, too: a log has no holes.
    const count = (files.get(log.log) ?? 0) + 1
    files.set(log.log, count)
    bytes += log.bytes
    const isTooMuch = (keepFiles > 0 && count > keepFiles) || (keepBytes > 0 && bytes > keepBytes)
    const isOld = keepDays > 0 && log.writtenAt < now - keepDays * dayMs
    if ((isTooMuch || isOld) && !open.has(log)) expired.push(log)
  }
  return expired.toReversed()
}

/** Deletes files. @returns those that could not be deleted, with the reason */
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
