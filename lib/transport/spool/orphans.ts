import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { LockFile } from '../../util/lock-file.ts'
import { decodeHello, type Hello } from '../../wire/hello.ts'
import { fromHexId } from '../../wire/id.ts'
import { readNames } from './spool.ts'

/** The spool of a dead process, locked for the caller. */
export interface Orphan {
  /** sender id, 8 bytes as latin1 */
  id: string
  hello: Hello
  lock: LockFile
}

/**
 * Finds and locks the spools of dead processes in a folder; those without a readable hello are skipped.
 * @returns none where the folder doesn't exist @throws the file system's error
 */
export function findOrphans(dir: string): Orphan[] {
  const orphans: Orphan[] = []
  for (const name of readNames(dir)) {
    const hex = /^([0-9a-f]{16})\.hello$/.exec(name)?.[1]
    const lock = hex === undefined ? undefined : LockFile.acquire(join(dir, `${hex}.lock`))
    if (hex === undefined || !lock) continue
    const hello = readHello(join(dir, name))
    if (hello) orphans.push({ id: fromHexId(hex), hello, lock })
    else lock.release()
  }
  return orphans
}

function readHello(path: string): Hello | undefined {
  try {
    return decodeHello(readFileSync(path))
  } catch {
    return undefined
  }
}
