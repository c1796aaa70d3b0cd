import { unlinkSync } from 'node:fs'
import type { LogName } from './log-name.ts'

/** How much of a log is kept; 0 = all. The file that is written is always kept, and counts. */
export interface RetentionOptions {
  keepFiles: number
  keepDays: number
  /** Unit: bytes */
  keepBytes: number
}

const dayMs = 86_400_000

/**
 * Which files are too many, oldest first.
 * @param logs oldest first
 * @param current the file that is written
 * @param now ms since the epoch
 */
export function findExpired(
  logs: readonly LogName[],
  { keepFiles, keepDays, keepBytes }: RetentionOptions,
  current: string | undefined,
  now: number
): LogName[] {
  const expired: LogName[] = []
  let files = 0
  let bytes = 0
  let isFull = false
  const newestFirst = logs.toReversed()
  const ofCurrent = newestFirst.filter(({ path }) => path === current)
  for (const log of [...ofCurrent, ...newestFirst.filter(({ path }) => path !== current)]) {
    files++
    bytes += log.bytes
    // What is older than the first one that is too much goes, too: a log has no holes.
    isFull ||= (keepFiles > 0 && files > keepFiles) || (keepBytes > 0 && bytes > keepBytes)
    const isOld = keepDays > 0 && log.writtenAt < now - keepDays * dayMs
    if (log.path !== current && (isFull || isOld)) expired.unshift(log)
  }
  return expired
}

/** Deletes files. @returns those that could not be deleted, with the reason */
export function deleteAll(logs: readonly LogName[]): { log: LogName; error: Error }[] {
  return logs.flatMap(log => {
    try {
      unlinkSync(log.path)
      return []
    } catch (error) {
      return [{ log, error: error as Error }]
    }
  })
}
