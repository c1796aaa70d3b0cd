/**
 * The spool: batches of senders on disk, in files of one folder.
 *
 * Constraints
 *   - Several processes may share the folder, and each may be killed at any time (kill -9): every
 *     batch that `push` accepted is kept until it is acknowledged, or dropped and counted. A later
 *     process sends it under the id of the dead one, and the collector recognizes repeated records by
 *     sender id and sequence number: none is written twice.
 *   - A batch belongs to one process at a time: the lock of its sender id decides.
 *   - A full disk or a full spool (`maxBytes` a sender id) refuses a batch, and leaves what is there.
 *   - Nothing is flushed with fsync: a power cut may lose the newest batches.
 *
 * Layout, `<id>` is the sender id as 16 hexadecimal digits
 *   <id>.lock             the owner: see util/lock-file.ts
 *   <id>.hello            JSON of the sender's hello, as on the wire: app, host, levels ...
 *   <id>-<first seq>.seg  a segment: entries with rising sequence numbers; `<first seq>` is that of its
 *                         first record, 16 decimal digits, so that names sort in the order of records
 *
 *   An entry, one batch; numbers are little-endian:
 *     offset  bytes
 *          0      4  length of the payload
 *          4      4  CRC-32 of the length and the header
 *          8      4  CRC-32 of the payload
 *         12     28  header, as on the wire: kind batch, sender id, first, count
 *         40      …  payload: NDJSON records
 *
 * Write
 *   - The first push creates the lock, then the hello, then a segment. A batch is appended to the
 *     newest segment that this process created, as long as it continues that segment's records and
 *     the segment has less than 1/16 of `maxBytes`; else it begins a new segment.
 *   - A write that fails is cut off again, and the batch is refused.
 *   - A segment is deleted once all its records were read and are acknowledged; hello and lock go with
 *     the last one. A full buffer drops the segment with the oldest unsent batch as a whole.
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
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { LockFile } from '../../util/lock-file.ts'
import { Queue } from '../../util/queue.ts'
import { encodeHello, type Hello } from '../../wire/hello.ts'
import { toHexId } from '../../wire/id.ts'
import type { SpoolOptions } from '../options.ts'
import type { Batch, RecordRange } from '../sender/batch.ts'
import type { BatchStore } from '../sender/send-queue.ts'
import {
  listSpools,
  toLeftoverError,
  toSegmentSuffix,
  toSpoolPath,
  type SegmentName
} from './file-names.ts'
import { Segment, type EntryLocation } from './segment.ts'

/** What a spool needs from its owner. */
export interface SpoolOwner {
  /** Describes the sender, for a later process that adopts the spool. */
  readonly hello: Hello
  /** Records that were on disk and can't be read. */
  onDamage(range: RecordRange): void
  /** A batch couldn't be written, and was refused: the file system's error. */
  onTrouble(error: Error): void
}

/** A segment gets at most about this part of `maxBytes`, and is dropped as a whole. */
const segmentsPerSpool = 16

/** The batches of one sender id on disk. Nothing is on disk before the first push. */
export class Spool implements BatchStore {
  readonly #options: SpoolOptions
  readonly #id: string
  readonly #owner: SpoolOwner
  /** in the order of their records */
  #segments: Segment[] = []
  /** the newest segment, if this process created it */
  #writing: Segment | undefined
  /** entries that were not read yet, or not shifted */
  readonly #waiting = new Queue<EntryLocation>()
  /** the oldest waiting batch, once it was read */
  #oldest: Batch | undefined
  #records = 0
  #end = 1
  #lock: LockFile | undefined
  /** files that can't be read, and are never deleted */
  readonly #leftPaths = new Set<string>()

  constructor(options: SpoolOptions, id: string, owner: SpoolOwner) {
    this.#options = options
    this.#id = id
    this.#owner = owner
  }

  /**
   * Takes over the files of a dead process. What is no segment is left where it is, see `onTrouble`.
   * @param lock the lock of this sender id; it is the spool's from now on
   * @throws the file system's error, or an error that says that nothing of it can be read; the spool
   *   must be closed then
   */
  adopt(lock: LockFile): void {
    this.#lock = lock
    const { segments = [], oddPaths = [] } =
      listSpools(this.#options.dir).get(toHexId(this.#id)) ?? {}
    for (const path of oddPaths) this.#leave(path, 'its number is no sequence number')
    this.#end = segments[0]?.first ?? 1
    for (const name of segments) this.#adoptSegment(name)
  }

  #adoptSegment({ path, first }: SegmentName): void {
    const segment = this.#openLeft(path)
    if (!segment) return
    this.#segments.push(segment)
    const locations = segment.scan(first)
    if (segment.bytes === 0) this.#skipTo(first)
    else if (locations.length === 0) this.#leave(path, 'no record in it can be read')
    for (const location of locations) {
      const end = location.first + location.count
      if (end <= this.#end) continue // another segment has these records: no spool does that
      this.#skipTo(location.first)
      this.#addWaiting(location)
      this.#end = end
    }
  }

  /** @returns undefined where it is no file, or gone @throws the file system's error */
  #openLeft(path: string): Segment | undefined {
    try {
      return Segment.open(path, this.#id)
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (code !== 'EINVAL' && code !== 'ENOENT') throw error
      if (code === 'EINVAL') this.#leave(path, 'it is no file')
      return undefined
    }
  }

  #leave(path: string, why: string): void {
    this.#leftPaths.add(path)
    this.#owner.onTrouble(toLeftoverError(path, why))
  }

