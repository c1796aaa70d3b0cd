/**
 * Acks, collector to sender: [02 'z' 'p' 02, collector id, (public sender id, sequence number) ...].
 * docs/wire-format.md describes them for other programs.
 */
import { idBytes } from './id.ts'
import { isSeq } from './seq.ts'

/** All records of a sender up to `seq` are in the collector's file; 0 = none yet. */
export interface Ack {
  /** the public id: 8 bytes as latin1 */
  senderId: string
  seq: number
}

const magic = 0x02_70_7a_02 // bytes 02 'z' 'p' 02, read as little-endian
const entryBytes = 16

/** An upstream frame of a collector. @param collectorId 8 bytes as latin1 */
export function encodeAcks(collectorId: string, acks: readonly Ack[]): Buffer {
  const frame = Buffer.allocUnsafe(4 + idBytes + acks.length * entryBytes)
  frame.writeUInt32LE(magic, 0)
  frame.write(collectorId, 4, idBytes, 'latin1')
  let offset = 4 + idBytes
  for (const { senderId, seq } of acks) {
    frame.write(senderId, offset, idBytes, 'latin1')
    writeSeq(frame, seq, offset + idBytes)
    offset += entryBytes
  }
  return frame
}

/** @returns undefined where the frame isn't an ack; entries with numbers that no record can have are left out */
export function decodeAcks(frame: Buffer): { collectorId: string; acks: Ack[] } | undefined {
  if (frame.length < 4 + idBytes || frame.readUInt32LE(0) !== magic) return undefined
  const acks: Ack[] = []
  for (let offset = 4 + idBytes; offset + entryBytes <= frame.length; offset += entryBytes) {
    const senderId = frame.toString('latin1', offset, offset + idBytes)
    const seq = readSeq(frame, offset + idBytes)
    if (seq === 0 || isSeq(seq)) acks.push({ senderId, seq })
  }
  return { collectorId: frame.toString('latin1', 4, 4 + idBytes), acks }
}

/** u64le, as two halves: no BigInt on the hot path. No sender has more than 2 ** 53 records. */
export function writeSeq(buffer: Buffer, seq: number, offset: number): void {
  buffer.writeUInt32LE(seq >>> 0, offset)
  buffer.writeUInt32LE(Math.floor(seq / 2 ** 32), offset + 4)
}

/** The reverse of `writeSeq`; a number above 2 ** 53 is read inexactly. */
export function readSeq(buffer: Buffer, offset: number): number {
  return buffer.readUInt32LE(offset) + buffer.readUInt32LE(offset + 4) * 2 ** 32
}
