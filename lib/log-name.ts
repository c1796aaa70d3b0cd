/** What the files of a log are called: a template, the period, and a number where a period has several. */
import { lstatSync, readdirSync, statSync } from 'node:fs'
import { dirname, extname, join, normalize, relative, sep } from 'node:path'
import type { Rotation } from './calendar.ts'
import { ZmqPubError } from './errors.ts'
import { escapePattern } from './pattern.ts'

/** A file of a log, found in its folder. */
export interface LogName {
  path: string
  /** the period, '' where the log is never rotated */
  label: string
  /** 0 for the first file of a period */
  index: number
  isCompressed: boolean
  /** Unit: bytes */
  bytes: number
  /** when it was written last. Unit: ms since the epoch */
  writtenAt: number
}

/** What a closed file is called after it has been compressed. */
export const compressedSuffix = '.gz'

const labelPatterns: Readonly<Record<Rotation, string>> = {
  daily: String.raw`\d{4}-\d\d-\d\d`,
  hourly: String.raw`\d{4}-\d\d-\d\dT\d\d`,
  weekly: String.raw`\d{4}-W\d\d`,
  monthly: String.raw`\d{4}-\d\d`,
  never: ''
}

/**
 * The path of a period's file: the label stands for `{date}`, or before the extension.
 * @param label '' where the log is never rotated
 * @param index stands before the extension where it isn't 0
 */
export function toPath(file: string, label: string, index = 0): string {
  return compose(file, label, index === 0 ? '' : `.${index}`)
}

function compose(file: string, label: string, number: string): string {
  const extension = extname(file)
  const stem = file.slice(0, file.length - extension.length)
  const isInName = file.includes('{date}')
  const period = isInName || label === '' ? '' : `.${label}`
  return normalize(`${stem}${period}${number}${extension}`.replaceAll('{date}', label))
}

/** @throws ERR_ZMQ_PUB_FILE where a log's path is a folder's: a period in that name would be a surprise */
export function refuseFolder(file: string): void {
  if (!isFolder(file)) return
  throw new ZmqPubError(
    'ERR_ZMQ_PUB_FILE',
    `${file} is a folder; name a file in it, such as ${join(file, '{date}.log')}`
  )
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory()
  } catch {
    return false // none, or one that can't be looked at: opening the log will tell
  }
}

/** The folder in which all files of a log lie, at some depth. */
export function baseFolderOf(file: string): string {
  const literal = file.includes('{') ? file.slice(0, file.indexOf('{')) : file
  return literal.endsWith('/') || literal.endsWith(sep) ? literal : dirname(literal)
}

/**
 * Finds every file of a log, oldest first. Only what the log itself would call so is found: no
 * links, no other names.
 * @throws the file system's error, but for folders that don't exist
 */
export function findLogs(file: string, rotation: Rotation): LogName[] {
  const pattern = toPattern(file, rotation)
  const base = normalize(baseFolderOf(file))
  const depth = relative(base, file).split(/[/\\]/).length
  const logs: LogName[] = []
  for (const path of walk(base, depth)) {
    const match = pattern.exec(path)
    if (!match) continue
    const { label = '', index = '0', suffix = '' } = match.groups ?? {}
    const stats = lstatSync(path)
    logs.push({
      path,
      label,
      index: Number(index),
      isCompressed: suffix !== '',
      bytes: stats.size,
      writtenAt: stats.mtimeMs
    })
  }
  return logs.toSorted((a, b) => compare(a.label, b.label) || a.index - b.index)
}

/** Plain files so many folders deep, as paths that begin with the folder's. */
function* walk(folder: string, depth: number): Generator<string> {
  for (const entry of readFolder(folder)) {
    const path = join(folder, entry.name)
    if (depth > 1 && entry.isDirectory()) yield* walk(path, depth - 1)
    if (depth === 1 && entry.isFile()) yield path
  }
}

function readFolder(folder: string) {
  try {
    return readdirSync(folder, { withFileTypes: true })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
}

/** The paths that `toPath` gives. */
function toPattern(file: string, rotation: Rotation): RegExp {
  const [label, number] = ['\u0001', '\u0002'] // no path has them
  const template = compose(file, rotation === 'never' ? '' : label, number)
  const named = [`(?<label>${labelPatterns[rotation]})`, String.raw`\k<label>`]
  const pattern = escapePattern(template)
    .replace(label, () => named[0] ?? '')
    .replaceAll(label, () => named[1] ?? '')
    .replace(number, () => String.raw`(?:\.(?<index>[1-9]\d*))?`)
  return new RegExp(`^${pattern}(?<suffix>${escapePattern(compressedSuffix)})?$`)
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b)
}
