/** The files of a log, in the order of the output. */
import { closeSync, fstatSync, type Stats } from 'node:fs'
import { findLogs, type ListedLog } from '../collector/naming/log-listing.ts'
import { compressedSuffixes, toPattern, type Compression } from '../collector/naming/log-path.ts'
import { toSafeName } from '../collector/naming/path-template.ts'
import type { Rotation } from '../collector/time/calendar.ts'
import { openRegularFile } from '../util/fs.ts'
import type { PathValues } from './counter.ts'
import { hasWantedName, type Query } from './query.ts'

/** A file of a log. */
export interface SearchFile {
  /** where it may be, the likeliest first: it may be compressed at any time */
  paths: readonly string[]
  values: PathValues
  /** size when it was found */
  bytes: number
}

/** A file that is open. */
export interface OpenFile {
  fd: number
  path: string
  /** '' = none */
  compression: Compression | ''
  stats: Stats
}

/** Where a log's files are. */
export interface LogPlace {
  /** template of their paths */
  file: string
  rotate: Rotation
}

/** Names that a file's path must have, or must not have, where it has any. */
export type WantedNames = Pick<Query, 'apps' | 'hosts' | 'notApps' | 'notHosts'>

const suffixes = Object.entries(compressedSuffixes) as [Compression, string][]

/**
 * Finds the files of a log, by period, number and path, ascending.
 * @throws the file system's error
 */
export async function findFiles(place: LogPlace, wanted: WantedNames): Promise<SearchFile[]> {
  const found = new Map<string, ListedLog>()
  // A file that is compressed while its folder is read may not be in it, neither before nor after: so it is read twice.
  for (const log of [...(await findLogs(place.file, place.rotate)), ...(await list(place))]) {
    const plainPath = withoutSuffix(log)
    if (!found.has(plainPath)) found.set(plainPath, log)
  }
  const pattern = toPattern(place.file, place.rotate)
  return [...found]
    .toSorted(([pathA, a], [pathB, b]) =>
      a.period === b.period
        ? a.index - b.index || compareText(pathA, pathB)
        : compareText(a.period, b.period)
    )
    .map(([plainPath, { bytes, path }]) => {
      const { app, host } = pattern.exec(path)?.groups ?? {}
      const paths = [plainPath, ...suffixes.map(([, suffix]) => plainPath + suffix)]
      return { paths, values: { app, host }, bytes }
    })
    .filter(
      ({ values: { app, host } }) =>
        isWanted(app, wanted.apps, wanted.notApps) && isWanted(host, wanted.hosts, wanted.notHosts)
    )
}

/** What is left of a query where the path says the app or the host: its files need no look at their records. */
export function withoutPathNames(query: Query, { file }: LogPlace): Query {
  return {
    ...query,
    ...(file.includes('{app}') && { apps: [], notApps: [] }),
    ...(file.includes('{host}') && { hosts: [], notHosts: [] })
  }
}

function list({ file, rotate }: LogPlace): Promise<ListedLog[]> {
  return findLogs(file, rotate)
}

function withoutSuffix({ path, isCompressed }: ListedLog): string {
  const suffix = isCompressed ? suffixes.find(([, end]) => path.endsWith(end))?.[1] : undefined
  return suffix === undefined ? path : path.slice(0, -suffix.length)
}

/** Senders whose names differ only in case, or in what a path can't have, share a file. */
function isWanted(
  value: string | undefined,
  names: readonly string[],
  notNames: readonly string[]
): boolean {
  if (value === undefined) return true
  const has = (name: string): boolean =>
    value.toLowerCase() === toSafeName(name, 'unknown').toLowerCase()
  return hasWantedName(has, names, notNames)
}

/** @returns undefined where the file is gone @throws the file system's error */
export function openFile({ paths }: SearchFile): OpenFile | undefined {
  for (const path of paths) {
    try {
      const fd = openRegularFile(path)
      return { fd, path, compression: compressionOf(path), stats: fstatSync(fd) }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    }
  }
  return undefined
}

export function closeFile({ fd }: OpenFile): void {
  closeSync(fd)
}

function compressionOf(path: string): Compression | '' {
  return suffixes.find(([, suffix]) => path.endsWith(suffix))?.[0] ?? ''
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : Number(a > b)
}
