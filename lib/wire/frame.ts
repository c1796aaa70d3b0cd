/**
 * Wire format v1, the one place that both sides share. docs/wire-format.md describes it for others.
 *
 *   data, sender to collector:  [root topic, payload, header]
 *   acks, collector to sender:  [02 'z' 'p' 01, collector id, (sender id, sequence number) ...]
 */
import { ZmqPubError } from '../errors.ts'
import { idBytes } from './id.ts'

/** A collector subscribes to this besides its topics; a sender that sees it knows to send batches. */
export const markerTopic = Buffer.from('\0zmq-pub/1')

export const frameKinds = { hello: 1, batch: 2, bye: 3 } as const
export type FrameKind = (typeof frameKinds)[keyof typeof frameKinds]

/**
 * What goes with a payload.
 * - hello: `first` = the oldest sequence number the sender still holds, `count` = 0
 * - batch: `first` = the sequence number of the first record, `count` = records in the payload
 * - bye: `first` = the sequence number after the sender's last, `count` = 0
 *
 * Sequence numbers start at 1 for each sender id.
 */
export interface Header {
  kind: FrameKind
  /** 8 bytes, as a latin1 string, so that it can key a Map */
  senderId: string
  first: number
  count: number
}

/** Highest sequence number of a sender whose records are in the file: `0` = none yet. */
export interface Ack {
  senderId: string
  seq: number
}

const dataMagic = 0x01_70_7a_00 // bytes 00 'z' 'p' 01, read as little-endian
const ackMagic = 0x01_70_7a_02 // bytes 02 'z' 'p' 01
/** Size of a header. Unit: bytes */
export const headerBytes = 28
const ackEntryBytes = 16

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
 * @throws ERR_ZMQ_PUB_FRAME where it has the magic but isn't a header of this version
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
  return {
    kind,
    senderId: frame.toString('latin1', 8, 16),
    first: readSeq(frame, 16),
    count: frame.readUInt32LE(24)
  }
}

export function encodeAcks(collectorId: string, acks: readonly Ack[]): Buffer {
  const frame = Buffer.allocUnsafe(4 + idBytes + acks.length * ackEntryBytes)
  frame.writeUInt32LE(ackMagic, 0)
  frame.write(collectorId, 4, idBytes, 'latin1')
  let at = 4 + idBytes
  for (const { senderId, seq } of acks) {
    frame.write(senderId, at, idBytes, 'latin1')
    writeSeq(frame, seq, at + idBytes)
    at += ackEntryBytes
  }
  return frame
}

/** @returns undefined where the frame is no ack */
export function decodeAcks(frame: Buffer): { collectorId: string; acks: Ack[] } | undefined {
  if (frame.length < 4 + idBytes || frame.readUInt32LE(0) !== ackMagic) return undefined
  const acks: Ack[] = []
  for (let at = 4 + idBytes; at + ackEntryBytes <= frame.length; at += ackEntryBytes) {
    const senderId = frame.toString('latin1', at, at + idBytes)
    acks.push({ senderId, seq: readSeq(frame, at + idBytes) })
  }
  return { collectorId: frame.toString('latin1', 4, 4 + idBytes), acks }
}

/** The upstream frame that asks an XPUB for a topic. */
export function encodeSubscription(topic: Buffer): Buffer {
  return Buffer.concat([Buffer.of(1), topic])
}

/** @returns undefined where the upstream frame is neither a subscription nor its end */
export function decodeSubscription(
  frame: Buffer
): { isSubscribed: boolean; topic: Buffer } | undefined {
  if (frame[0] !== 0 && frame[0] !== 1) return undefined
  return { isSubscribed: frame[0] === 1, topic: frame.subarray(1) }
}

function isFrameKind(kind: number): kind is FrameKind {
  return kind === frameKinds.hello || kind === frameKinds.batch || kind === frameKinds.bye
}

// u64le, as two halves: no BigInt on the hot path. 2 ** 53 records outlast any sender.
function writeSeq(buffer: Buffer, seq: number, at: number): void {
  buffer.writeUInt32LE(seq >>> 0, at)
  buffer.writeUInt32LE(Math.floor(seq / 2 ** 32), at + 4)
}

function readSeq(buffer: Buffer, at: number): number {
  return buffer.readUInt32LE(at) + buffer.readUInt32LE(at + 4) * 2 ** 32
}
