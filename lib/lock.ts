import { randomUUID } from 'node:crypto'
import { readFileSync, renameSync, statSync, unlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { parseObject } from './hello.ts'

/** A lock from another host is touched this often, and is dead when it wasn't for six times as long. Unit: ms */
const touchMs = 10_000
const deadMs = 6 * touchMs

/**
 * Says that a living process owns what the file stands for. Left behind by a process that is dead,
 * it is taken over; a living one's never is.
 */
export class Lock {
  readonly #path: string
  readonly #timer: NodeJS.Timeout

  /** @returns undefined where somebody alive has it @throws the file system's error */
  static acquire(path: string): Lock | undefined {
    if (create(path)) return new Lock(path)
    if (isAlive(path) || !takeAway(path)) return undefined
    return create(path) ? new Lock(path) : undefined
  }

  private constructor(path: string) {
    this.#path = path
    this.#timer = setInterval(() => this.#touch(), touchMs).unref()
  }

  release(): void {
    clearInterval(this.#timer)
    ignoreMissing(() => unlinkSync(this.#path))
  }

  #touch(): void {
    const now = new Date()
    ignoreMissing(() => utimesSync(this.#path, now, now))
  }
}

/** Who holds a lock; `start` tells a process from a later one with the same number, where the system knows it. */
interface Owner {
  pid: number
  host: string
  start: string
}

function self(): Owner {
  return { pid: process.pid, host: hostname(), start: startOf(process.pid) }
}

function create(path: string): boolean {
  try {
    writeFileSync(path, JSON.stringify(self()), { flag: 'wx' })
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

function isAlive(path: string): boolean {
  let text: string
  let touchedAt: number
  try {
    text = readFileSync(path, 'utf8')
    touchedAt = statSync(path).mtimeMs
  } catch {
    return false // released meanwhile
  }
  const { pid, host, start } = (parseObject(text) ?? {}) as Partial<Owner>
  if (host !== hostname()) return Date.now() - touchedAt < deadMs
  return typeof pid === 'number' && isRunning(pid) && startOf(pid) === start
}

/** Only one of several takers succeeds: a file can be renamed away once. */
function takeAway(path: string): boolean {
  const aside = `${path}.${randomUUID()}`
  try {
    renameSync(path, aside)
    unlinkSync(aside)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT'
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
function startOf(pid: number): string {
  try {
    // The 22nd field; the 2nd is the program's name in parentheses, which may hold spaces.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ')
    return fields?.[19] ?? ''
  } catch {
    return ''
  }
}

function ignoreMissing(action: () => void): void {
  try {
    action()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
}
