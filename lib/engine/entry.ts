/**
 * What gateways write into a log and writers read from it; docs/scaling.md has it as a table. Each entry says all that a
 * writer needs, so a writer may begin anywhere.
 */
import { ZmqPubError } from '../errors.ts'
import { parseObject } from '../util/object.ts'
import { createHello, decodeHello, encodeHello, type Hello } from '../wire/hello.ts'
import { fromHexId, toHexId } from '../wire/id.ts'
import { maxNameBytes } from '../wire/limits.ts'
import { isNextSeq, isSeq } from '../wire/seq.ts'
import type { EngineMessage, ReadMessage } from './engine.ts'

/** All kinds of entries. */
const kinds = ['batch', 'dropped', 'hello', 'bye', 'writer'] as const

/** What one message of the log says about a sender, or that a writer begins to read a partition. */
export interface Entry {
  kind: (typeof kinds)[number]
  /** the public id, or the id of a writer: 8 bytes as latin1 */
  senderId: string
  /** batch, dropped: the first record; hello: the floor; bye: the number after the last record; writer: 1 */
  first: number
  /** batch, dropped: number of records; otherwise 0 */
  count: number
  /** All records below this are in the log before this entry, or will never come. */
  floor: number
  hello: Hello
  /** dropped: the reason; writer: what no other start of a writer has; otherwise '' */
  why: string
  /** batch: NDJSON; dropped: the record about it; otherwise empty */
  payload: Buffer
}

const version = '2'
const entryHeader = 'Zmq-Pub'
const senderHeader = 'Zmq-Pub-Sender'
const whyHeader = 'Zmq-Pub-Why'

/** A longer hello goes without names of levels and without versions: JetStream takes 64 KiB of headers. Unit: bytes */
const maxSenderBytes = 32 * 1024
/** Most that the headers of an entry take: the hello, a reason, numbers, and the names of the headers. Unit: bytes */
export const maxEntryHeaderBytes = maxSenderBytes + 8 * 1024

/** @param partitions how many the log has */
export function encodeEntry(entry: Entry, partitions: number): EngineMessage {
  const { kind, senderId, first, count, floor, hello, why, payload } = entry
  const hexId = toHexId(senderId)
  return {
    partition: toPartition(senderId, partitions),
    id: `${hexId}-${kind}-${first}-${count}`,
    headers: {
      [entryHeader]: [version, kind, hexId, first, count, floor].join(' '),
      [senderHeader]: encodeSender(hello),
      ...(why !== '' && { [whyHeader]: JSON.stringify({ why }) })
    },
    payload
  }
}

/**
 * Says that a writer begins to read a partition. A writer that reads the claim of another one behind its own stops.
 * @param writerId 8 bytes as latin1 @param start what no other start has
 */
export function encodeClaim(writerId: string, start: string, partition: number): EngineMessage {
  const entry = { kind: 'writer', senderId: writerId, first: 1, count: 0, floor: 1 } as const
  const hello = createHello()
  const message = encodeEntry({ ...entry, hello, why: start, payload: Buffer.alloc(0) }, 1)
  return { ...message, partition, id: `${start}-${partition}` }
}

/** The partition of a sender, the same for every gateway. @param senderId 8 bytes as latin1 */
export function toPartition(senderId: string, partitions: number): number {
  return Buffer.from(senderId, 'latin1').readUInt32LE(0) % partitions
}

/** @throws ERR_ZMQ_PUB_FRAME where no gateway can have written the message */
export function decodeEntry({ header, payload }: ReadMessage): Entry {
  const [found, kind, hexId = '', ...texts] = (header(entryHeader) ?? '').split(' ')
  const numbers = texts.map(toNumber)
  const [first = Number.NaN, count = Number.NaN, floor = Number.NaN] = numbers
  const hello = decodeSender(header(senderHeader) ?? '')
  const hasRecords = kind === 'batch' || kind === 'dropped'
  // With other floors a writer would wait for records that no sender has, or take these for ones that it has written.
  const isPossible = hasRecords
    ? isSeq(first) && count > 0 && isSeq(first + count - 1) && isSeq(floor) && floor <= first
    : isNextSeq(first) && count === 0 && floor === first
  const isEntry = found === version && isKind(kind) && /^[0-9a-f]{16}$/.test(hexId)
  if (!isEntry || numbers.length !== 3 || !isPossible || !hello) {
    throw new ZmqPubError(
      'ERR_ZMQ_PUB_FRAME',
      `a message of the stream must have the headers ${entryHeader} and ${senderHeader} of a gateway of this version; it is ignored`
    )
  }
  const why = parseObject(header(whyHeader) ?? '')?.['why']
  return {
    kind,
    senderId: fromHexId(hexId),
    first,
    count,
    floor,
    hello,
    why: typeof why === 'string' ? why.slice(0, maxNameBytes) : '',
    payload
  }
}

function isKind(kind: string | undefined): kind is Entry['kind'] {
  return (kinds as readonly (string | undefined)[]).includes(kind)
}

function toNumber(text: string): number {
  return /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN
}

/** A sender's batches have the same hello one after the other: it is encoded once. */
const encoded = new WeakMap<Hello, string>()

function encodeSender(hello: Hello): string {
  const known = encoded.get(hello)
  if (known !== undefined) return known
  const said = { ...hello, key: undefined, proofs: undefined, dropped: [] }
  const whole = encodeHello(said)
  const isShort = Buffer.byteLength(whole) <= maxSenderBytes
  const text = isShort ? whole : encodeHello({ ...said, levels: {}, versions: {} })
  encoded.set(hello, text)
  return text
}

/** The last hellos that were read, by their text. */
const decoded = new Map<string, Hello>()
const maxDecoded = 256

function decodeSender(text: string): Hello | undefined {
  const known = decoded.get(text)
  if (known) return known
  const hello = decodeHello(Buffer.from(text))
  if (!hello) return undefined
  if (decoded.size >= maxDecoded) decoded.clear()
  decoded.set(text, hello)
  return hello
}
