/** The names of a spool's files; spool.ts describes the layout. */
import { readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { makeMissingFolders } from '../../util/fs.ts'
import { toHexId } from '../../wire/id.ts'

/** A segment's file. */
export interface SegmentName {
  path: string
  /** sequence number of its first record */
  first: number
}

/** The files of one sender id in a folder. */
export interface SpoolFiles {
  hasHello: boolean
  /** in the order of their records */
  segments: SegmentName[]
  /** files of this sender id that no spool makes, such as a segment with a number that can't be one */
  oddPaths: string[]
}

/**
 * Creates the folder of a spool, where it doesn't exist. Only its user may look into it, as the files contain records;
 * parents are as the umask says. A folder that exists keeps its mode: an administrator may have chosen it.
 * @throws the file system's error
 */
export function makeSpoolFolder(dir: string): void {
  makeMissingFolders(dirname(dir))
  makeMissingFolders(dir, 0o700)
}

/** The path of a sender's hello, lock or segment. @param id 8 bytes as latin1 */
export function toSpoolPath(dir: string, id: string, suffix: string): string {
  return join(dir, `${toHexId(id)}${suffix}`)
}

/** How the name of a segment continues after the sender id. @param first sequence number of its first record */
export function toSegmentSuffix(first: number): string {
  return `-${String(first).padStart(16, '0')}.seg`
}

/**
 * Lists the spools in a folder by sender id, in hexadecimal; names that no spool uses are left out.
 * @returns none where the folder doesn't exist @throws the file system's error
 */
export function listSpools(dir: string): Map<string, SpoolFiles> {
  const spools = new Map<string, SpoolFiles>()
  for (const name of readNames(dir).toSorted()) {
    const [, hexId, digits] = /^([0-9a-f]{16})(?:-(\d{16})\.seg|\.hello)$/.exec(name) ?? []
    if (hexId === undefined) continue
    let files = spools.get(hexId)
    if (!files) spools.set(hexId, (files = { hasHello: false, segments: [], oddPaths: [] }))
    const first = Number(digits)
    if (digits === undefined) files.hasHello = true
    else if (first >= 1 && Number.isSafeInteger(first)) {
      files.segments.push({ path: join(dir, name), first })
    } else files.oddPaths.push(join(dir, name))
  }
  return spools
}

/** Says that a file is neither used nor deleted, and what to do. @param why what is wrong with it */
export function toLeftoverError(
  path: string,
  why: string,
  advice = 'delete it if it is no longer needed'
): Error {
  return new Error(`${path} is left where it is: ${why}; ${advice}`)
}

function readNames(dir: string): string[] {
  try {
    return readdirSync(dir)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
}
