import fs from 'node:fs'
import type { Test } from 'tap'

/** What a disk does with one write: take the first bytes only, or refuse it with an error code. */
export type DiskFault = { takes: number } | { refuses: 'ENOSPC' | 'EIO' }

/**
 * Makes the next asynchronous writes of this process fail, one fault a write; after them the disk is well.
 * @returns how many writes were tried since
 */
export function weakenDisk(t: Test, faults: DiskFault[]): () => number {
  const write = fs.write as (fd: number, bytes: Buffer, done: Done) => void
  let tries = 0
  t.intercept(fs, 'write', {
    value: (fd: number, bytes: Buffer, done: Done) => {
      tries++
      const fault = faults.shift()
      if (!fault) write(fd, bytes, done)
      else if ('takes' in fault) write(fd, bytes.subarray(0, fault.takes), done)
      else setImmediate(done, Object.assign(new Error(fault.refuses), { code: fault.refuses }), 0)
    }
  })
  return () => tries
}

type Done = (error: NodeJS.ErrnoException | null, written: number) => void
