import { lstatSync, readdirSync } from 'node:fs'
import { join, normalize, relative } from 'node:path'
import type { Rotation } from '../time/calendar.ts'
import { baseFolderOf, toPattern } from './log-path.ts'
import { fillIn } from './path-template.ts'

/** A file of a log, found in its folder. */
export interface ListedLog {
  path: string
  /** the log's template: the given one, with the file's own values in it */
  log: string
  /** the period, '' where the log is never rotated */
  period: string
  /** 0 for the first file of a period */
  index: number
  isCompressed: boolean
  /** Unit: bytes */
  bytes: number
  /** when it was written last. Unit: ms since the epoch */
  writtenAt: number
}

/**
 * Finds every file of a log, or of all logs of a template, oldest first. Only what a log itself would
 * call so is found: no links, no other names.
 * @throws the file system's error, but for folders that don't exist
 */
export function findLogs(file: string, rotation: Rotation): ListedLog[] {
  const pattern = toPattern(file, rotation)
  const base = normalize(baseFolderOf(file))
  const depth = relative(base, file).split(/[/\\]/).length
  const logs: ListedLog[] = []
  for (const path of walk(base, depth)) {
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
  return logs.toSorted((a, b) => compare(a.period, b.period) || a.index - b.index)
}

/** Plain files so many folders deep, as paths that begin with the folder's. */
export function* walk(folder: string, depth: number): Generator<string> {
  for (const entry of readFolder(folder)) {
    const path = join(folder, entry.name)
    if (depth > 1 && entry.isDirectory()) yield* walkBelow(path, depth - 1)
    if (depth === 1 && entry.isFile()) yield path
  }
}

/** A folder that may not be looked into holds no file of ours: ours were made by us. */
export function* walkBelow(folder: string, depth: number): Generator<string> {
  try {
    yield* walk(folder, depth)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EACCES') throw error
  }
}

export function readFolder(folder: string) {
  try {
    return readdirSync(folder, { withFileTypes: true })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
}

export function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b)
}
