import { rmdirSync, unlinkSync } from 'node:fs'
import { dirname, join, resolve, sep } from 'node:path'
import { toIndexPath, toUnfinishedIndexPath } from '../blocks/block-index.ts'
import type { ListedLog } from '../naming/log-listing.ts'
import { compressedSuffixes } from '../naming/log-path.ts'
import { toUnfinishedCopies } from './compression.ts'

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
 * @param listed files of one log or of several, by period and index, ascending
 * @returns files to delete, in the order in which they should go
 */
export function findExpired(
  listed: readonly ListedLog[],
  limits: RetentionOptions,
  { isKept, isFuture, now }: RetentionFacts
): ListedLog[] {
  const { keepFiles, keepDays, keepBytes } = limits
  const logs = withoutCopied(listed, isKept)
  const future = logs.filter(isFuture).toSorted((a, b) => a.writtenAt - b.writtenAt)
  const oldestFirst = future.length === 0 ? logs : future.concat(logs.filter(log => !isFuture(log)))
  const tooMany = keepFiles > 0 ? findTooMany(oldestFirst, keepFiles) : new Set<ListedLog>()
  const oldestAt = keepDays > 0 ? now - keepDays * dayMs : Number.NEGATIVE_INFINITY
  const expired = oldestFirst.filter(
    log => (tooMany.has(log) || log.writtenAt < oldestAt) && !isKept(log)
  )
  if (keepBytes === 0) return expired
  const expiredSet = new Set(expired)
  const left = oldestFirst.filter(log => !expiredSet.has(log))
  return [...expired, ...findTooLarge(left, keepBytes, isKept)]
}

/** Leaves out files whose compressed copy is there: they are about to be deleted, and must not push out others meanwhile. */
function withoutCopied(
  logs: readonly ListedLog[],
  isKept: (log: ListedLog) => boolean
): readonly ListedLog[] {
  const suffixes = Object.values(compressedSuffixes)
  const paths = new Set(logs.map(({ path }) => path))
  const isCopied = ({ path }: ListedLog): boolean =>
    suffixes.some(suffix => paths.has(path + suffix))
  return logs.filter(log => isKept(log) || !isCopied(log))
}

/** Finds all files of each log but its newest. */
function findTooMany(oldestFirst: readonly ListedLog[], keepFiles: number): Set<ListedLog> {
  const counts = new Map<string, number>()
  const found = new Set<ListedLog>()
  for (let index = oldestFirst.length - 1; index >= 0; index--) {
    const log = oldestFirst[index] as ListedLog
    // Counts include expired files, so that everything older than one expired file goes too.
    const count = (counts.get(log.log) ?? 0) + 1
    counts.set(log.log, count)
    if (count > keepFiles) found.add(log)
  }
  return found
}

/**
 * Finds the files that must go so that all together have no more than `keepBytes`: the oldest of whatever log is the
 * largest by then. So who floods pays for it, and what others have written stays.
 */
function findTooLarge(
  oldestFirst: readonly ListedLog[],
  keepBytes: number,
  isKept: (log: ListedLog) => boolean
): ListedLog[] {
  let total = oldestFirst.reduce((sum, { bytes }) => sum + bytes, 0)
  if (total <= keepBytes) return []
  const sizes = new Map<string, number>()
  for (const { log, bytes } of oldestFirst) sizes.set(log, (sizes.get(log) ?? 0) + bytes)
  const candidates = withoutNewest(oldestFirst, isKept).map(log => {
    const logBytes = sizes.get(log.log) ?? 0
    sizes.set(log.log, logBytes - log.bytes)
    return { log, logBytes }
  })
  const found: ListedLog[] = []
  for (const { log } of candidates.toSorted((a, b) => b.logBytes - a.logBytes)) {
    if (total <= keepBytes) break
    // An old file that may not be deleted yet is too much all the same: no newer one goes in its place.
    total -= log.bytes
    if (!isKept(log)) found.push(log)
  }
  return found
}

/** Leaves out the files of each log that may not be deleted and are newer than all that may. */
function withoutNewest(
  oldestFirst: readonly ListedLog[],
  isKept: (log: ListedLog) => boolean
): ListedLog[] {
  const others = new Set<string>()
  const newestFirst = oldestFirst.toReversed().filter(log => {
    if (!isKept(log)) others.add(log.log)
    return others.has(log.log)
  })
  return newestFirst.toReversed()
}

/**
 * Deletes files, and what belongs to them: indexes, and what a kill has left half done.
 * @returns the files that could not be deleted, each with the file system's error
 */
export function deleteAll(logs: readonly ListedLog[]): { log: ListedLog; error: Error }[] {
  return logs.flatMap(log => {
    try {
      unlinkSync(log.path)
      deleteCompanions(log.path)
      return []
    } catch (error) {
      return [{ log, error: error as Error }]
    }
  })
}

function deleteCompanions(path: string): void {
  const indexes = [toIndexPath(path), toUnfinishedIndexPath(path)]
  for (const companion of [...indexes, ...toUnfinishedCopies(path)]) deleteIfPossible(companion)
}

/** Deletes what is of no use and does no harm: where it can't be deleted, it stays. */
export function deleteIfPossible(path: string): void {
  try {
    unlinkSync(path)
  } catch {
    // It is gone, as most of them, or a later sweep tries again.
  }
}

/**
 * Removes the folders in which files were deleted, and their parents, where nothing is left in them.
 * @param base folder of all logs; neither it nor what lies outside is removed
 * @param open paths of files that are open or about to be made: their folders stay
 */
export function removeEmptyFolders(
  deleted: readonly { path: string }[],
  base: string,
  open: readonly string[]
): void {
  const root = resolve(base) + sep
  const used = new Set(open.flatMap(path => foldersOf(path, root)))
  for (const first of new Set(deleted.map(({ path }) => dirname(path)))) {
    for (const folder of foldersOf(join(first, 'file'), root)) {
      if (used.has(folder)) break
      try {
        rmdirSync(folder)
      } catch {
        break // something is left in it, or it may not be removed
      }
    }
  }
}

/** Absolute paths of the folders of a file, the deepest first, as far as they lie below a folder. */
function foldersOf(path: string, root: string): string[] {
  const folders: string[] = []
  for (let folder = dirname(resolve(path)); folder.startsWith(root); folder = dirname(folder))
    folders.push(folder)
  return folders
}
