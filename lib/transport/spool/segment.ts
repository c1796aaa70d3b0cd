/** One append-only file of a spool; spool.ts describes its format. */
import {
  closeSync,
  constants,
  fstatSync,
  ftruncateSync,
  openSync,
  readSync,
  statSync,
  truncateSync,
  unlinkSync
} from 'node:fs'
import { noSurprises, openRegularFile, writeAll } from '../../util/fs.ts'
import type { Batch } from '../sender/batch.ts'
import { decodeHead, decodePayload, encodeEntry, headBytes } from './entry.ts'

/** A deleted file is written again in pieces of this size. Unit: bytes */
const copyBytes = 1024 * 1024
/** Segments contain records, which other users must not read. */
const privateFileMode = 0o600

/** Where the entry of a batch is. */
export interface EntryLocation {
  segment: Segment
  /** sequence number of the first record */
  first: number
  /** records in the batch */
  count: number
  /** where the entry begins in the file. Unit: bytes */
  offset: number
  /** of the whole entry. Unit: bytes */
  length: number
}

/** A segment file that is open. It never flushes to the disk: see spool.ts. */
export class Segment {
  readonly #path: string
  readonly #senderId: string
  #fd: number
  #bytes: number
  /** sequence numbers of its first record, and after its last; 0 while it has none */
  #start = 0
  #end = 0

  /** Creates a segment to append to. @throws the file system's error; EEXIST where the file has bytes already */
  static create(path: string, senderId: string): Segment {
    const segment = new Segment(path, senderId, create(path))
    if (segment.bytes === 0) return segment
    segment.close()
    throw toError('EEXIST', `not empty, open '${path}'`)
  }

  /** Opens a segment that another process left, to be scanned next. @throws as `openRegularFile` */
  static open(path: string, senderId: string): Segment {
    return new Segment(path, senderId, openRegularFile(path))
  }

  private constructor(path: string, senderId: string, fd: number) {
    this.#path = path
    this.#senderId = senderId
    this.#fd = fd
    this.#bytes = sizeOf(fd)
  }

  /** Path of the file. */
  get path(): string {
    return this.#path
  }

  /** Size of the file, damaged entries included. */
  get bytes(): number {
    return this.#bytes
  }

  /** Whether it has the record with this sequence number. */
  has(seq: number): boolean {
    return seq >= this.#start && seq < this.#end
  }

  /** Sequence number after its last record. */
  get end(): number {
    return this.#end
  }

