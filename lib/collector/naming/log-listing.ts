import { lstatSync, opendirSync, type Dir, type Stats } from 'node:fs'
import { join, normalize, relative } from 'node:path'
import { isOutOfDescriptors } from '../../util/descriptors.ts'
import { indexSuffix, toIndexedPath } from '../blocks/block-index.ts'
import type { Rotation } from '../time/calendar.ts'
import { baseFolderOf, toPattern } from './log-path.ts'
import { fillIn } from './path-template.ts'

/** A file of a log, as found on disk. */
export interface ListedLog {
  /** Path of the file, normalized. */
  path: string
  /** The log's template: the given one, filled in with the values in the file's path. */
  log: string
  /** The file's period; '' if the log is never rotated. */
  period: string
  /** Number of the file within its period, from 0. */
  index: number
  /** Whether its name ends with the suffix of a compression. */
  isCompressed: boolean
  /** Size. Unit: bytes */
  bytes: number
  /** Time of the last write. Unit: ms since the epoch */
  writtenAt: number
}

/** An index of a log's file, complete or not. */
export interface ListedIndex {
  path: string
  /** path of the file, which may be gone */
  logPath: string
  /** the time that it has, which is that of the file's last write; undefined where it isn't complete. Unit: ms since the epoch */
  writtenAt: number | undefined
}

/** How a listing proceeds: `pause` is called after each file and folder; where it returns a promise, that is awaited. */
export interface Pace {
  pause: () => Promise<void> | undefined
  signal: AbortSignal
  /** called for a subfolder that can't be read: its files are not listed */
  onSkip?: (folder: string, error: Error) => void
  /** called for each index */
  onIndex?: (index: ListedIndex) => void
}

/**
 * Finds all files of a log, or of all logs of a template. Other names and links are not listed.
 * @param file template of the paths
 * @returns files by period, then by index, ascending: the oldest first
 * @throws the file system's error; a folder that doesn't exist, or a subfolder that can't be read, has no files. An AbortError where the signal says so
 */
export async function findLogs(
  file: string,
  rotation: Rotation,
  pace?: Pace
): Promise<ListedLog[]> {
  const logs: ListedLog[] = []
  for (const log of walkLogs(file, rotation, pace?.onSkip, pace?.onIndex)) {
    if (log) logs.push(log)
    const pause = pace?.pause()
    if (pause) await pause
    pace?.signal.throwIfAborted()
  }
  return logs.toSorted((a, b) => compareText(a.period, b.period) || a.index - b.index)
}

/** Whether there is a file of a log that isn't empty. @throws as findLogs */
export function hasLogs(file: string, rotation: Rotation): boolean {
  for (const log of walkLogs(file, rotation)) if (log && log.bytes > 0) return true
  return false
}

/** As findLogs, in the order in which they are found; undefined for everything that is not a file of a log. */
function* walkLogs(
  file: string,
  rotation: Rotation,
  onSkip: NonNullable<Pace['onSkip']> = () => undefined,
  onIndex?: Pace['onIndex']
): Generator<ListedLog | undefined> {
  const pattern = toPattern(file, rotation)
  const base = normalize(baseFolderOf(file))
  const depth = relative(base, file).split(/[/\\]/).length
  for (const path of walkFiles(base, depth, onSkip)) {
    const match = path === undefined ? undefined : pattern.exec(path)
    const stats = match && lstatSync(match[0], { throwIfNoEntry: false })
    if (onIndex && path !== undefined && !match) listIndex(path, pattern, onIndex)
    yield stats ? toListedLog(file, match, stats) : undefined // gone: compressed, or deleted, since its folder was read
  }
}

function listIndex(path: string, pattern: RegExp, onIndex: (index: ListedIndex) => void): void {
  const logPath = toIndexedPath(path)
  if (logPath === undefined || !pattern.test(logPath)) return
  const stats = lstatSync(path, { throwIfNoEntry: false })
  const isComplete = stats !== undefined && path.endsWith(indexSuffix)
  onIndex({ path, logPath, writtenAt: isComplete ? stats.mtimeMs : undefined })
}

function toListedLog(file: string, match: RegExpExecArray, stats: Stats): ListedLog {
  const { date = '', hour, index = '0', suffix = '', ...values } = match.groups ?? {}
  return {
    path: match[0],
    log: fillIn(file, values),
    period: hour === undefined ? date : `${date}T${hour}`,
    index: Number(index),
    isCompressed: suffix !== '',
    bytes: stats.size,
    writtenAt: stats.mtimeMs
  }
}

/** Paths of the regular files at one depth below a folder; 1 = directly in it. Undefined for everything else. */
function* walkFiles(
  folder: string,
  depth: number,
  onSkip: NonNullable<Pace['onSkip']>
): Generator<string | undefined> {
  const entries = openFolder(folder)
  try {
    for (let entry = entries?.readSync(); entry; entry = entries?.readSync()) {
      const path = join(folder, entry.name)
      if (depth > 1 && entry.isDirectory()) yield* walkSubfolder(path, depth - 1, onSkip)
      yield depth === 1 && entry.isFile() ? path : undefined
    }
  } finally {
    entries?.closeSync()
  }
}

/**
 * As walkFiles. A subfolder that can't be read is skipped, or one app's folder on a share that has gone would end the
 * retention of all; one that may not be read holds none of our files.
 */
function* walkSubfolder(
  folder: string,
  depth: number,
  onSkip: NonNullable<Pace['onSkip']>
): Generator<string | undefined> {
  try {
    yield* walkFiles(folder, depth, onSkip)
  } catch (error) {
    if (isOutOfDescriptors(error)) throw error
    if ((error as NodeJS.ErrnoException).code !== 'EACCES') onSkip(folder, error as Error)
  }
}

/** @returns undefined where it doesn't exist */
function openFolder(folder: string): Dir | undefined {
  try {
    return opendirSync(folder, { bufferSize: 256 })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : Number(a > b)
}
