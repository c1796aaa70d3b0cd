import { readdirSync, readFileSync } from 'node:fs'

/** Why a test of a process's memory is skipped; false where it can run. */
export const noProc = process.platform !== 'linux' && 'the memory of a process is read from /proc'

/** The most memory that a process has had. Unit: MiB */
export function readPeakMiB(pid: number | undefined): number {
  const kib = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
  return Number(kib) / 1024
}

/** The memory that a process has now. Unit: MiB */
export function readMiB(pid: number | undefined): number {
  const kib = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
  return Number(kib) / 1024
}

/** How many file descriptors a process has open. */
export function countDescriptors(pid: number | undefined): number {
  return readdirSync(`/proc/${pid}/fd`).length
}
