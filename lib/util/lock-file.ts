import { randomUUID } from 'node:crypto'
import {
  closeSync,
  ftruncateSync,
  linkSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  unlinkSync,
  utimesSync,
  writeFileSync
} from 'node:fs'
import { hostname } from 'node:os'
import { isNoSpace, readSmallFile } from './fs.ts'
import { parseObject } from './object.ts'

/** A lock is touched this often. On another host it is dead if it wasn't touched for six times as long. Unit: ms */
const touchMs = 10_000
const deadMs = 6 * touchMs
/** No lock is larger. Unit: bytes */
const maxLockBytes = 4096

/**
 * A lock file that names its owner. A dead owner's lock is taken over, a living owner's never.
 * Processes on other hosts that share the folder are respected too. On a full disk the file is empty until there is
 * room: that makes it a lock of another host for everybody, which is dead if it wasn't touched for a minute.
 */
export class LockFile {
  readonly #path: string
  readonly #text: string
  readonly #timer: NodeJS.Timeout
  /** Whether the file names its owner. */
  #isNamed: boolean

  /** Acquires a lock, without waiting. @param path of the file, whose folder must exist @returns undefined if a living owner has it @throws the file system's error; EINVAL where there is something else than a file */
  static acquire(path: string): LockFile | undefined {
    const text = JSON.stringify(describeSelf())
    if (create(path, text)) return new LockFile(path, text)
    const found = inspect(path)
    const isFree = found === 'released' || (found !== 'alive' && removeDead(path, found.dead))
    return isFree && create(path, text) ? new LockFile(path, text) : undefined
  }

  private constructor(path: string, text: string) {
    this.#path = path
    this.#text = text
    this.#isNamed = readText(path) === text
    this.#timer = setInterval(() => this.#touch(), touchMs).unref()
  }

  /** Deletes the file if it is still ours. If it can't be deleted it stays, and is taken over once this process has ended. */
  release(): void {
    clearInterval(this.#timer)
    try {
      const text = readText(this.#path)
      if (text === this.#text || (text === '' && !this.#isNamed))
        rmSync(this.#path, { force: true })
    } catch {
      // A release must not fail: it is part of a program's shutdown.
    }
  }

  #touch(): void {
    const now = new Date()
    try {
      if (!this.#isNamed && readText(this.#path) === '') writeFileSync(this.#path, this.#text)
      this.#isNamed = true
    } catch {
      // The disk is still full: tried again at the next touch.
    }
    try {
      utimesSync(this.#path, now, now)
    } catch {
      // Touching only matters to other hosts; a missing folder is reported by those who write in it.
    }
  }
}

/** The content of a lock file. */
interface Owner {
  pid: number
  host: string
  /** When the process was started: a later process may have the same pid. '' if unknown. */
  start: string
  /** Distinguishes the locks of one process. */
  token: string
}

function describeSelf(): Owner {
  return {
    pid: process.pid,
    host: hostname(),
    start: startTimeOf(process.pid),
    token: randomUUID()
  }
}

/** @returns false if the file exists */
function create(path: string, text: string): boolean {
  let fd: number
  try {
    fd = openSync(path, 'wx')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
  try {
    writeFileSync(fd, text)
    return true
  } catch (error) {
    if (!isNoSpace(error)) {
      rmSync(path, { force: true }) // created but not written
      throw error
    }
    ftruncateSync(fd)
    return true
  } finally {
    closeSync(fd)
  }
}

/** @returns undefined if there is no file @throws the file system's error; EINVAL where it is no regular file */
function readText(path: string): string | undefined {
  try {
    return readSmallFile(path, maxLockBytes).toString()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

/** @returns the file's text if its owner is dead @throws the file system's error */
function inspect(path: string): 'released' | 'alive' | { dead: string } {
  const text = readText(path)
  const touchedAt = statSync(path, { throwIfNoEntry: false })?.mtimeMs
  if (text === undefined || touchedAt === undefined) return 'released'
  const { pid, host, start } = (parseObject(text) ?? {}) as Partial<Owner>
  const isAlive =
    host === hostname()
      ? typeof pid === 'number' && isRunning(pid) && startTimeOf(pid) === start
      : Date.now() - touchedAt < deadMs
  return isAlive ? 'alive' : { dead: text }
}

/** Removes a dead owner's lock. Only one of several processes succeeds, since a file can be renamed away once. @returns whether there is no lock now */
function removeDead(path: string, dead: string): boolean {
  const aside = `${path}.${randomUUID()}`
  try {
    renameSync(path, aside)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT'
  }
  const isDead = readText(aside) === dead
  if (!isDead) restore(aside, path)
  unlinkSync(aside)
  return isDead
}

/** Puts back a lock that another process acquired between `inspect` and `removeDead`. */
function restore(aside: string, path: string): void {
  try {
    linkSync(aside, path) // not rename(): a third process may have created its own lock meanwhile
  } catch {
    // there is a lock again, and its owner is alive
  }
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM' // another user's process, but running
  }
}

/** When a process was started, in kernel ticks since boot; '' on other systems than Linux. */
function startTimeOf(pid: number): string {
  try {
    // The 22nd field; the 2nd is the program's name in parentheses, which may contain spaces.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ')
    return String(fields?.[19])
  } catch {
    return ''
  }
}
