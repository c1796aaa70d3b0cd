import { FlatRecordReader } from '../../record/flat-record-reader.ts'
import { pythonLevelNames, toLevelName, toPinoLevelName } from '../../record/levels.ts'
import { readText } from '../../record/members.ts'
import { resolveKeys, RoleFinder, type RoleKeys } from '../../record/roles.ts'
import { cutText } from '../../util/text.ts'
import { escapeLine } from '../../util/unsafe-characters.ts'
import { getOwn } from '../../util/object.ts'
import type { Hello } from '../../wire/hello.ts'
import type { LiveSource } from '../../wire/live-filter.ts'
import { toPlainTopic } from '../../wire/plain-topic.ts'
import type { PlainMessage } from '../format/plain-message.ts'
import type { RecordBatch } from '../routing/record-batch.ts'
import { TraitReader, type RecordTraits, type TraitSettings } from '../routing/record-traits.ts'
import type { Waiting } from './fair-queue.ts'
import {
  maxLineBytes,
  toCutRecord,
  toLiveRecord,
  type RecordFacts,
  type RecordSource
} from './live-record.ts'
import { all, type Interest, type Watchers } from './watchers.ts'

/** Publishes one message. @param topic `[root.]LEVEL[.subtopic]` @param text a JSON record */
export type Publish = (topic: string, text: string) => void

/** Something to publish, in one piece or several. */
export interface LiveItem extends Waiting {
  /** records that were not looked at yet */
  readonly records: number
  /** Publishes what is wanted of the next piece. @param now ms since the epoch @returns whether it was the last */
  publishNext(publish: Publish, now: number): boolean
}

/** Records of one sender, and what is known of it. */
export type LiveRecords = Pick<RecordBatch, 'records' | 'first' | 'last' | 'isNotice'> & {
  hello: LiveHello
}

/** What a publisher has to know of a sender. */
export type LiveHello = Pick<Hello, 'app' | 'host' | 'pid' | 'topic' | 'levels'> & RoleKeys

/** How a collector reads and names records. */
export interface LiveSettings extends RoleKeys {
  /** whether the name of a key decides what an app is called */
  isAppPinned: boolean
}

/** What an item costs beside its bytes. Unit: bytes */
const itemBytes = 2048
/** A piece of a batch: publishing one takes about 1 ms. Unit: bytes */
const pieceBytes = 16 * 1024
/** Records of which only some are published take less time: this many times as many may wait. */
export const selectiveFactor = 8
/** Unit: bytes */
const maxTopicBytes = 1024

const newline = 0x0a
const reader = new FlatRecordReader()

/** @returns undefined where nothing of the batch is wanted */
export function toLiveBatch(
  batch: LiveRecords,
  watchers: Watchers,
  settings: LiveSettings
): LiveItem | undefined {
  const { app, host, topic } = batch.hello
  const root = settings.isAppPinned ? app : (topic ?? app)
  const interest = watchers.interestIn({ root, app, host })
  return interest && new LiveBatch(batch, root, interest, settings)
}

/** @param now ms since the epoch @returns undefined where the message isn't wanted */
export function toLiveMessage(
  message: PlainMessage,
  watchers: Watchers,
  now: number
): LiveItem | undefined {
  const { app, level, levelName, subtopic } = message.parts
  // Of a long text no more than its beginning is held.
  const isLong = message.text.length > maxLineBytes
  const isPartial = message.mayBeRecord && !isLong
  const interest = watchers.interestIn({ root: app, app, host: '' }, isPartial)
  if (!interest) return undefined
  const topic = toLiveTopic(app, levelName, subtopic)
  if (!interest(level, subtopic, topic)) return undefined
  const source: RecordSource = { app, host: '', pid: 0, roles: usualRoles }
  const cut = isLong ? toCutRecord(message.text, source, { level, now }) : undefined
  return {
    bytes: itemBytes + (cut ?? message.text).length,
    records: 1,
    publishNext(publish) {
      const text = cut ?? toText(toLine(message), source, { level, now })
      const isWanted =
        !isPartial ||
        interest === all ||
        watchers.interestIn(readSource(text, app))?.(level, subtopic, topic) === true
      if (isWanted) publish(topic, text)
      return true
    }
  }
}

/** Who has logged a record that a plain message is, as far as the record says. */
function readSource(record: string, root: string): LiveSource {
  const members = reader.read(record)
  const find = (key: string): string | undefined =>
    members && readText(members, members.keys.lastIndexOf(key))
  return { root, app: find('name') ?? root, host: find('hostname') ?? '' }
}