  /** The records between the last one found and `first` are damaged. */
  #skipTo(first: number): void {
    if (first <= this.#end) return
    this.#owner.onDamage({ first: this.#end, count: first - this.#end })
    this.#end = first
  }

  /** Whether there are files of this sender id that can't be read. They stay, and its hello beside them. */
  get hasLeftovers(): boolean {
    return this.#leftPaths.size > 0
  }

  /** Deletes all files, as everything in them was delivered. */
  discard(): void {
    this.#deleteAll()
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
    return this.#segments.reduce((sum, segment) => sum + segment.bytes, 0)
  }

  /** The batch that waits longest; damaged ones are skipped, and given to `onDamage`. */
  get oldest(): Batch | undefined {
    while (!this.#oldest) {
      const location = this.#waiting.first
      if (!location) return undefined
      this.#oldest = location.segment.read(location)
      if (this.#oldest) break
      this.shift()
      this.#owner.onDamage(location)
    }
    return this.#oldest
  }

  /** Writes a batch. @returns false where the spool is full, or the disk: see `onTrouble` */
  push(batch: Batch): boolean {
    // Batches that were read and aren't acknowledged are still on disk.
    if (this.#segments.some(segment => segment.has(batch.first))) return true
    if (this.bytes + batch.bytes > this.#options.maxBytes) return false
    try {
      const segment = this.#openSegment(batch.first)
      this.#append(segment, batch)
      this.#end = batch.first + batch.count
      return true
    } catch (error) {
      this.#owner.onTrouble(error as Error)
      return false
    }
  }

  /** The oldest batch no longer waits; its segment stays until `release`. */
  shift(): void {
    const location = this.#waiting.shift()
    if (location) this.#records -= location.count
    this.#oldest = undefined
  }

  /** Deletes the segments whose records were all read and are acknowledged up to `seq`. */
  release(seq: number): void {
    const oldestWaiting = this.#waiting.first?.segment
    const keptFrom = this.#segments.findIndex(
      segment => segment === oldestWaiting || segment.end > seq + 1
    )
    if (keptFrom === -1) this.#deleteAll()
    else for (const segment of this.#segments.splice(0, keptFrom)) this.#delete(segment)
  }

  /** Deletes the segment of the oldest waiting batch. @returns its waiting records */
  dropOldest(): RecordRange | undefined {
    const oldest = this.#waiting.first
    if (!oldest) return undefined
    const { segment, first } = oldest
    let count = 0
    for (
      let location = this.#waiting.first;
      location?.segment === segment;
      location = this.#waiting.first
    ) {
      count += location.count
      this.shift()
    }
    this.#segments = this.#segments.filter(other => other !== segment)
    if (segment === this.#writing) this.#writing = undefined
    this.#delete(segment)
    return { first, count }
  }

  /** Closes the files and releases the lock; a later process may adopt them. */
  close(): void {
    for (const segment of this.#segments.splice(0)) segment.close()
    this.#lock?.release()
    this.#lock = undefined
  }

  #append(segment: Segment, batch: Batch): void {
    try {
      this.#addWaiting(segment.append(batch))
    } catch (error) {
      if (segment !== this.#writing) segment.delete() // created for this batch, and empty
      throw error
    }
    if (segment !== this.#writing) this.#segments.push(segment)
    this.#writing = segment
  }

  #addWaiting(location: EntryLocation): void {
    this.#waiting.push(location)
    this.#records += location.count
  }

  /** The segment that a batch is appended to: the newest, or a new one. */
  #openSegment(first: number): Segment {
    const { dir, maxBytes } = this.#options
    const writing = this.#writing
    if (writing?.end === first && writing.bytes < maxBytes / segmentsPerSpool) return writing
    if (!this.#lock) this.#claim()
    return Segment.create(toSpoolPath(dir, this.#id, toSegmentSuffix(first)), this.#id)
  }

  /** Creates folder, lock and hello. */
  #claim(): void {
    const { dir } = this.#options
    mkdirSync(dir, { recursive: true })
    const path = toSpoolPath(dir, this.#id, '.lock')
    const lock = LockFile.acquire(path)
    if (!lock) throw new Error(`${path} is held by another process`)
    const helloPath = toSpoolPath(dir, this.#id, '.hello')
    try {
      writeFileSync(helloPath, encodeHello(this.#owner.hello))
    } catch (error) {
      rmSync(helloPath, { force: true }) // half a hello would be left for ever
      lock.release()
      throw error
    }
    this.#lock = lock
  }

  #deleteAll(): void {
    this.#writing = undefined
    for (const segment of this.#segments.splice(0)) this.#delete(segment)
    if (!this.#lock) return
    if (!this.hasLeftovers) {
      rmSync(toSpoolPath(this.#options.dir, this.#id, '.hello'), { force: true })
    }
    this.#lock.release()
    this.#lock = undefined
  }

  #delete(segment: Segment): void {
    if (this.#leftPaths.has(segment.path)) segment.close()
    else segment.delete()
  }
}
