/**
 * Wire format 2, for both sides. docs/wire-format.md describes it for other programs.
 *
 *   data, sender to collector:  root topic, NUL, header line, payload        in one frame
 *                               root topic, NUL, header line │ payload       in two, where it is large
 *   header line:                zmq-pub/2 <kind> <sender id> <first> <count>\n
 *
 * The topic comes first, because PUB sockets filter by the first bytes of a message. A header of text
 * can be joined with records that are text, and is copied with them once.
 */
import { ZmqPubError } from '../errors.ts'
import { senderIdPattern } from './id.ts'
import { wireVersion } from './marker.ts'
import { isNextSeq, isSeq } from './seq.ts'

/** What a message is: see Header. */
export const messageKinds = ['hello', 'batch', 'bye'] as const
/** One of `messageKinds`. */
export type MessageKind = (typeof messageKinds)[number]

/**
 * Describes a payload.
 * - hello: `first` = the oldest sequence number the sender still holds, `count` = 0
 * - batch: `first` = the sequence number of the first record, `count` = records in the payload
 * - bye: `first` = the sequence number after the sender's last, `count` = 0
 *
 * Sequence numbers start at 1 for each sender id; `maxSeq` is the highest.
 */
export interface Header {
  kind: MessageKind
  /** the secret id of the sender: see id.ts */
  senderId: string
  first: number
  /** records in the payload */
  count: number
}

/** A message as it came. */
export interface Message {
  header: Header
  payload: Buffer
}

const version = `zmq-pub/${wireVersion}`
/** How a header line of any version begins. */
const anyVersion = 'zmq-pub/'
/** A payload of more than this is a frame of its own: joining it with the header would cost a copy. Unit: bytes */
const maxJoinedBytes = 8192
/** Longest header line: two numbers of 16 digits, an id, a kind. Unit: bytes */
const maxHeaderBytes = 96
/** The most that precedes a payload: topic and header line. Unit: bytes */
export const maxHeadBytes = 1024
const nul = 0x00

/** The frames of a message. @param topic a root topic without NUL @param payload text or bytes; shared, not copied, where it is large */
export function encodeMessage(
  topic: string,
  { kind, senderId, first, count }: Header,
  payload: string | Buffer
): (string | Buffer)[] {
  const head = `${topic}\0${version} ${kind} ${senderId} ${first} ${count}\n`
  if (payload.length === 0) return [head]
  if (payload.length > maxJoinedBytes) return [head, payload]
  return [
    typeof payload === 'string' ? head + payload : Buffer.concat([Buffer.from(head), payload])
  ]
}

/**
 * @returns undefined where the frames are no message of the batch wire: then they are a plain message
 * @throws ERR_ZMQ_PUB_FRAME where they are one of another version, or have numbers that no sender can have:
 *   whatever calculates with a header relies on this check
 */
export function decodeMessage(frames: readonly Buffer[]): Message | undefined {
  const [head, second, third] = frames
  if (third !== undefined && isVersion1(third)) throw refuseVersion('1')
  const topicEnd = head?.indexOf(nul) ?? -1
  if (!head || topicEnd === -1) return undefined
  const start = topicEnd + 1
  const text = head.toString('latin1', start, start + maxHeaderBytes)
  if (!text.startsWith(anyVersion)) return undefined
  const header = parseHeader(text)
  const payloadStart = start + text.indexOf('\n') + 1
  const isApart = second !== undefined && payloadStart === head.length
  return { header, payload: isApart ? second : head.subarray(payloadStart) }
}

/** The topic of a message, also of a plain one: without the header, which has the sender's secret. @param head its first frame */
export function readTopic(head: Buffer): string {
  const end = head.indexOf(nul)
  return head.toString('utf8', 0, end === -1 ? undefined : end)
}

/** A header line of this version, with any numbers. */
const headerLine = new RegExp(
  String.raw`^${version} (${messageKinds.join('|')}) (${senderIdPattern}) (\S+) (\S+)\n`
)

/** @param text begins with a header line */
function parseHeader(text: string): Header {
  const found = headerLine.exec(text)
  if (!found) throw refuseHeader(text)
  const [, kind, senderId, firstText, countText] = found as unknown as [
    string,
    MessageKind,
    string,
    string,
    string
  ]
  const first = toNumber(firstText)
  const count = toNumber(countText)
  const isPossible =
    kind === 'batch'
      ? isSeq(first) && count > 0 && isSeq(first + count - 1)
      : isNextSeq(first) && count === 0
  if (isPossible) return { kind, senderId, first, count }
  throw refuse(
    'records are numbered from 1 to 2^53 - 2; a batch has at least one, a hello or bye none',
    `kind ${kind}, first ${firstText}, count ${countText}`
  )
}

/** @returns NaN where the text isn't a number in plain digits */
function toNumber(text: string): number {
  return /^(?:0|[1-9]\d{0,15})$/.test(text) ? Number(text) : Number.NaN
}

function refuseHeader(text: string): ZmqPubError {
  const [line = ''] = text.split('\n')
  const [found = ''] = line.slice(anyVersion.length).split(' ')
  if (found !== String(wireVersion)) return refuseVersion(toShown(found))
  return refuse('a header must be a kind, a sender id and two numbers', `${line.length} characters`)
}

/** Whether the third frame of a message is a header of version 1. */
function isVersion1(frame: Buffer): boolean {
  return frame.length === 28 && frame.readUInt32LE(0) === 0x01_70_7a_00 // bytes 00 'z' 'p' 01
}

function refuseVersion(found: string): ZmqPubError {
  return new ZmqPubError(
    'ERR_ZMQ_PUB_FRAME',
    `a sender must speak wire version ${wireVersion}, got version ${found}: the app keeps its records; install the same version of zmq-pub on both sides`
  )
}

function toShown(found: string | undefined): string {
  return /^\d{1,5}$/.test(found ?? '') ? String(found) : 'unknown'
}

/** A refusal that never shows a sender id: who knows one can speak for its sender. */
function refuse(expected: string, got: string): ZmqPubError {
  return new ZmqPubError('ERR_ZMQ_PUB_FRAME', `${expected}, got ${got}`)
}
