import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import type { Test } from 'tap'

type Call = (...args: unknown[]) => unknown
type Name =
  | 'appendFileSync'
  | 'closeSync'
  | 'copyFileSync'
  | 'fchownSync'
  | 'fdatasyncSync'
  | 'ftruncateSync'
  | 'linkSync'
  | 'lstatSync'
  | 'openSync'
  | 'opendirSync'
  | 'readdirSync'
  | 'readFileSync'
  | 'readSync'
  | 'renameSync'
  | 'rmSync'
  | 'truncateSync'
  | 'unlinkSync'
  | 'writeFileSync'
  | 'writeSync'

/** Replaces a function of `node:fs`, also where it was imported by name. @returns restores it */
export function replaceCall(t: Test, name: Name, make: (real: Call) => Call): () => void {
  const real = fs[name]
  const set = (value: unknown): void => {
    Object.assign(fs, { [name]: value })
    syncBuiltinESMExports()
  }
  set(make(real as Call))
  t.teardown(() => set(real))
  return () => set(real)
}

/** Simulates another process: runs `action` once, right before `name` is called with a path with this prefix. */
export function meanwhile(t: Test, name: Name, path: string, action: () => void): void {
  const putBack = replaceCall(t, name, real => (...args) => {
    if (String(args[0]).startsWith(path)) {
      putBack()
      action()
    }
    return real(...args)
  })
}

/** Each of the next writes takes this many bytes only, or fails with this code; later writes work. */
export function weakenWrites(t: Test, faults: (number | string)[]): void {
  replaceCall(t, 'writeSync', real => (fd, bytes, offset) => {
    const fault = faults.shift()
    if (typeof fault === 'string') throw toError(fault)
    return real(fd, bytes, offset, fault)
  })
}

/** The next call of `name` with a path with this suffix fails with this code; later calls work. @returns lets it work, too */
export function failOnce(t: Test, name: Name, code: string, path = ''): () => void {
  const putBack = replaceCall(t, name, real => (...args) => {
    if (!String(args[0]).endsWith(path)) return real(...args)
    putBack()
    throw toError(code)
  })
  return putBack
}

/** Every call of `name` with a path with this suffix fails with this code. @returns lets them work again */
export function failAlways(t: Test, name: Name, code: string, path = ''): () => void {
  return replaceCall(t, name, real => (...args) => {
    if (!String(args[0]).endsWith(path)) return real(...args)
    throw toError(code)
  })
}

/** Counts the calls of fdatasyncSync from now on. */
export function countSyncs(t: Test): () => number {
  let syncs = 0
  replaceCall(t, 'fdatasyncSync', real => fd => {
    syncs++
    return real(fd)
  })
  return () => syncs
}

/** An error as node:fs throws it. */
export function toError(code: string): NodeJS.ErrnoException {
  return Object.assign(new Error(code), { code })
}
