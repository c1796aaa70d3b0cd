/** A search runs in the collector's process, and leaves to the collector a core and enough file descriptors. */
import { availableParallelism } from 'node:os'
import { countDescriptors, readDescriptorLimit } from '../util/descriptors.ts'

/** What a search may use. */
export interface SearchLimits {
  /** 0 = the page's thread searches */
  maxThreads: number
  maxOpenFiles: number
}

/** More threads than this wait for the disk, or for the one thread that takes what they find. */
const mostThreads = 4
/** With fewer free descriptors no thread is started: apps, logs and browsers need them. */
const keptFree = 32
/** Descriptors of a thread while it loads its modules; later it needs 4. */
const perThread = 32
const mostFiles = 8

/** @param free number of file descriptors that this process may still open */
export function toLimits(free: number, cores = availableParallelism()): SearchLimits {
  const threads = Math.floor((free - keptFree) / perThread)
  return {
    maxThreads: Math.min(Math.max(0, threads), Math.max(1, cores - 1), mostThreads),
    maxOpenFiles: free >= keptFree + perThread ? mostFiles : 1
  }
}

/** How many file descriptors this process may still open; Infinity where the system doesn't tell. */
export function countFree(): number {
  const limit = readDescriptorLimit()
  const open = limit === undefined ? undefined : countDescriptors()
  return limit === undefined || open === undefined ? Number.POSITIVE_INFINITY : limit - open
}
