/**
 * The spool: batches of senders on disk, in files of one folder.
 *
 * Constraints
 *   - Several processes may share the folder, and each may be killed at any time (kill -9): every
 *     batch that `push` accepted is kept until it is acknowledged, or dropped and counted. A later
 *     process sends it under the id of the dead one, and the collector recognizes repeated records by
 *     sender id and sequence number: none is written twice.
 *   - A batch belongs to one process at a time: the lock of its sender id decides. A process that was
 *     stopped for so long that another took the lock sends what it has open, as the other does, under the
 *     same sender id, but no longer touches the files.
 *   - A full disk or a full spool (`maxBytes` a sender id) refuses a batch, and leaves what is there.
 *   - Nothing is flushed with fsync: a power cut may lose the newest batches.
 *
 * Layout, `<id>` is the sender's public id as 16 hexadecimal digits
 *   <id>.lock             the owner: see util/lock-file.ts
 *   <id>.hello            JSON of the sender's hello, as on the wire, with the secret sender id and the public
 *                         key of its owner; mode 0600. A process with another key leaves such a spool alone.
 *                         One of wire version 1 has no secret id: the process that adopts it draws one, and
 *                         writes the file anew, before it sends anything.
 *   <id>-<first seq>.seg  a segment: entries with rising sequence numbers; `<first seq>` is that of its
 *                         first record, 16 decimal digits, so that names sort in the order of records
 *
 *   An entry, one batch; numbers are little-endian:
 *     offset  bytes
 *          0      4  length of the payload
 *          4      4  CRC-32 of the length and the header
 *          8      4  CRC-32 of the payload
 *         12     28  00 'z' 'p' 01, kind (1 byte: 2) and 3 of 0, public id (8), first (8), count (4)
 *         40      …  payload: NDJSON records
 *
 * Write
 *   - The first push creates the lock, then the hello, then a segment. A batch is appended to the
 *     newest segment that this process created, as long as it continues that segment's records and
 *     the segment has less than 1/16 of `maxBytes`; else it begins a new segment.
 *   - A write that fails is cut off again, and the batch is refused. A segment that somebody has changed
 *     is not appended to.
 *   - Files that somebody has deleted are written again: every 10 s, before a write, and at the end.
 *   - A segment is deleted once all its records were read and are acknowledged; hello and lock go with
 *     the last one. One that can't be deleted is emptied, and deleted later; hello and lock stay as long.
 *     A full buffer drops the segment with the oldest unsent batch as a whole.
 *
 * Read
 *   - The sender's own batches are read back in order, one at a time; they stay until acknowledged.
 *   - A later process looks for `.hello` files whose lock it gets (orphans.ts), scans the headers of
 *     the segments (`adopt`) and sends under that id. It never appends to a segment that it adopted.
 *   - What was sent but not acknowledged before is sent again; what `close` kept, too.
 *
 * Repair
 *   - An entry that is incomplete or has a damaged header ends its segment: where the next entry
 *     would begin is unknown. Only an entry with a damaged payload is skipped alone.
 *   - Missing sequence numbers, within or between segments, are damage: they are reported as dropped
 *     records, so that the collector does not wait for them. Entries that are missing at
 *     the end of the last segment can't be known, and aren't reported.
 *   - What can't be read is left where it is, and the owner is told: a spool without a readable hello,
 *     a segment without a readable record (its hello stays, too), what is no file. Files are never
 *     repaired in place.
 */
import type { LockFile } from '../../util/lock-file.ts'
import { Queue } from '../../util/queue.ts'
import type { SpoolOptions } from '../options.ts'
import type { Batch, RecordRange } from '../sender/batch.ts'
import type { BatchStore } from '../sender/batch-store.ts'
import type { SpoolIdentity } from './identity.ts'
import type { EntryLocation } from './segment.ts'
import { SpoolFiles, type SpoolFilesOwner } from './spool-files.ts'

/** What a spool needs from its owner. */
export interface SpoolOwner extends SpoolFilesOwner {
  /** Records that were on disk and can't be read. */
  onDamage(range: RecordRange): void
}

/** Errors of a write that deleting the oldest records can help with. */
const noRoom = new Set(['ENOSPC', 'EDQUOT', 'EFBIG'])

/**
 * The batches of one sender id on disk. Nothing is on disk before the first push. Only `adopt` throws:
 * other trouble of the file system is told to the owner, and everything else continues.
 */
export class Spool implements BatchStore {
  readonly #maxBytes: number
  readonly #owner: SpoolOwner
  readonly #files: SpoolFiles
  /** entries that were not read yet, or not shifted */
  #waiting = new Queue<EntryLocation>()
  /** the oldest waiting batch, once it was read */
  #read: Batch | undefined
  #records = 0
  #end = 1
  #isBroken = false
  #wasUsed = false

  constructor(options: SpoolOptions, identity: SpoolIdentity, owner: SpoolOwner) {
    this.#maxBytes = options.maxBytes
    this.#owner = owner
    this.#files = new SpoolFiles(options, identity, owner)
  }