  /** Whether a later process will find the file, or a copy of it, at its path. What can't be looked at is taken to be there. */
  get isOnDisk(): boolean {
    const found = this.#find()
    return found === 'unknown' || (found !== 'gone' && (found.isOpen || found.size === this.#bytes))
  }

  /** Whether the open file is the one at the path, and has what this process has written, no more and no less. */
  isIntact(): boolean {
    const found = this.#find()
    if (found === 'unknown') return fstatSync(this.#fd).size === this.#bytes
    return found !== 'gone' && found.isOpen && found.size === this.#bytes
  }

  /** Looks for the file at the path. */
  #find(): { isOpen: boolean; size: number } | 'gone' | 'unknown' {
    try {
      const { dev, ino, size } = statSync(this.#path)
      const open = fstatSync(this.#fd)
      return { isOpen: open.dev === dev && open.ino === ino, size }
    } catch (error) {
      const { code = '' } = error as NodeJS.ErrnoException
      return ['ENOENT', 'ENOTDIR'].includes(code) ? 'gone' : 'unknown'
    }
  }

  /**
   * Appends an entry. A segment that isn't intact must not be appended to.
   * @throws the file system's error, such as ENOSPC; what was written of the entry is cut off then, if it can be
   */
  append(batch: Batch): EntryLocation {
    const entry = encodeEntry(this.#senderId, batch)
    try {
      writeAll(this.#fd, entry)
    } catch (error) {
      cutOff(this.#fd, this.#bytes)
      throw error
    }
    const { first, count } = batch
    const location = { segment: this, first, count, offset: this.#bytes, length: entry.length }
    this.#bytes += entry.length
    this.#grow(first, count)
    return location
  }

  /**
   * Finds the entries of an existing segment, without reading their payloads. The list ends before an
   * entry that is incomplete, as its writer was killed, or whose header is damaged, of another sender,
   * or has numbers that can't follow.
   * @param first sequence number that its first record must have
   * @throws the file system's error
   */
  scan(first: number): EntryLocation[] {
    const locations: EntryLocation[] = []
    let offset = 0
    for (let head = this.#read(0, headBytes); head; head = this.#read(offset, headBytes)) {
      const entry = decodeHead(this.#senderId, head)
      if (!entry || offset + entry.length > this.#bytes) break
      const isNext = offset === 0 ? entry.first === first : entry.first >= this.#end
      if (!isNext) break
      locations.push({ segment: this, offset, ...entry })
      offset += entry.length
      this.#grow(entry.first, entry.count)
    }
    return locations
  }

  /** @returns undefined where the payload is damaged, or the file is shorter @throws the file system's error */
  read({ first, count, offset, length }: EntryLocation): Batch | undefined {
    const entry = this.#read(offset, length)
    const payload = entry && decodePayload(entry)
    return payload && { first, count, payload, bytes: payload.length }
  }

  /** Writes the file again, as somebody has deleted it; the open file still has its content. @throws the file system's error; nothing has changed then */
  restore(): void {
    const fd = create(this.#path, constants.O_EXCL)
    try {
      const end = Math.min(this.#bytes, fstatSync(this.#fd).size)
      for (let offset = 0; offset < end; offset += copyBytes) {
        const piece = this.#read(offset, Math.min(copyBytes, end - offset))
        if (piece) writeAll(fd, piece)
      }
    } catch (error) {
      closeSync(fd)
      unlinkSync(this.#path)
      throw error
    }
    closeSync(this.#fd)
    this.#fd = fd
  }

  /** Closes the file, and keeps it. @throws the file system's error; the file is closed all the same */
  close(): void {
    closeSync(this.#fd)
  }

  /**
   * Closes and deletes the file, if it is there.
   * @throws the file system's error; the file is closed all the same, and has been emptied where that
   *   is allowed, so that no later process sends its records again
   */
  delete(): void {
    try {
      if (this.isOnDisk) unlinkSync(this.#path)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') {
        empty(this.#path)
        throw error
      }
    } finally {
      this.close()
    }
  }

  #grow(first: number, count: number): void {
    if (this.#end === 0) this.#start = first
    this.#end = first + count
  }

  #read(offset: number, length: number): Buffer | undefined {
    if (offset + length > this.#bytes) return undefined
    const bytes = Buffer.allocUnsafeSlow(length)
    return readSync(this.#fd, bytes, 0, length, offset) === length ? bytes : undefined
  }
}

/** @returns a file descriptor to append to and to read from */
function create(path: string, flags = 0): number {
  const { O_APPEND, O_CREAT, O_RDWR } = constants
  return openSync(path, O_RDWR | O_APPEND | O_CREAT | noSurprises | flags, privateFileMode)
}

/** The size of an open file, which is closed where that can't be told. Unit: bytes */
function sizeOf(fd: number): number {
  try {
    return fstatSync(fd).size
  } catch (error) {
    closeSync(fd)
    throw error
  }
}

/** A segment that can't be cut is no longer intact: what follows goes to another one. */
function cutOff(fd: number, bytes: number): void {
  try {
    ftruncateSync(fd, bytes)
  } catch {
    // its bytes are more than `bytes`, which is how it is found out
  }
}

function empty(path: string): void {
  try {
    truncateSync(path)
  } catch {
    // a later process sends it again; collectors recognize the records by their numbers
  }
}

function toError(code: string, text: string): Error {
  return Object.assign(new Error(`${code}: ${text}`), { code })
}
