import { dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { ZmqPubError } from '../../errors.ts'
import { makeFolder, toMode } from '../../util/fs.ts'
import { LockFile } from '../../util/lock-file.ts'
import { describeHolder, type LockHolder, type LockSightings } from '../../util/lock-holder.ts'
import { pathAdvice, toWriteError } from '../files/write-error.ts'
import { toJournalPath } from './journal-path.ts'

/** How often a lock that another collector has is tried again. Unit: ms */
const retryMs = 500

/** A log to lock. */
export interface LockRequest {
  /** Path of its journal, which need not exist. */
  path: string
  /** Otherwise the log stays unlocked if its folder can't be written. */
  isRequired: boolean
  /** Permissions of folders that must be made for it, in octal digits; '' = as the umask says. */
  dirMode?: string
}

/** A log that another collector has locked. */
export interface LockedLog {
  /** Path of the lock. */
  lockPath: string
  holder: LockHolder
}

/** The locks that a configuration needs. @param journalPath of the journal, whose folder must be writable */
export function toLockRequests(
  outputs: readonly { file: string; required: boolean; dirMode: string }[],
  journalPath: string
): LockRequest[] {
  return outputs.map(({ file, required, dirMode }) => {
    const path = toJournalPath(file)
    return { path, isRequired: required || path === journalPath, dirMode }
  })
}

/** The locks of several logs: they keep other collectors from writing these logs. */
export class LogLocks {
  /** by the journal's path */
  readonly #locks = new Map<string, LockFile>()
  /** of locks that could not be had: a later try may find their holders dead */
  readonly #sightings: LockSightings = new Map()
  /** Called with a lock's path if another collector has taken a lock, also one that was handed over: see LockFile. */
  onLost: ((lockPath: string) => void) | undefined

  /**
   * Locks the logs that aren't locked yet: all of them or, if it throws, none.
   * @throws ERR_ZMQ_PUB_FILE where another collector has one of them, or the folder of a required one can't be written
   */
  acquireAll(requests: readonly LockRequest[]): void {
    const locked = this.#tryAll(requests)
    if (locked) throw toLockedError(locked)
  }

  /**
   * As `acquireAll`, but waits for a collector that can't be looked at, on another host or in another container:
   * until it releases its lock, or counts as dead after a time without a heartbeat. It does not wait for one that is
   * known to run.
   * @param onWait called again and again while it waits
   * @param signal ends the waiting: it then throws the signal's reason
   */
  async acquireWhenFree(
    requests: readonly LockRequest[],
    onWait: (locked: LockedLog) => void,
    signal?: AbortSignal
  ): Promise<void> {
    let ordered = [...requests]
    for (;;) {
      const locked = this.#tryAll(ordered)
      if (!locked) return
      if (locked.holder.isRunning) throw toLockedError(locked)
      onWait(locked)
      // The one that is waited for comes first: the others are not taken and released each time.
      const isWaitedFor = ({ path }: LockRequest): boolean => toLockPath(path) === locked.lockPath
      ordered = ordered.toSorted((a, b) => Number(isWaitedFor(b)) - Number(isWaitedFor(a)))
      await sleep(retryMs, undefined, { signal })
    }
  }

  /** Gives a lock to the caller, who must release it. @returns undefined where the log isn't locked */
  handOver(path: string): LockFile | undefined {
    const lock = this.#locks.get(path)
    this.#locks.delete(path)
    return lock
  }

  /** Takes back a lock that was handed over, or another one. @param path of its log's journal */
  takeBack(path: string, lock: LockFile): void {
    this.#locks.set(path, lock)
  }

  /** Releases all locks but those of these journals' paths. */
  keepOnly(paths: readonly string[]): void {
    this.#release([...this.#locks.keys()].filter(path => !paths.includes(path)))
  }

  /** @returns the first log that another collector has; none is locked then */
  #tryAll(requests: readonly LockRequest[]): LockedLog | undefined {
    const fresh = requests.filter(({ path }) => !this.#locks.has(path))
    let isDone = false
    try {
      for (const request of fresh) {
        const locked = this.#try(request)
        if (locked) return locked
      }
      isDone = true
      return undefined
    } finally {
      if (!isDone) this.#release(fresh.map(({ path }) => path))
    }
  }

  /** @returns undefined where it is locked now, or stays unlocked */
  #try({ path, isRequired, dirMode }: LockRequest): LockedLog | undefined {
    try {
      const lock = tryLogLock(path, this.#sightings, dirMode)
      if (!(lock instanceof LockFile)) return { lockPath: toLockPath(path), holder: lock }
      lock.onLost = () => this.onLost?.(toLockPath(path))
      this.#locks.set(path, lock)
    } catch (error) {
      if (isRequired) throw error
    }
    return undefined
  }

  #release(paths: readonly string[]): void {
    for (const path of paths) {
      this.#locks.get(path)?.release()
      this.#locks.delete(path)
    }
  }
}

/**
 * Locks one log with a file `<journal>.lock`; makes missing folders.
 * @param path of the log's journal
 * @throws ERR_ZMQ_PUB_FILE where another collector has it, or the folder can't be written
 */
export function acquireLogLock(path: string): LockFile {
  const lock = tryLogLock(path)
  if (lock instanceof LockFile) return lock
  throw toLockedError({ lockPath: toLockPath(path), holder: lock })
}

/** @returns the holder where it is another collector @throws ERR_ZMQ_PUB_FILE where the folder can't be written */
function tryLogLock(path: string, sightings?: LockSightings, dirMode = ''): LockFile | LockHolder {
  try {
    makeFolder(dirname(path), toMode(dirMode))
    return LockFile.acquire(toLockPath(path), sightings)
  } catch (error) {
    throw toWriteError(path, error)
  }
}

function toLockPath(journalPath: string): string {
  return `${journalPath}.lock`
}

/** The error of a collector that has lost a lock while it was writing. */
export function toLostError(lockPath: string): ZmqPubError {
  return new ZmqPubError(
    'ERR_ZMQ_PUB_FILE',
    `another collector has taken over this log because this one did not respond for too long: it holds ${lockPath}. This collector has stopped writing; stop one of them, or ${pathAdvice}`
  )
}

function toLockedError({ lockPath, holder }: LockedLog): ZmqPubError {
  return new ZmqPubError(
    'ERR_ZMQ_PUB_FILE',
    `another collector is writing this log: ${describeHolder(holder)}, holds ${lockPath}; stop it, or ${pathAdvice}`
  )
}