  /**
   * Takes over the files of a dead process. What is no segment is left where it is, see `onTrouble`.
   * @param lock the lock of this sender id; it is the spool's from now on
   * @throws the file system's error where a segment can't be read; the spool must be closed then
   */
  adopt(lock: LockFile): void {
    this.#wasUsed = true
    const left = this.#files.adopt(lock)
    this.#end = left[0]?.first ?? 1
    for (const { first, segment, locations } of left) {
      if (segment) this.#skipTo(first)
      for (const location of locations) {
        const end = location.first + location.count
        if (end <= this.#end) continue // another segment has these records: no spool does that
        this.#skipTo(location.first)
        this.#addWaiting(location)
        this.#end = end
      }
    }
  }

  /** The records between the last one found and `first` are damaged. */
  #skipTo(first: number): void {
    if (first <= this.#end) return
    this.#owner.onDamage({ first: this.#end, count: first - this.#end })
    this.#end = first
  }

  /** Whether there are files of this sender id that can't be read. They stay, and its hello beside them. */
  get hasLeftovers(): boolean {
    return this.#files.hasLeftovers
  }

  /** Whether records were ever on disk: then some may be there that were delivered, and a later process sends them again. */
  get wasUsed(): boolean {
    return this.#wasUsed
  }

  /** Whether the last write has failed, and not for want of room. */
  get isBroken(): boolean {
    return this.#isBroken
  }

  /** Deletes all files, as everything in them was delivered. What can't be deleted is left to a later process. */
  discard(): void {
    this.#files.release(() => false)
    this.close()
  }

  /** Records that wait. */
  get records(): number {
    return this.#records
  }

  /** Sequence number after the last record that was on disk; 1 at first. */
  get end(): number {
    return this.#end
  }

  /** Bytes on disk. */
  get bytes(): number {
    return this.#files.bytes
  }

  /** The records of the batch that waits longest, as far as can be known without reading it. */
  get oldest(): RecordRange | undefined {
    return this.#waiting.first
  }

  /** Reads the batch that waits longest; those that can't be read are skipped, and given to `onDamage`. */
  read(): Batch | undefined {
    while (!this.#read) {
      const location = this.#waiting.first
      if (!location) return undefined
      this.#read = this.#readAt(location)
      if (this.#read) break
      this.shift()
      this.#owner.onDamage(location)
    }
    return this.#read
  }

  /** Writes a batch. @returns false where the spool is full, or the disk refuses: see `onTrouble` */
  push(batch: Batch): boolean {
    this.#wasUsed = true
    // Batches that were read and aren't acknowledged are still on disk.
    if (this.#files.has(batch.first)) return true
    this.#isBroken = false
    if (this.bytes + batch.bytes > this.#maxBytes) return false
    try {
      this.#addWaiting(this.#files.append(batch))
      this.#end = batch.first + batch.count
      return true
    } catch (error) {
      this.#isBroken = !noRoom.has(String((error as NodeJS.ErrnoException).code))
      this.#owner.onTrouble(error as Error)
      return false
    }
  }

  /** The oldest batch no longer waits; its segment stays until `release`. */
  shift(): void {
    const location = this.#waiting.shift()
    if (location) this.#records -= location.count
    this.#read = undefined
  }

  /** Deletes the segments whose records were all read and are acknowledged up to `seq`. */
  release(seq: number): void {
    const oldestWaiting = this.#waiting.first?.segment
    this.#files.release(segment => segment === oldestWaiting || segment.end > seq + 1)
  }

  /** Deletes the segment of the oldest waiting batch. @returns its waiting records; undefined where none waits, or where that would make no room */
  dropOldest(): RecordRange | undefined {
    const oldest = this.#waiting.first
    if (!oldest || this.#isBroken) return undefined
    const { segment, first } = oldest
    if (this.#files.isForeign(segment)) return undefined
    let count = 0
    for (
      let location = this.#waiting.first;
      location?.segment === segment;
      location = this.#waiting.first
    ) {
      count += location.count
      this.shift()
    }
    this.#files.delete(segment)
    return { first, count }
  }

  /**
   * Makes sure that what waits is on disk for a later process, whatever somebody did to the files.
   * @returns the records that could not be written again; they no longer wait
   */
  secure(): RecordRange[] {
    const gone = this.#files.restore()
    if (gone.size === 0) return []
    const waiting = [...this.#waiting]
    this.#waiting = new Queue()
    this.#records = 0
    this.#read = undefined
    for (const location of waiting) if (!gone.has(location.segment)) this.#addWaiting(location)
    return waiting.filter(({ segment }) => gone.has(segment))
  }

  /** Closes the files and releases the lock; a later process may adopt them. */
  close(): void {
    this.#files.close()
  }

  #addWaiting(location: EntryLocation): void {
    this.#waiting.push(location)
    this.#records += location.count
  }

  #readAt(location: EntryLocation): Batch | undefined {
    try {
      return location.segment.read(location)
    } catch (error) {
      this.#owner.onTrouble(error as Error)
      return undefined
    }
  }
}
