/** Finds the number with which a log continues in a period, without looking at the files of other logs and periods. */
import { lstatSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { basename, dirname, extname } from 'node:path'
import { compressedSuffixes, toPath } from './log-path.ts'

/** The last file of a log's period. */
export interface NewestFile {
  path: string
  /** Number of the file within its period, from 0. */
  index: number
  isCompressed: boolean
  /** Size. Unit: bytes */
  bytes: number
}

/** By name without its number: the highest number of the files in a folder. Files without a number are left out. */
type HighestIndexes = Map<string, number>

/** A folder with fewer names is read each time: then somebody else may change it at any time. */
const minRememberedNames = 256
/** Maximum number of folders that are remembered. */
const maxFolders = 100

/** So many files at the end may have been deleted since a folder was read. */
const maxDeleted = 100

const suffixes = Object.values(compressedSuffixes)

/**
 * Remembers the numbers in large folders, where 20,000 logs have their files: each file that is opened would
 * otherwise read all names.
 */
export class LogIndexes {
  readonly #folders = new Map<string, HighestIndexes>()
  readonly #reading = new Map<string, Promise<HighestIndexes>>()

  /**
   * Prepares `findNewest` for a period's files: reads their folder, unless it is known.
   * @param file template with no placeholders but those of the period
   * @throws the file system's error; a folder that doesn't exist has no files
   */
  async read(file: string, period: string): Promise<ReadonlyMap<string, number>> {
    const folder = dirname(toPath(file, period))
    const known = this.#folders.get(folder) ?? this.#reading.get(folder)
    if (known) return known
    const reading = this.#read(folder).finally(() => this.#reading.delete(folder))
    this.#reading.set(folder, reading)
    return reading
  }

  /** Notes that a file was opened. */
  note(file: string, period: string, index: number): void {
    const path = toPath(file, period)
    const highest = this.#folders.get(dirname(path))
    const key = toKey(file, path)
    if (highest && index > (highest.get(key) ?? 0)) highest.set(key, index)
  }

  /** Forgets everything: somebody may have changed the folders. */
  clear(): void {
    this.#folders.clear()
  }

  async #read(folder: string): Promise<HighestIndexes> {
    const names = await readNames(folder)
    const highest: HighestIndexes = new Map()
    for (const name of names) {
      for (const [key, index] of parseName(name))
        if (index > (highest.get(key) ?? 0)) highest.set(key, index)
    }
    if (names.length < minRememberedNames) return highest
    const [oldest] = this.#folders.keys()
    if (this.#folders.size >= maxFolders && oldest !== undefined) this.#folders.delete(oldest)
    this.#folders.set(folder, highest)
    return highest
  }
}

/**
 * The last file of a log's period; undefined where there is none.
 * @param highest what `LogIndexes.read` returned
 * @throws the file system's error
 */
export function findNewest(
  highest: ReadonlyMap<string, number>,
  file: string,
  period: string
): NewestFile | undefined {
  const last = highest.get(toKey(file, toPath(file, period))) ?? 0
  let newest: NewestFile | undefined
  for (let index = last; !newest && index >= Math.max(0, last - maxDeleted); index--)
    newest = lookAt(file, period, index)
  for (let next = newest; next; next = lookAt(file, period, next.index + 1)) newest = next
  return newest
}

function lookAt(file: string, period: string, index: number): NewestFile | undefined {
  const path = toPath(file, period, index)
  // A compressed copy beside the file was left by a kill, and will be replaced: nothing more goes to that file.
  for (const suffix of [...suffixes, '']) {
    const stats = lstatSync(path + suffix, { throwIfNoEntry: false })
    if (stats?.isFile())
      return { path: path + suffix, index, isCompressed: suffix !== '', bytes: stats.size }
  }
  return undefined
}

async function readNames(folder: string): Promise<string[]> {
  try {
    return await readdir(folder)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
}

/** Identifies a log's period in its folder. @param path of the period's first file */
function toKey(file: string, path: string): string {
  const extension = extname(file)
  const name = basename(path)
  return `${name.slice(0, name.length - extension.length)}/${extension}`
}

/** The keys that a name may belong to, with its number: before the extension, or at the end where there is none. */
function parseName(name: string): [key: string, index: number][] {
  const suffix = suffixes.find(end => name.endsWith(end)) ?? ''
  const bare = name.slice(0, name.length - suffix.length)
  const patterns = [/^(.*)\.([1-9]\d{0,8})(\.[^.]*)$/su, /^(.*)\.([1-9]\d{0,8})()$/su]
  return patterns.flatMap(pattern => {
    const [, stem, index, extension = ''] = pattern.exec(bare) ?? []
    return stem === undefined ? [] : [[`${stem}/${extension}`, Number(index)]]
  })
}
