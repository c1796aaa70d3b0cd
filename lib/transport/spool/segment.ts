/**
 * One append-only file of a spool: batches, each as
 *
 *   u32le length of the payload │ u32le CRC-32 of length and header │ u32le CRC-32 of the payload
 *   │ header (28 bytes, as on the wire) │ payload
 */
import { closeSync, fstatSync, ftruncateSync, openSync, readSync, unlinkSync } from 'node:fs'
import { crc32 } from 'node:zlib'
import { writeAll } from '../../util/fs.ts'
import { decodeHeader, encodeHeader, frameKinds, headerBytes } from '../../wire/frame.ts'
import { toBytes, type Batch } from '../sender/batch.ts'

const prefixBytes = 12
const payloadAt = prefixBytes + headerBytes

/** Where a batch stands in a segment. */
export interface Place {
  segment: Segment
  first: number
  count: number
  offset: number
  /** bytes of the whole entry */
  length: number
}

export class Segment {
  readonly #path: string
  readonly #fd: number
  #bytes: number
  #start = 0
  #end = 0

  /** Opens a segment, or makes it. @throws the file system's error */
  constructor(path: string) {
    this.#path = path
    this.#fd = openSync(path, 'a+')
    this.#bytes = fstatSync(this.#fd).size
  }

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

  /** @throws the file system's error, such as ENOSPC; the file is then as it was */
  append(senderId: string, { first, count, payload, bytes }: Batch): Place {
    const header = encodeHeader({ kind: frameKinds.batch, senderId, first, count })
    const prefix = Buffer.alloc(prefixBytes)
    prefix.writeUInt32LE(bytes, 0)
    prefix.writeUInt32LE(sumOf(prefix, header), 4)
    prefix.writeUInt32LE(crc32(payload), 8)
    const entry = Buffer.concat([prefix, header, toBytes(payload)])
    try {
      writeAll(this.#fd, entry)
    } catch (error) {
      ftruncateSync(this.#fd, this.#bytes)
      throw error
    }
    const place = { segment: this, first, count, offset: this.#bytes, length: entry.length }
    this.#bytes += entry.length
    this.#grow(first, count)
    return place
  }

  /**
   * Finds the batches of an existing segment, without reading their payloads. An entry that was cut
   * off, by the death of its writer, or whose header is damaged, ends the list.
   */
  scan(): Place[] {
    const places: Place[] = []
    let offset = 0
    for (let head = this.#read(0, payloadAt); head; head = this.#read(offset, payloadAt)) {
      const length = payloadAt + head.readUInt32LE(0)
      const isWhole = sumOf(head, head.subarray(prefixBytes)) === head.readUInt32LE(4)
      const header = isWhole ? decodeHeader(head.subarray(prefixBytes)) : undefined
      if (!header || offset + length > this.#bytes) break
      const { first, count } = header
      places.push({ segment: this, first, count, offset, length })
      offset += length
      this.#grow(first, count)
    }
    return places
  }

  /** @returns undefined where the bytes aren't those that were written */
  read({ first, count, offset, length }: Place): Batch | undefined {
    const entry = this.#read(offset, length)
    if (!entry || crc32(entry.subarray(payloadAt)) !== entry.readUInt32LE(8)) return undefined
    return { first, count, payload: entry.subarray(payloadAt), bytes: length - payloadAt }
  }

  close(): void {
    closeSync(this.#fd)
  }

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

function sumOf(prefix: Buffer, header: Buffer): number {
  return crc32(header, crc32(prefix.subarray(0, 4)))
}
