/** An entry of a segment: one batch. spool.ts describes its format. */
import { crc32 } from 'node:zlib'
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
/** Size of what stands before the payload. Unit: bytes */
export const headBytes = prefixBytes + headerBytes

/** @param senderId 8 bytes as latin1 */
export function encodeEntry(senderId: string, { first, count, payload, bytes }: Batch): Buffer {
  const header = encodeHeader({ kind: frameKinds.batch, senderId, first, count })
  const prefix = Buffer.alloc(prefixBytes)
  prefix.writeUInt32LE(bytes, 0)
  prefix.writeUInt32LE(headerChecksum(prefix, header), 4)
  prefix.writeUInt32LE(crc32(payload), 8)
  return Buffer.concat([prefix, header, toBytes(payload)])
}

/**
 * Reads what stands before the payload.
 * @param head `headBytes` of a file
 * @returns undefined where it isn't the beginning of one of this sender's entries; `length` is that of
 *   the whole entry, in bytes
 */
export function decodeHead(
  senderId: string,
  head: Buffer
): { first: number; count: number; length: number } | undefined {
  const frame = head.subarray(prefixBytes)
  if (headerChecksum(head, frame) !== head.readUInt32LE(4)) return undefined
  const header = toHeader(frame)
  if (header?.kind !== frameKinds.batch || header.senderId !== senderId) return undefined
  const { first, count } = header
  if (first < 1 || count < 1 || !Number.isSafeInteger(first + count)) return undefined
  return { first, count, length: headBytes + head.readUInt32LE(0) }
}

/** @param entry a whole entry @returns undefined where the payload is damaged */
export function decodePayload(entry: Buffer): Buffer | undefined {
  const payload = entry.subarray(headBytes)
  return crc32(payload) === entry.readUInt32LE(8) ? payload : undefined
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
