import { lstatSync, readdirSync } from 'node:fs'
import { join, normalize, relative } from 'node:path'
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

/**
 * Finds all files of a log, or of all logs of a template. Other names and links are not listed.
 * @param file template of the paths
 * @returns files by period, then by index, ascending: the oldest first
 * @throws the file system's error; a folder that doesn't exist, or a subfolder that may not be read, has no files
 */
export function findLogs(file: string, rotation: Rotation): ListedLog[] {
  const pattern = toPattern(file, rotation)
  const base = normalize(baseFolderOf(file))
  const depth = relative(base, file).split(/[/\\]/).length
  const logs: ListedLog[] = []
  for (const path of walkFiles(base, depth)) {
    const match = pattern.exec(path)
    if (!match) continue
    const { date = '', hour, index = '0', suffix = '', ...values } = match.groups ?? {}
    const stats = lstatSync(path, { throwIfNoEntry: false })
    if (!stats) continue // compressed, or deleted, since its folder was read
    logs.push({
      path,
      log: fillIn(file, values),
      period: hour === undefined ? date : `${date}T${hour}`,
      index: Number(index),
      isCompressed: suffix !== '',
      bytes: stats.size,
      writtenAt: stats.mtimeMs
    })
  }
  return logs.toSorted((a, b) => compareText(a.period, b.period) || a.index - b.index)
}

/** Paths of the regular files at one depth below a folder; 1 = directly in it. */
function* walkFiles(folder: string, depth: number): Generator<string> {
  for (const entry of readEntries(folder)) {
    const path = join(folder, entry.name)
    if (depth > 1 && entry.isDirectory()) yield* walkSubfolder(path, depth - 1)
    if (depth === 1 && entry.isFile()) yield path
  }
}

/** As walkFiles. A subfolder that may not be read holds none of our files: our folders are our own. */
function* walkSubfolder(folder: string, depth: number): Generator<string> {
  try {
    yield* walkFiles(folder, depth)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EACCES') throw error
  }
}

/** A folder's entries; none where it doesn't exist. */
function readEntries(folder: string) {
  try {
    return readdirSync(folder, { withFileTypes: true })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : Number(a > b)
}