/** Without its newline. */
function toLine(message: PlainMessage): Buffer {
  return Buffer.from(message.toRecord().slice(0, -1))
}

const usualRoles = new RoleFinder({})

/** @param line without its newline */
function toText(line: Buffer, source: RecordSource, facts: RecordFacts): string {
  return line.length > maxLineBytes
    ? toCutRecord(line, source, facts)
    : toLiveRecord(line.toString(), source, facts, reader)
}

/** The records of a batch, published in pieces. */
class LiveBatch implements LiveItem {
  readonly #payload: Buffer
  readonly #root: string
  readonly #interest: Interest
  readonly #source: RecordSource
  readonly #traitSettings: TraitSettings
  #start = 0
  #records: number

  constructor(
    { records, hello, first, last, isNotice }: LiveRecords,
    root: string,
    interest: Interest,
    settings: LiveSettings
  ) {
    const { app, host, pid, levels } = hello
    const { keys, roles } = recallKeys(hello, settings)
    this.#payload = records
    this.#records = last - first + 1
    this.#root = root
    this.#interest = interest
    // A notice is the collector's own record about the app.
    const sender = isNotice ? { app: '', host: '', pid: 0 } : { app, host, pid }
    this.#source = { ...sender, roles }
    this.#traitSettings = { levels, keys, needsTopic: true, timeKey: '' }
  }

  get bytes(): number {
    const { length } = this.#payload
    return itemBytes + (this.#interest === all ? length : length / selectiveFactor)
  }

  get records(): number {
    return this.#records
  }

  publishNext(publish: Publish, now: number): boolean {
    const payload = this.#payload
    const start = this.#start
    const lineEnd = payload.indexOf(newline, start) + 1
    if (lineEnd - 1 - start > maxLineBytes) {
      this.#publishLong(payload.subarray(start, lineEnd - 1), publish, now)
      this.#start = lineEnd
    } else {
      // A long line that follows has its own turn.
      const end = payload.lastIndexOf(newline, start + pieceBytes) + 1
      this.#publishPiece(payload.subarray(start, end), publish, now)
      this.#start = end
    }
    return this.#start >= payload.length
  }

  #publishPiece(piece: Buffer, publish: Publish, now: number): void {
    new TraitReader(piece, this.#traitSettings).forEach((start, end, traits) => {
      this.#records--
      const topic = this.#topicIfWanted(traits)
      if (topic === undefined) return
      const line = piece.subarray(start, end - 1)
      publish(topic, toText(line, this.#source, { level: traits.level, now }))
    })
  }

  /** Of a long record only the level is looked for, at the place where pino writes it. */
  #publishLong(line: Buffer, publish: Publish, now: number): void {
    this.#records--
    const [, digits = '30'] = /^\{"level":(\d{1,4})[,}]/.exec(line.toString('latin1', 0, 32)) ?? []
    const level = Number(digits)
    const { levels } = this.#traitSettings
    const levelName = toPinoLevelName(toLevelName(level, levels), levels)
    const topic = this.#topicIfWanted({ level, levelName, topic: '', time: undefined })
    if (topic !== undefined) publish(topic, toText(line, this.#source, { level, now }))
  }

  #topicIfWanted({ level, levelName, topic: subtopic }: RecordTraits): string | undefined {
    const topic = toLiveTopic(this.#root, levelName, subtopic)
    return this.#interest(level, subtopic, topic) ? topic : undefined
  }
}

/** By the hello of its sender, which many batches have. */
const knownKeys = new WeakMap<LiveHello, { keys: RoleKeys; roles: RoleFinder }>()

function recallKeys(
  hello: LiveHello,
  settings: LiveSettings
): { keys: RoleKeys; roles: RoleFinder } {
  let known = knownKeys.get(hello)
  if (!known) {
    const keys = resolveKeys(hello, settings)
    knownKeys.set(hello, (known = { keys, roles: new RoleFinder(keys) }))
  }
  return known
}

/** As Python's PUBHandler and the transport name it. No terminal acts on it, and it can't be taken for a header of the batch wire. */
function toLiveTopic(root: string, levelName: string, subtopic: string): string {
  const onWire = getOwn(pythonLevelNames, levelName) ?? levelName.toUpperCase()
  return escapeLine(cutText(toPlainTopic({ root, levelName: onWire, subtopic }), maxTopicBytes))
}
