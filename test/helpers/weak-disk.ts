import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import type { Test } from 'tap'

/** What a disk does with one write: take the first bytes only, or refuse it with an error code. */
export type DiskFault = { takes: number } | { refuses: string }

type Done = (error: NodeJS.ErrnoException | null, written?: number) => void
type Write = (fd: number, bytes: Buffer, done: Done) => void
type Sync = (fd: number, done: Done) => void

/**
 * Makes the next asynchronous writes of this process fail, one fault a write; after them the disk is well.
 * @returns how many writes were tried since
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

/** As `weakenDisk`, for what brings written bytes to the disk. @param refusals an error code a call */
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

/** @returns how often a file or a folder was brought to the disk by a synchronous call since */
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

/** For those who import names from `node:fs`, too. */
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
