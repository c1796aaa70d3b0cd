import { lstatSync } from 'node:fs'
import { readSmallFile } from '../../util/fs.ts'
import { LockFile } from '../../util/lock-file.ts'
import type { LockSightings } from '../../util/lock-holder.ts'
import type { Hello } from '../../wire/hello.ts'
import { fromHexId } from '../../wire/id.ts'
import { listSpools, toLeftoverError, toSpoolPath, type SpoolFiles } from './file-names.ts'
import { decodeIdentity, type SpoolIdentity } from './identity.ts'

/** No hello of a sender is larger. Unit: bytes */
const maxHelloBytes = 1024 * 1024

const unreadable = 'make it readable, or delete it if it is no longer needed'

/** The spool of a dead process, locked for the caller. */
export interface Orphan {
  identity: SpoolIdentity
  hello: Hello
  /** whether its hello must be written anew before anything is sent: see decodeIdentity */
  isFormer: boolean
  lock: LockFile
}

/** What a search for orphans needs of its owner. */
export interface OrphanSearch {
  /** Whether this process sends what this spool has, whoever has its lock. @param spoolId 8 bytes as latin1 */
  isOwn: (spoolId: string) => boolean
  /** public key of this process; undefined where it has none */
  key: string | undefined
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
      const orphan = lockOrphan(dir, id, files, search)
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
  { sightings, key }: OrphanSearch
): Orphan | undefined {
  const lock = LockFile.acquire(toSpoolPath(dir, id, '.lock'), sightings)
  if (!(lock instanceof LockFile)) return undefined
  try {
    const found = readHello(dir, id, files)
    if (found) {
      refuseOtherKey(dir, found.identity, key)
      return { ...found, lock }
    }
    lock.release()
    return undefined
  } catch (error) {
    lock.release()
    throw error
  }
}

/** @returns undefined where it is gone, and the segments, too @throws where it can't be read */
function readHello(
  dir: string,
  id: string,
  { segments, oddPaths }: SpoolFiles
): ReturnType<typeof decodeIdentity> {
  const path = toSpoolPath(dir, id, '.hello')
  try {
    const found = decodeIdentity(id, readSmallFile(path, maxHelloBytes))
    if (found) return found
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

/** A collector would refuse records of a sender that had another key. */
function refuseOtherKey(dir: string, { spoolId, key }: SpoolIdentity, own: string | undefined) {
  if (key === undefined || key === own) return
  throw toLeftoverError(
    toSpoolPath(dir, spoolId, '.hello'),
    `its records belong to a sender with ${own === undefined ? 'a CURVE key, and this process has none' : 'another CURVE key'}`,
    'start a process with that key and this spool once, or delete it if it is no longer needed'
  )
}

function exists(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined
}
