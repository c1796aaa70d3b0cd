import { randomUUID } from 'node:crypto'
import {
  closeSync,
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
import { parseObject } from './object.ts'

/** A lock from another host is touched this often, and is dead when it wasn't for six times as long. Unit: ms */
const touchMs = 10_000
const deadMs = 6 * touchMs

/**
 * Says that a living process owns what the file stands for. Left behind by a process that is dead,
 * it is taken over; a living one's never is.
 */
export class LockFile {
  readonly #path: string
  readonly #text: string
  readonly #timer: NodeJS.Timeout

  /** @returns undefined where somebody alive has it @throws the file system's error */
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
    this.#timer = setInterval(() => this.#touch(), touchMs).unref()
  }

  /** Where the folder has become toWriteError the file stays; it is taken over once this process has ended. */
  release(): void {
    clearInterval(this.#timer)
    try {
      if (readText(this.#path) === this.#text) rmSync(this.#path, { force: true })
    } catch {
      // the end of a program is no time to fail
    }
  }

  #touch(): void {
    const now = new Date()
    try {
      utimesSync(this.#path, now, now)
    } catch {
      // It only tells other hosts that we live; a folder that has gone is noticed by others.
    }
  }
}

/** Who holds a lock; `start` tells a process from a later one with the same number, where the system knows it. */
interface Owner {
  pid: number
  host: string
  start: string
  /** tells the locks of one process apart */
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
    rmSync(path, { force: true }) // made, but not filled: a full disk
    throw error
  } finally {
    closeSync(fd)
  }
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}

/** @returns what a dead owner wrote, where it is dead */
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

/** Only one of several takers succeeds: a file can be renamed away once. */
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

/** Another taker was faster, and this is its living lock. */
function restore(aside: string, path: string): void {
  try {
    linkSync(aside, path) // not rename(): a third one may have made its own meanwhile
  } catch {
    // then there is a lock again, and its owner lives
  }
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM' // somebody else's, but running
  }
}

/** When a process was started, in the kernel's ticks; '' where only Linux would know. */
function startTimeOf(pid: number): string {
  try {
    // The 22nd field; the 2nd is the program's name in parentheses, which may hold spaces.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ')
    return String(fields?.[19])
  } catch {
    return ''
  }
}
