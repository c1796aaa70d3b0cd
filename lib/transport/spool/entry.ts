/** An entry of a segment: one batch. spool.ts describes its format. */
import { crc32 } from 'node:zlib'
import { readSeq, writeSeq } from '../../wire/acks.ts'
import { idBytes } from '../../wire/id.ts'
import { isSeq } from '../../wire/seq.ts'
import { toBytes, type Batch } from '../sender/batch.ts'

/** length and two checksums */
const prefixBytes = 12
/** The header is that of wire version 1, whose spools are still read. */
const headerBytes = 28
const magic = 0x01_70_7a_00 // bytes 00 'z' 'p' 01, read as little-endian
const batchKind = 2
/** Size of what precedes the payload. Unit: bytes */
export const headBytes = prefixBytes + headerBytes

/** @param spoolId 8 bytes as latin1 */
export function encodeEntry(spoolId: string, { first, count, payload, bytes }: Batch): Buffer {
  const head = Buffer.alloc(headBytes)
  const header = head.subarray(prefixBytes)
  header.writeUInt32LE(magic, 0)
  header.writeUInt8(batchKind, 4)
  header.write(spoolId, 8, idBytes, 'latin1')
  writeSeq(header, first, 16)
  header.writeUInt32LE(count, 24)
  head.writeUInt32LE(bytes, 0)
  head.writeUInt32LE(headerChecksum(head), 4)
  head.writeUInt32LE(crc32(payload), 8)
  return Buffer.concat([head, toBytes(payload)])
}

/**
 * Reads what precedes the payload.
 * @param spoolId 8 bytes as latin1
 * @param head `headBytes` of a file
 * @returns undefined where it isn't the beginning of one of this spool's entries; `length` is that of
 *   the whole entry, in bytes
 */
export function decodeHead(
  spoolId: string,
  head: Buffer
): { first: number; count: number; length: number } | undefined {
  if (headerChecksum(head) !== head.readUInt32LE(4)) return undefined
  const header = head.subarray(prefixBytes)
  const isBatch = header.readUInt32LE(0) === magic && header.readUInt8(4) === batchKind
  if (!isBatch || header.toString('latin1', 8, 16) !== spoolId) return undefined
  const [first, count] = [readSeq(header, 16), header.readUInt32LE(24)]
  if (!isSeq(first) || count < 1 || !isSeq(first + count - 1)) return undefined
  return { first, count, length: headBytes + head.readUInt32LE(0) }
}

/** @param entry a whole entry @returns undefined where the payload is damaged */
export function decodePayload(entry: Buffer): Buffer | undefined {
  const payload = entry.subarray(headBytes)
  return crc32(payload) === entry.readUInt32LE(8) ? payload : undefined
}

/** Of the length and the header. */
function headerChecksum(head: Buffer): number {
  return crc32(head.subarray(prefixBytes, headBytes), crc32(head.subarray(0, 4)))
}
