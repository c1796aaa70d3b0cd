import { existsSync, rmSync } from 'node:fs'
import type { LockFile } from '../../util/lock-file.ts'
import type { Hello } from '../../wire/hello.ts'
import type { SpoolOptions } from '../options.ts'
import type { Batch } from '../sender/batch.ts'
import { openLeftSegments, type LeftSegment } from './adoption.ts'
import { Claim } from './claim.ts'
import { toSegmentSuffix, toSpoolPath } from './file-names.ts'
import type { SpoolIdentity } from './identity.ts'
import { Segment, type EntryLocation } from './segment.ts'

/** What the files of a spool need from their owner. */
export interface SpoolFilesOwner {
  /** Describes the sender, for a later process that adopts the spool. */
  readonly hello: Hello
  /** Something of the spool can't be read, written or deleted: the file system's error, or one that says what to do. */
  onTrouble(error: Error): void
}

/** A segment gets at most about this part of `maxBytes`, and is dropped as a whole. */
const segmentsPerSpool = 16
/** How often it is checked that the files are still there. Unit: ms */
const checkMs = 10_000
/** How often files are made again that somebody deletes while they are made: `rm -r` takes several steps, too. */
const maxTries = 10

/**
 * The files of one sender id: segments, hello and lock. Only `adopt` and `append` throw; whatever else
 * the file system refuses, the owner is told, and it is tried again.
 */
export class SpoolFiles {
  readonly #options: SpoolOptions
  /** 8 bytes as latin1 */
  readonly #spoolId: string
  readonly #owner: SpoolFilesOwner
  readonly #claim: Claim
  /** in the order of their records */
  #segments: Segment[] = []
  /** the newest segment, if this process created it */
  #writing: Segment | undefined
  /** segments that another process has taken over */
  readonly #foreign = new WeakSet<Segment>()
  #hasLeftovers = false
  /** segments that are delivered, but couldn't be deleted */
  #undeletedPaths: string[] = []
  /** whether everything is delivered, and something couldn't be deleted: `#check` tries again */
  #isCleanupDue = false
  #timer: NodeJS.Timeout | undefined

  constructor(options: SpoolOptions, identity: SpoolIdentity, owner: SpoolFilesOwner) {
    this.#options = options
    this.#spoolId = identity.spoolId
    this.#owner = owner
    this.#claim = new Claim(options.dir, identity, () => this.#letGo())
  }

