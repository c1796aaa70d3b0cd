/**
 * Remembers which times and levels the ranges of plain files have, for searches that come later: of files that have no
 * index, such as the one that is being written.
 *
 * It must never hide an entry. A collector only appends to a file, or cuts a torn write off its end. So what is known of
 * a file counts as long as it is the same file (device and inode), is not smaller, has not been written without growing,
 * and still has the same bytes at the ends of its first and of its last known range. Else all of it is forgotten.
 */
import type { Stats } from 'node:fs'
import type { FactSettings } from '../collector/blocks/line-facts.ts'
import type { Mark, RangeSummary } from './jobs.ts'
import { readAt } from './range-reader.ts'

/** How much is remembered. */
export interface RangeLimits {
  /** ranges begin at multiples of this. Unit: bytes */
  rangeBytes: number
  /** of all files together */
  maxRanges: number
}

/** About 10 MB of memory, for files of 50 GB. */
export const usualLimits: RangeLimits = { rangeBytes: 1024 * 1024, maxRanges: 50_000 }

/** What is known of a range. */
export type KnownRange = Pick<RangeSummary, 'timesMs' | 'levels'>
type FileState = Pick<Stats, 'size' | 'mtimeMs'>

/** The ranges of all files. */
export class RangeCache {
  /** those that were not searched for the longest time first */
  readonly #files = new Map<string, FileRanges>()
  readonly #limits: RangeLimits
  #count = 0

  constructor(limits = usualLimits) {
    this.#limits = limits
  }

  /** Number of ranges of which something is known. */
  get size(): number {
    return this.#count
  }

  /**
   * What is known of a file that was opened.
   * @param stats of the file by now @param settings how its lines are read @throws the file system's error
   */
  open(fd: number, stats: Stats, { timeKey, levelKey, timezone }: FactSettings): FileRanges {
    const key = JSON.stringify([stats.dev, stats.ino, timeKey, levelKey, timezone])
    const known = this.#files.get(key)
    if (known) {
      this.#files.delete(key)
      if (known.update(fd, stats)) {
        this.#files.set(key, known)
        return known
      }
      this.#forget(known)
    }
    const fresh = new FileRanges(stats, this.#limits.rangeBytes, file => this.#evictOlder(file))
    this.#files.set(key, fresh)
    return fresh
  }

  /** @returns whether a file may have one more range */
  #evictOlder(file: FileRanges): boolean {
    const { maxRanges } = this.#limits
    for (const [key, oldest] of this.#files) {
      if (this.#count < maxRanges || oldest === file) break
      this.#files.delete(key)
      this.#forget(oldest)
    }
    if (this.#count >= maxRanges) return false
    this.#count++
    return true
  }

  #forget(file: FileRanges): void {
    this.#count -= file.close()
  }
}

/** The ranges of one file. */
export class FileRanges {
  readonly rangeBytes: number
  readonly #ranges = new Map<number, KnownRange>()
  readonly #mayAdd: (file: FileRanges) => boolean
  #state: FileState
  /** of the first and the last known range */
  #marks: { first: Mark; last: Mark } | undefined
  #isClosed = false

  /** @param mayAdd called before a range is added */
  constructor(
    { size, mtimeMs }: FileState,
    rangeBytes: number,
    mayAdd: (file: FileRanges) => boolean
  ) {
    this.rangeBytes = rangeBytes
    this.#state = { size, mtimeMs }
    this.#mayAdd = mayAdd
  }

  /** @param offset of a range */
  get(offset: number): KnownRange | undefined {
    return this.#ranges.get(offset)
  }

  /** Adds what a search has found, unless the file has become another one since. */
  add({ offset, timesMs, levels, mark }: RangeSummary): void {
    if (this.#isClosed || this.#ranges.has(offset) || !this.#mayAdd(this)) return
    this.#ranges.set(offset, { timesMs, levels })
    const { first = mark, last = mark } = this.#marks ?? {}
    this.#marks = {
      first: mark.offset < first.offset ? mark : first,
      last: mark.offset > last.offset ? mark : last
    }
  }

  /** @returns false where the file may have other bytes than those that are known @throws the file system's error */
  update(fd: number, { size, mtimeMs }: FileState): boolean {
    const before = this.#state
    const hasGrown = size > before.size
    const isSame = size === before.size && mtimeMs === before.mtimeMs
    if (!hasGrown && !isSame) return false
    if (this.#marks && !(isAt(fd, this.#marks.first) && isAt(fd, this.#marks.last))) return false
    this.#state = { size, mtimeMs }
    return true
  }

  /** A search that still runs can't add anything more. @returns the number of known ranges */
  close(): number {
    this.#isClosed = true
    return this.#ranges.size
  }
}

function isAt(fd: number, { offset, bytes }: Mark): boolean {
  const found = Buffer.alloc(bytes.length)
  return readAt(fd, found, offset) === bytes.length && found.equals(bytes)
}
