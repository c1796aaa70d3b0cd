/** Who holds a lock file, and whether that process is alive. */
import { lstatSync } from 'node:fs'
import { readSmallFile } from './fs.ts'
import { parseObject } from './object.ts'
import { isRunning, sharesPids, type ProcessIdentity } from './process-identity.ts'

/** A holder touches its lock this often: the heartbeat. Unit: ms */
export const heartbeatMs = 5000
/**
 * A lock whose holder's process can't be looked at (another host, container or boot) is dead after this time
 * without a heartbeat. A process that is stopped for half a minute keeps its lock. Unit: ms
 */
export const expiryMs = 40_000
/**
 * Clocks jump, and those of two hosts differ: a heartbeat that seems to be older than `expiryMs` counts as
 * such only if none came while this process looked for this time. Longer than the heartbeat of earlier
 * versions, which was 10 s. Unit: ms
 */
const watchMs = 12_000
/** An older heartbeat needs no such look: a time zone that is set wrongly makes 14 hours at most. Unit: ms */
const surelyDeadMs = 15 * 3_600_000
/** No lock is larger. Unit: bytes */
const maxLockBytes = 4096

/** The holder of a lock that can't be had. */
export interface LockHolder {
  /** undefined where the lock doesn't tell */
  pid: number | undefined
  host: string | undefined
  /** Whether its process is known to run. Otherwise it can't be looked at from here. */
  isRunning: boolean
  /** How long ago the last heartbeat was, by this system's clock. Unit: ms */
  ageMs: number
  /** When the lock can be taken unless a heartbeat comes. Unit: ms from now */
  expiresInMs: number
}

/** What was seen of locks whose holders can't be looked at, by path: see `watchMs`. Keep it from one look to the next. */
export type LockSightings = Map<string, { text: string; touchedMs: number; seenMs: number }>

/** The holder in words, for a message. */
export function describeHolder({ pid, host, ageMs }: LockHolder): string {
  const who =
    pid === undefined ? 'an unknown process' : `process ${pid} on host ${host ?? 'unknown'}`
  return `${who}, last active ${Math.max(0, Math.round(ageMs / 1000))} s ago`
}

/**
 * Looks at a lock.
 * @param sightings updated by this look
 * @returns undefined where there is none; its text where its holder is dead
 * @throws the file system's error; EINVAL where there is something else than a file
 */
export function inspectLock(
  path: string,
  self: ProcessIdentity,
  sightings: LockSightings
): LockHolder | { deadText: string } | undefined {
  const text = readLock(path)
  const touchedMs = lstatSync(path, { throwIfNoEntry: false })?.mtimeMs
  if (text === undefined || touchedMs === undefined) {
    sightings.delete(path)
    return undefined
  }
  const other = (parseObject(text) ?? {}) as Partial<ProcessIdentity>
  const pid = typeof other.pid === 'number' ? other.pid : undefined
  const host = typeof other.host === 'string' ? other.host : undefined
  const isSamePid = pid !== undefined && sharesPids(self, other)
  // Earlier versions noted neither boot nor namespace: on this host its process may run in a container.
  const isMaybeSamePid = pid !== undefined && other.boot === undefined && host === self.host
  const start = typeof other.start === 'string' ? other.start : ''
  const ageMs = Date.now() - touchedMs
  const holder = { pid, host, ageMs, isRunning: false, expiresInMs: 0 }
  if ((isSamePid || isMaybeSamePid) && isRunning(pid, start)) {
    return { ...holder, isRunning: true, expiresInMs: Number.POSITIVE_INFINITY }
  }
  const expiresInMs = isSamePid ? 0 : toExpiry(watch(path, text, touchedMs, sightings), ageMs)
  return expiresInMs > 0 ? { ...holder, expiresInMs } : { deadText: text }
}

/** The text of a lock. @returns undefined where there is none @throws as `inspectLock` */
export function readLock(path: string): string | undefined {
  try {
    return readSmallFile(path, maxLockBytes).toString()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

/** @returns for how long the lock was seen without a heartbeat. Unit: ms */
function watch(path: string, text: string, touchedMs: number, sightings: LockSightings): number {
  const now = performance.now()
  const seen = sightings.get(path)
  if (seen?.text === text && seen.touchedMs === touchedMs) return now - seen.seenMs
  sightings.set(path, { text, touchedMs, seenMs: now })
  return 0
}

/** @returns when a lock expires that was seen without a heartbeat for `watchedMs`. Unit: ms from now */
function toExpiry(watchedMs: number, ageMs: number): number {
  if (ageMs >= surelyDeadMs) return 0
  return Math.min(expiryMs - watchedMs, Math.max(expiryMs - ageMs, watchMs - watchedMs))
}
