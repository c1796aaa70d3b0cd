import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import type { Test } from 'tap'

/** How one write fails: only the first bytes are written, or none, with an error code. */
export type DiskFault = { takes: number } | { refuses: string }

type Done = (error: NodeJS.ErrnoException | null, written?: number) => void
type Write = (fd: number, bytes: Buffer, done: Done) => void
type Sync = (fd: number, done: Done) => void

/**
 * Makes the next asynchronous writes of this process fail, one fault a write; later writes work.
 * @returns counts the writes since
 */
export function weakenDisk(t: Test, faults: DiskFault[]): () => number {
  const write: Write = fs.write
  let tries = 0
  const weakWrite: Write = (fd, bytes, done) => {
    tries++
    const fault = faults.shift()
    if (!fault) write(fd, bytes, done)
    else if ('takes' in fault) write(fd, bytes.subarray(0, fault.takes), done)
    else setImmediate(done, toError(fault.refuses))
  }
  replace(t, { write }, { write: weakWrite })
  return () => tries
}

/** As `weakenDisk`, for fdatasync. @param refusals an error code a call */
export function weakenSync(t: Test, refusals: string[]): () => number {
  const fdatasync: Sync = fs.fdatasync
  let tries = 0
  const weakSync: Sync = (fd, done) => {
    tries++
    const refusal = refusals.shift()
    if (refusal === undefined) fdatasync(fd, done)
    else setImmediate(done, toError(refusal))
  }
  replace(t, { fdatasync }, { fdatasync: weakSync })
  return () => tries
}

/** Makes the next asynchronous calls of open fail. @param refusals an error code a call */
export function weakenOpen(t: Test, refusals: string[]): void {
  const { open } = fs as { open: (...args: unknown[]) => void }
  const weakOpen = (...args: unknown[]): void => {
    const refusal = refusals.shift()
    if (refusal === undefined) open(...args)
    else setImmediate(args.at(-1) as Done, toError(refusal))
  }
  replace(t, { open }, { open: weakOpen })
}

/** Counts the calls of fsyncSync from now on. */
export function countSyncs(t: Test): () => number {
  const { fsyncSync } = fs
  let calls = 0
  const countedSync = (fd: number): void => {
    calls++
    fsyncSync(fd)
  }
  replace(t, { fsyncSync }, { fsyncSync: countedSync })
  return () => calls
}

/** Replaces functions of `node:fs` until the test ends, also where they were imported by name. */
function replace(t: Test, good: object, weak: object): void {
  Object.assign(fs, weak)
  syncBuiltinESMExports()
  t.teardown(() => {
    Object.assign(fs, good)
    syncBuiltinESMExports()
  })
}

function toError(code: string): NodeJS.ErrnoException {
  return Object.assign(new Error(code), { code })
}
