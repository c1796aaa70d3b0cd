/** One append-only file of a spool; spool.ts describes its format. */
import { closeSync, fstatSync, ftruncateSync, openSync, readSync, unlinkSync } from 'node:fs'
import { crc32 } from 'node:zlib'
import { writeAll } from '../../util/fs.ts'
import { decodeHeader, encodeHeader, frameKinds, headerBytes } from '../../wire/frame.ts'
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
  readonly #fd: number
  #bytes: number
  /** sequence numbers of its first record, and after its last; 0 while it has none */
  #start = 0
  #end = 0

  /** Opens a segment, or creates it. An existing one must be scanned next. @throws the file system's error */
  constructor(path: string) {
    this.#path = path
    this.#fd = openSync(path, 'a+')
    this.#bytes = fstatSync(this.#fd).size
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
  append(senderId: string, { first, count, payload, bytes }: Batch): EntryLocation {
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
   * entry that is incomplete, as its writer was killed, or whose header is damaged.
   */
  scan(): EntryLocation[] {
    const locations: EntryLocation[] = []
    let offset = 0
    for (let head = this.#read(0, payloadOffset); head; head = this.#read(offset, payloadOffset)) {
      const length = payloadOffset + head.readUInt32LE(0)
      const isWhole = headerChecksum(head, head.subarray(prefixBytes)) === head.readUInt32LE(4)
      const header = isWhole ? decodeHeader(head.subarray(prefixBytes)) : undefined
      if (!header || offset + length > this.#bytes) break
      const { first, count } = header
      locations.push({ segment: this, first, count, offset, length })
      offset += length
      this.#grow(first, count)
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
