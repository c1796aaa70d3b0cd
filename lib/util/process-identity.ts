import { readFileSync, readlinkSync } from 'node:fs'
import { hostname } from 'node:os'

/** Tells one process from all others, also of other hosts and containers, and from earlier ones with the same pid. */
export interface ProcessIdentity {
  pid: number
  host: string
  /** when it was started, in kernel ticks since boot; '' where the system doesn't tell */
  start: string
  /** id of the system's boot; '' where the system has none */
  boot: string
  /** the namespace in which `pid` counts: containers have their own; '' where the system has none */
  namespace: string
}

/** The identity of this process. */
export function identifySelf(): ProcessIdentity {
  return {
    pid: process.pid,
    host: hostname(),
    start: startTimeOf(process.pid),
    boot: readOr('', () => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()),
    namespace: readOr('', () => readlinkSync('/proc/self/ns/pid'))
  }
}

/** Whether the pid of another process means the same in this one: it is of the same boot of the same system, and in the same namespace. */
export function sharesPids(self: ProcessIdentity, other: Partial<ProcessIdentity>): boolean {
  const { boot = '', namespace = '' } = other
  if (process.platform !== 'linux') return other.host === self.host && boot === '' // no namespaces
  return boot !== '' && boot === self.boot && namespace !== '' && namespace === self.namespace
}

/** Whether a process with this pid runs, and is the one that was started then. @param start '' where it is not known */
export function isRunning(pid: number, start: string): boolean {
  if (!hasProcess(pid)) return false
  const startTime = startTimeOf(pid)
  return start === '' || startTime === '' || startTime === start
}

function hasProcess(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM' // another user's process, but running
  }
}

/** '' on other systems than Linux, and where the process may not be looked at */
function startTimeOf(pid: number): string {
  return readOr('', () => {
    // The 22nd field; the 2nd is the program's name in parentheses, which may contain spaces.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ')
    return String(fields?.[19])
  })
}

function readOr<T>(fallback: T, read: () => T): T {
  try {
    return read()
  } catch {
    return fallback
  }
}
