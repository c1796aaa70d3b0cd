/**
 * Wire format v1, for both sides. docs/wire-format.md describes it for other programs.
 *
 *   data, sender to collector:  [root topic, payload, header]
 *   acks, collector to sender:  [02 'z' 'p' 01, collector id, (sender id, sequence number) ...]
 */
import { ZmqPubError } from '../errors.ts'
import { idBytes } from './id.ts'
import { isNextSeq, isSeq } from './seq.ts'

/** A collector subscribes to this besides its topics; it tells a transport to send batches. */
export const markerTopic = Buffer.from('\0zmq-pub/1')

/** What a data message is: see Header. */
export const frameKinds = { hello: 1, batch: 2, bye: 3 } as const
/** One of `frameKinds`. */
export type FrameKind = (typeof frameKinds)[keyof typeof frameKinds]

/**
 * Describes a payload.
 * - hello: `first` = the oldest sequence number the sender still holds, `count` = 0
 * - batch: `first` = the sequence number of the first record, `count` = records in the payload
 * - bye: `first` = the sequence number after the sender's last, `count` = 0
 *
 * Sequence numbers start at 1 for each sender id; `maxSeq` is the highest.
 */
export interface Header {
  kind: FrameKind
  /** 8 bytes, as a latin1 string, so that it can key a Map */
  senderId: string
  /** a sequence number: see above */
  first: number
  /** records in the payload */
  count: number
}

/** All records of a sender up to `seq` are in the collector's file; 0 = none yet. */
export interface Ack {
  senderId: string
  seq: number
}

const dataMagic = 0x01_70_7a_00 // bytes 00 'z' 'p' 01, read as little-endian
const ackMagic = 0x01_70_7a_02 // bytes 02 'z' 'p' 01
/** Size of a header. Unit: bytes */
export const headerBytes = 28
const ackEntryBytes = 16

/** @returns a frame of `headerBytes` */
export function encodeHeader({ kind, senderId, first, count }: Header): Buffer {
  const header = Buffer.alloc(headerBytes)
  header.writeUInt32LE(dataMagic, 0)
  header.writeUInt8(kind, 4)
  header.write(senderId, 8, idBytes, 'latin1')
  writeSeq(header, first, 16)
  header.writeUInt32LE(count, 24)
  return header
}

/**
 * @param frame the third frame of a message
 * @returns undefined where the frame has no magic: the message is plain with an extra frame
 * @throws ERR_ZMQ_PUB_FRAME where it has the magic but isn't a header of this version, or has numbers
 *   that no sender can have: whatever calculates with a header relies on this check
 */
export function decodeHeader(frame: Buffer): Header | undefined {
  if (frame.length < 4 || frame.readUInt32LE(0) !== dataMagic) return undefined
  const kind = frame.length === headerBytes ? frame.readUInt8(4) : 0
  if (!isFrameKind(kind)) {
    throw new ZmqPubError(
      'ERR_ZMQ_PUB_FRAME',
      `a header must have ${headerBytes} bytes and kind 1, 2 or 3, got ${frame.length} bytes, kind ${kind}`
    )
  }
  const first = readSeq(frame, 16)
  const count = frame.readUInt32LE(24)
  const isPossible =
    kind === frameKinds.batch
      ? isSeq(first) && count > 0 && isSeq(first + count - 1)
      : isNextSeq(first) && count === 0
  if (!isPossible) {
    throw new ZmqPubError(
      'ERR_ZMQ_PUB_FRAME',
      `records are numbered from 1 to 2^53 - 2; a batch has one at least, a hello or bye none; got first ${first}, count ${count}, kind ${kind}`
    )
  }
  return { kind, senderId: frame.toString('latin1', 8, 16), first, count }
}

/** An upstream frame of a collector. @param collectorId 8 bytes as latin1 */
export function encodeAcks(collectorId: string, acks: readonly Ack[]): Buffer {
  const frame = Buffer.allocUnsafe(4 + idBytes + acks.length * ackEntryBytes)
  frame.writeUInt32LE(ackMagic, 0)
  frame.write(collectorId, 4, idBytes, 'latin1')
  let offset = 4 + idBytes
  for (const { senderId, seq } of acks) {
    frame.write(senderId, offset, idBytes, 'latin1')
    writeSeq(frame, seq, offset + idBytes)
    offset += ackEntryBytes
  }
  return frame
}

/** @returns undefined where the frame isn't an ack; entries with numbers that no record can have are left out */
export function decodeAcks(frame: Buffer): { collectorId: string; acks: Ack[] } | undefined {
  if (frame.length < 4 + idBytes || frame.readUInt32LE(0) !== ackMagic) return undefined
  const acks: Ack[] = []
  for (let offset = 4 + idBytes; offset + ackEntryBytes <= frame.length; offset += ackEntryBytes) {
    const senderId = frame.toString('latin1', offset, offset + idBytes)
    const seq = readSeq(frame, offset + idBytes)
    if (seq === 0 || isSeq(seq)) acks.push({ senderId, seq })
  }
  return { collectorId: frame.toString('latin1', 4, 4 + idBytes), acks }
}

/** The upstream frame that asks an XPUB for a topic. */
export function encodeSubscription(topic: Buffer): Buffer {
  return Buffer.concat([Buffer.of(1), topic])
}

/** @returns undefined where the upstream frame is neither a subscription nor an unsubscription */
export function decodeSubscription(
  frame: Buffer
): { isSubscribed: boolean; topic: Buffer } | undefined {
  if (frame[0] !== 0 && frame[0] !== 1) return undefined
  return { isSubscribed: frame[0] === 1, topic: frame.subarray(1) }
}

function isFrameKind(kind: number): kind is FrameKind {
  return kind === frameKinds.hello || kind === frameKinds.batch || kind === frameKinds.bye
}

// u64le, as two halves: no BigInt on the hot path. No sender has more than 2 ** 53 records.
function writeSeq(buffer: Buffer, seq: number, offset: number): void {
  buffer.writeUInt32LE(seq >>> 0, offset)
  buffer.writeUInt32LE(Math.floor(seq / 2 ** 32), offset + 4)
}

function readSeq(buffer: Buffer, offset: number): number {
  return buffer.readUInt32LE(offset) + buffer.readUInt32LE(offset + 4) * 2 ** 32
}
