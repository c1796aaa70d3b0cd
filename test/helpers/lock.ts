import { LockFile } from '../../lib/util/lock-file.ts'
import type { LockSightings } from '../../lib/util/lock-holder.ts'

/** Acquires a lock. @returns undefined where another holds it */
export function tryLock(path: string, sightings?: LockSightings): LockFile | undefined {
  const lock = LockFile.acquire(path, sightings)
  return lock instanceof LockFile ? lock : undefined
}
