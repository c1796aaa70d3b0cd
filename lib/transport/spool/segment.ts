/** One append-only file of a spool; spool.ts describes its format. */
import {
  closeSync,
  constants,
  fstatSync,
  ftruncateSync,
  openSync,
  readSync,
  unlinkSync
} from 'node:fs'
import { crc32 } from 'node:zlib'
import { noSurprises, openRegularFile, writeAll } from '../../util/fs.ts'
import {
  decodeHeader,
  encodeHeader,
  frameKinds,
  headerBytes,
  type Header
} from '../../wire/frame.ts'
import { toBytes, type Batch } from '../sender/batch.ts'

/** length and two checksums */
const prefixBytes = 12
const payloadOffset = prefixBytes + headerBytes

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
  readonly #fd: number
  #bytes: number
  /** sequence numbers of its first record, and after its last; 0 while it has none */
  #start = 0
  #end = 0

  /** Creates a segment to append to. @throws the file system's error; EEXIST where the file has bytes already */
  static create(path: string, senderId: string): Segment {
    const { O_APPEND, O_CREAT, O_RDWR } = constants
    const segment = new Segment(
      path,
      senderId,
      openSync(path, O_RDWR | O_APPEND | O_CREAT | noSurprises)
    )
    if (segment.bytes === 0) return segment
    segment.close()
    throw Object.assign(new Error(`EEXIST: not empty, open '${path}'`), { code: 'EEXIST' })
  }

  /** Opens a segment that another process left, to be scanned next. @throws as `openRegularFile` */
  static open(path: string, senderId: string): Segment {
    return new Segment(path, senderId, openRegularFile(path))
  }

  private constructor(path: string, senderId: string, fd: number) {
    this.#path = path
    this.#senderId = senderId
    this.#fd = fd
    this.#bytes = fstatSync(fd).size
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

  /** Appends an entry. @throws the file system's error, such as ENOSPC; the file is then as before */
  append({ first, count, payload, bytes }: Batch): EntryLocation {
    const senderId = this.#senderId
    const header = encodeHeader({ kind: frameKinds.batch, senderId, first, count })
    const prefix = Buffer.alloc(prefixBytes)
    prefix.writeUInt32LE(bytes, 0)
    prefix.writeUInt32LE(headerChecksum(prefix, header), 4)
    prefix.writeUInt32LE(crc32(payload), 8)
    const entry = Buffer.concat([prefix, header, toBytes(payload)])
    try {
      writeAll(this.#fd, entry)
    } catch (error) {
      ftruncateSync(this.#fd, this.#bytes)
      throw error
    }
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
    for (let head = this.#read(0, payloadOffset); head; head = this.#read(offset, payloadOffset)) {
      const length = payloadOffset + head.readUInt32LE(0)
      const header = this.#decodeHead(head)
      if (!header || offset + length > this.#bytes) break
      const isNext = offset === 0 ? header.first === first : header.first >= this.#end
      if (!isNext) break
      locations.push({ segment: this, first: header.first, count: header.count, offset, length })
      offset += length
      this.#grow(header.first, header.count)
    }
    return locations
  }

  /** @returns undefined where the payload is damaged, or the file is shorter */
  read({ first, count, offset, length }: EntryLocation): Batch | undefined {
    const entry = this.#read(offset, length)
    if (!entry || crc32(entry.subarray(payloadOffset)) !== entry.readUInt32LE(8)) return undefined
    return { first, count, payload: entry.subarray(payloadOffset), bytes: length - payloadOffset }
  }

  /** Closes the file, and keeps it. */
  close(): void {
    closeSync(this.#fd)
  }

  /** Closes and deletes the file. @throws the file system's error */
  delete(): void {
    this.close()
    unlinkSync(this.#path)
  }

  /** @returns undefined where it isn't the beginning of one of this sender's entries */
  #decodeHead(head: Buffer): Header | undefined {
    const frame = head.subarray(prefixBytes)
    if (headerChecksum(head, frame) !== head.readUInt32LE(4)) return undefined
    const header = toHeader(frame)
    if (header?.kind !== frameKinds.batch || header.senderId !== this.#senderId) return undefined
    const { first, count } = header
    return first >= 1 && count >= 1 && Number.isSafeInteger(first + count) ? header : undefined
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

function headerChecksum(prefix: Buffer, header: Buffer): number {
  return crc32(header, crc32(prefix.subarray(0, 4)))
}

function toHeader(frame: Buffer): Header | undefined {
  try {
    return decodeHeader(frame)
  } catch {
    return undefined // a kind or a number that no header has
  }
}