  /** Opens what a dead process left. @param lock of this spool; it is this object's from now on @throws as `openLeftSegments` */
  adopt(lock: LockFile): LeftSegment[] {
    this.#claim.adopt(lock)
    const left = openLeftSegments(this.#options.dir, this.#spoolId, error => {
      this.#hasLeftovers = true
      this.#owner.onTrouble(error)
    })
    this.#segments = left.flatMap(({ segment }) => segment ?? [])
    this.#startChecks()
    return left
  }

  /** Whether there are files of this sender id that can't be read. They stay, and its hello beside them. */
  get hasLeftovers(): boolean {
    return this.#hasLeftovers
  }

  /** Bytes on disk. */
  get bytes(): number {
    return this.#segments.reduce((sum, segment) => sum + segment.bytes, 0)
  }

  /** Whether the record with this sequence number is on disk. */
  has(seq: number): boolean {
    return this.#segments.some(
      segment => segment.has(seq) && (this.isForeign(segment) || segment.isOnDisk)
    )
  }

  /** Appends a batch to the newest segment, or to a new one. @throws the file system's error, or that another process has the lock */
  append(batch: Batch): EntryLocation {
    this.#claim.confirm()
    const segment = againWhileDeleted(() => this.#openSegment(batch.first))
    if (segment === this.#writing) return segment.append(batch)
    try {
      const location = segment.append(batch)
      this.#segments.push(segment)
      this.#writing = segment
      return location
    } catch (error) {
      this.delete(segment) // it is empty
      throw error
    }
  }

  /** Deletes the oldest segments, up to the first that is kept; with the last one the hello, too, and the lock is released. */
  release(isKept: (segment: Segment) => boolean): void {
    if (this.#segments.length > 0) this.#claim.confirm()
    const keptFrom = this.#segments.findIndex(isKept)
    const released = keptFrom === -1 ? this.#segments.length : keptFrom
    for (const segment of this.#segments.slice(0, released)) this.delete(segment)
    if (this.#segments.length === 0 && this.#claim.isHeld && !this.#isCleanupDue) this.#cleanUp()
  }

  /** Whether another process has taken over a segment: it is still read, but no longer touched. */
  isForeign(segment: Segment): boolean {
    return this.#foreign.has(segment)
  }

  /** Deletes one segment. If it can't be deleted now, that is tried again when all are delivered. */
  delete(segment: Segment): void {
    this.#claim.confirm()
    this.#segments = this.#segments.filter(other => other !== segment)
    if (segment === this.#writing) this.#writing = undefined
    try {
      if (this.#foreign.has(segment)) segment.close()
      else segment.delete()
    } catch (error) {
      if (!this.#foreign.has(segment)) this.#undeletedPaths.push(segment.path)
      this.#owner.onTrouble(error as Error)
    }
  }

  /** Writes the files again that somebody has deleted. @returns the segments that can't be written again */
  restore(): Set<Segment> {
    this.#claim.confirm()
    const own = this.#segments.filter(segment => !this.isForeign(segment))
    if (own.length === 0) return new Set()
    const { hello } = this.#owner
    const isHelloGone = this.#try(() => this.#claim.restore(hello)) ?? false
    const gone = own.filter(segment => !segment.isOnDisk)
    for (const segment of gone) {
      this.#try(() => {
        this.#claim.restore(hello)
        segment.restore()
      })
    }
    if (isHelloGone || gone.length > 0) this.#owner.onTrouble(toDeletedError(this.#options.dir))
    return new Set(gone.filter(segment => !segment.isOnDisk))
  }

  /** Closes the files and releases the lock; a later process may adopt them. */
  close(): void {
    clearInterval(this.#timer)
    if (this.#isCleanupDue && this.#segments.length === 0) this.#cleanUp()
    for (const segment of this.#segments.splice(0)) this.#try(() => segment.close())
    this.#claim.release()
  }

  /** The segment that a batch is appended to: the newest, or a new one. @throws the file system's error */
  #openSegment(first: number): Segment {
    const { dir, maxBytes } = this.#options
    const writing = this.#writing
    if (writing && !writing.isOnDisk) this.restore()
    const isNext = writing?.end === first && writing.bytes < maxBytes / segmentsPerSpool
    if (isNext && writing.isIntact()) return writing
    this.#claim.take(this.#owner.hello)
    this.#startChecks()
    return Segment.create(toSpoolPath(dir, this.#spoolId, toSegmentSuffix(first)), this.#spoolId)
  }

  /** Another process has the lock: it sends what is in the segments, as this one does, and deletes them. */
  #letGo(): void {
    const own = this.#segments.filter(segment => !this.#foreign.has(segment))
    for (const segment of own) this.#foreign.add(segment)
    this.#writing = undefined
    this.#undeletedPaths = []
    this.#isCleanupDue = false
    if (own.length > 0) this.#owner.onTrouble(toTakenError(this.#options.dir))
  }

  #startChecks(): void {
    this.#timer ??= setInterval(() => this.#check(), checkMs).unref()
  }

  #check(): void {
    if (this.#segments.length > 0) this.restore()
    else if (this.#claim.isHeld) this.#cleanUp()
  }

  /** Everything is delivered: deletes what couldn't be deleted before, then the hello, and releases the lock. */
  #cleanUp(): void {
    this.#isCleanupDue = true
    for (const path of this.#undeletedPaths.splice(0)) {
      this.#try(() => rmSync(path, { force: true }))
      if (existsSync(path)) this.#undeletedPaths.push(path)
    }
    if (this.#undeletedPaths.length > 0) return
    if (this.#hasLeftovers) this.#claim.release()
    else this.#try(() => this.#claim.drop())
    if (this.#claim.isHeld) return
    this.#isCleanupDue = false
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  /** @returns undefined where the file system refuses; the owner is told then */
  #try<T>(act: () => T): T | undefined {
    try {
      return againWhileDeleted(act)
    } catch (error) {
      this.#owner.onTrouble(error as Error)
      return undefined
    }
  }
}

/** @throws what `act` throws, at once where it isn't that a file or the folder is gone */
function againWhileDeleted<T>(act: () => T): T {
  for (let tries = 1; ; tries++) {
    try {
      return act()
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || tries === maxTries) throw error
    }
  }
}

function toTakenError(dir: string): Error {
  return new Error(
    `another process has taken over what this one has in the spool in ${dir}, as it stood still for long: both send it, and it is written once`
  )
}

function toDeletedError(dir: string): Error {
  return new Error(
    `somebody has deleted files of the spool in ${dir}; their records are not delivered yet, so they are written again: keep other programs out of this folder`
  )
}
