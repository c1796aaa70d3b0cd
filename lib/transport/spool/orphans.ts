import { lstatSync } from 'node:fs'
import { readSmallFile } from '../../util/fs.ts'
import { LockFile } from '../../util/lock-file.ts'
import type { LockSightings } from '../../util/lock-holder.ts'
import { decodeHello, type Hello } from '../../wire/hello.ts'
import { fromHexId } from '../../wire/id.ts'
import { listSpools, toLeftoverError, toSpoolPath, type SpoolFiles } from './file-names.ts'

/** No hello of a sender is larger. Unit: bytes */
const maxHelloBytes = 1024 * 1024

const unreadable = 'make it readable, or delete it if nobody needs it'

/** The spool of a dead process, locked for the caller. */
export interface Orphan {
  /** sender id, 8 bytes as latin1 */
  id: string
  hello: Hello
  lock: LockFile
}

/** What a search for orphans needs of its owner. */
export interface OrphanSearch {
  /** Whether this process sends under this id, whoever has its lock. */
  isOwn: (id: string) => boolean
  /** What was seen of the locks of processes on other hosts or in other containers; kept between searches. */
  sightings: LockSightings
  /** A spool can't be used: the message says why, and what to do. */
  onTrouble: (error: Error) => void
}

/**
 * Finds and locks the spools of dead processes in a folder. One that can't be used is left unlocked.
 * @returns none where the folder doesn't exist @throws the file system's error where it can't be read
 */
export function findOrphans(dir: string, search: OrphanSearch): Orphan[] {
  const orphans: Orphan[] = []
  for (const [hexId, files] of listSpools(dir)) {
    const id = fromHexId(hexId)
    if (search.isOwn(id)) continue
    try {
      const orphan = lockOrphan(dir, id, files, search.sightings)
      if (orphan) orphans.push(orphan)
    } catch (error) {
      search.onTrouble(error as Error)
    }
  }
  return orphans
}

/** @returns undefined where its owner lives or may live, or all its files are gone by now @throws where it can't be used */
function lockOrphan(
  dir: string,
  id: string,
  files: SpoolFiles,
  sightings: LockSightings
): Orphan | undefined {
  const lock = LockFile.acquire(toSpoolPath(dir, id, '.lock'), sightings)
  if (!(lock instanceof LockFile)) return undefined
  try {
    const hello = readHello(dir, id, files)
    if (hello) return { id, hello, lock }
    lock.release()
    return undefined
  } catch (error) {
    lock.release()
    throw error
  }
}

/** @returns undefined where it is gone, and the segments, too @throws where it can't be read */
function readHello(dir: string, id: string, { segments, oddPaths }: SpoolFiles): Hello | undefined {
  const path = toSpoolPath(dir, id, '.hello')
  try {
    const hello = decodeHello(readSmallFile(path, maxHelloBytes))
    if (hello) return hello
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code === 'EINVAL' || code === 'EFBIG') throw toLeftoverError(path, message)
    if (code !== 'ENOENT') throw toLeftoverError(path, message, unreadable)
    // Its owner may have delivered everything, and deleted it, since the folder was read.
    const left = [...segments.map(segment => segment.path), ...oddPaths].find(exists)
    if (left === undefined) return undefined
    throw toLeftoverError(left, `the file ${path} is missing`)
  }
  throw toLeftoverError(path, 'it is not the hello of a sender')
}

function exists(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined
}
