import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import type { Test } from 'tap'

type Call = (...args: unknown[]) => unknown
type Name =
  | 'fdatasyncSync'
  | 'lstatSync'
  | 'openSync'
  | 'readdirSync'
  | 'readFileSync'
  | 'renameSync'
  | 'unlinkSync'
  | 'writeFileSync'
  | 'writeSync'

/** Puts a function in the place of one of `node:fs`, for those who import it by name, too. @returns puts it back */
function replace(t: Test, name: Name, make: (real: Call) => Call): () => void {
  const real = fs[name]
  const set = (value: unknown): void => {
    Object.assign(fs, { [name]: value })
    syncBuiltinESMExports()
  }
  set(make(real as Call))
  t.teardown(() => set(real))
  return () => set(real)
}

/** What another process does in between: once, right before this one calls `name` with a path that begins so. */
export function meanwhile(t: Test, name: Name, path: string, action: () => void): void {
  const putBack = replace(t, name, real => (...args) => {
    if (String(args[0]).startsWith(path)) {
      putBack()
      action()
    }
    return real(...args)
  })
}

/** The next writes to files take so many bytes each, or are refused with an error code; then the disk is well. */
export function weakenWrites(t: Test, faults: (number | string)[]): void {
  replace(t, 'writeSync', real => (fd, bytes, at) => {
    const fault = faults.shift()
    if (typeof fault === 'string') throw toError(fault)
    return real(fd, bytes, at, fault)
  })
}

/** The next call of `name` with a path that ends so, or with any file where there is none, fails; then all is well. */
export function failOnce(t: Test, name: Name, code: string, path = ''): void {
  const putBack = replace(t, name, real => (...args) => {
    if (!String(args[0]).endsWith(path)) return real(...args)
    putBack()
    throw toError(code)
  })
}

/** @returns how often this process has waited since until bytes were on disk */
export function countSyncs(t: Test): () => number {
  let syncs = 0
  replace(t, 'fdatasyncSync', real => fd => {
    syncs++
    return real(fd)
  })
  return () => syncs
}

export function toError(code: string): NodeJS.ErrnoException {
  return Object.assign(new Error(code), { code })
}
