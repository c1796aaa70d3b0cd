import { frameKinds, type Header } from '../../wire/frame.ts'
import { encodeHello, helloIntervalMs, type Hello } from '../../wire/hello.ts'
import { AckLedger } from './ack-ledger.ts'
import type { Batch, Payload, RecordRange } from './batch.ts'
import type { SendQueue } from './send-queue.ts'

/** First pause without an ack after which a collector is asked for one; doubles. Unit: ms */
const askMs = 1000
const maxAskMs = 16_000

/** A message of a sender: header and payload, without the root topic. */
export interface SenderMessage {
  header: Header
  payload: Payload
}

export interface SenderOptions {
  /** sender id, 8 bytes as latin1 */
  id: string
  queue: SendQueue
  hello: Hello
  /** A collector of several that acknowledges nothing for this long holds nothing back. Unit: ms */
  stallMs: number
  /** how many collectors there can be: one for each address; any number where they connect to us */
  maxCollectors: number
}

/** How many collectors a transport with these options can have. */
export function countCollectors({ bind, address }: { bind: boolean; address: string[] }): number {
  return bind ? Number.POSITIVE_INFINITY : address.length
}

/**
 * One sender id's side of the delivery protocol: hello, batches in order, resending, acks.
 * A pure state machine: no sockets, no timers, and the clock is the caller's (`now`, in ms).
 */
export class Sender {
  readonly id: string
  readonly queue: SendQueue
  readonly #stallMs: number
  readonly #ledger: AckLedger
  #hello: Hello
  /** a hello must go now; or before the next batch, so that news don't fill a dead connection */
  #isHelloDue = false
  #isNewsDue = false
  #helloAt = Number.NEGATIVE_INFINITY
  /** when an ack last released something, or the first batch went out */
  #progressAt = Number.NEGATIVE_INFINITY
  #askedAt = Number.NEGATIVE_INFINITY
  #askAfterMs = askMs
  /** a collector was asked for an ack; if it brings nothing new the oldest batch goes again */
  #isAnswerDue = false
  #toResend: Batch | undefined
  #resent: Batch | undefined
  #behindSeq: number | undefined

  constructor({ id, queue, hello, stallMs, maxCollectors }: SenderOptions) {
    this.id = id
    this.queue = queue
    this.#hello = hello
    this.#stallMs = stallMs
    this.#ledger = new AckLedger(maxCollectors)
  }

  get hello(): Hello {
    return this.#hello
  }

  get isAwaitingAcks(): boolean {
    return this.queue.inFlightBytes > 0
  }

  /** Tells collectors more about this sender, before its next batch. */
  updateHello(known: Partial<Hello>): void {
    this.#hello = { ...this.#hello, ...known }
    this.#isNewsDue = true
  }

  /** Tells collectors that these records will never come, before the next batch. */
  announceDrop({ first, count }: RecordRange, why: string): void {
    const dropped = this.#hello.dropped.slice()
    const last = dropped.at(-1)
    const to = first + count - 1
    if (last?.to === first - 1 && last.why === why) dropped[dropped.length - 1] = { ...last, to }
    else dropped.push({ from: first, to, why })
    this.updateHello({ dropped })
  }

  /** A collector has subscribed, for the first time or again: it may lack all that is unacknowledged. */
  onSubscribed(): void {
    this.queue.rewind()
    this.#toResend = undefined
    this.#resent = undefined
    // Who hasn't logged yet doesn't know its name yet: the hello waits for the first record.
    const { app, topic } = this.#hello
    const isKnown = app !== '' || topic !== undefined || this.queue.records > 0
    if (isKnown) this.#isHelloDue = true
    else this.#isNewsDue = true
  }

  /** The message to send now, if there is one; `markSent` must follow when it is on its way. */
  next(): SenderMessage | undefined {
    const batch = this.#toResend ?? this.queue.next()
    if (this.#isHelloDue || (this.#isNewsDue && batch)) return this.toHello()
    return batch && this.#toMessage(batch)
  }

  markSent({ header }: SenderMessage, now: number): void {
    if (header.kind === frameKinds.hello) {
      this.#isHelloDue = false
      this.#isNewsDue = false
      this.#helloAt = now
    } else if (this.#toResend?.first === header.first) {
      this.#resent = this.#toResend
      this.#toResend = undefined
    } else if (this.queue.next()?.first === header.first) {
      if (!this.isAwaitingAcks) this.#progressAt = now
      this.queue.markSent()
    }
  }

  /**
   * @param seq highest sequence number that the collector has in its file
   * @returns how many records were released
   */
  onAck(collectorId: string, seq: number, now: number): number {
    this.#ledger.ack(collectorId, Math.min(seq, this.queue.end - 1), now)
    const released = this.#release(now)
    if (released === 0 && this.#isAnswerDue) this.#toResend = this.queue.oldest
    this.#isAnswerDue = false
    // A collector that lacks what is no longer held must be told, or it will wait for it.
    if (seq < this.queue.start - 1 && seq !== this.#behindSeq) this.#isHelloDue = true
    this.#behindSeq = seq
    return released
  }

  /** What time brings: hellos, questions after a silence. @returns how many records were released */
  tick(now: number): number {
    if (now - this.#helloAt >= helloIntervalMs) this.#isHelloDue = true
    const silentSince = Math.max(this.#progressAt, this.#askedAt)
    if (this.isAwaitingAcks && now - silentSince >= this.#askAfterMs) {
      this.#askedAt = now
      this.#askAfterMs = Math.min(this.#askAfterMs * 2, maxAskMs)
      this.#isAnswerDue = true
      this.#isHelloDue = true
    }
    const isStalled = this.isAwaitingAcks && now - this.#progressAt >= this.#stallMs
    if (!isStalled) return 0
    this.#ledger.expire(this.#progressAt)
    // A last word may have come since; all were asked, and who hasn't answered in time is gone, too.
    const isUnanswered = this.#askedAt > this.#progressAt && now - this.#askedAt >= this.#stallMs
    if (isUnanswered) this.#ledger.expire(this.#askedAt)
    return this.#release(now)
  }

  /** What plain subscribers got is done: they acknowledge nothing. */
  onPlainSent(batch: Batch, now: number): void {
    this.#progressAt = now
    this.queue.ack(batch.first + batch.count - 1)
  }

  toHello(): SenderMessage {
    const header = this.#toHeader(frameKinds.hello, this.queue.start, 0)
    return { header, payload: encodeHello(this.#hello) }
  }

  /** The last words: nothing will come from `first` on. */
  toBye(first: number): SenderMessage {
    return { header: this.#toHeader(frameKinds.bye, first, 0), payload: Buffer.alloc(0) }
  }

  /** Since when nothing has been released. Unit: ms of the caller's clock */
  get progressAt(): number {
    return this.#progressAt
  }

  #release(now: number): number {
    const { oldest } = this.queue
    const released = this.queue.ack(this.#ledger.released)
    if (released === 0) return 0
    this.#progressAt = now
    this.#askAfterMs = askMs
    const dropped = this.#hello.dropped.filter(range => range.to > this.#ledger.released)
    this.#hello = { ...this.#hello, dropped }
    // Only the batch that was sent again has arrived: the collector lacks what followed it, too.
    if (oldest && oldest === this.#resent && released === oldest.count) this.queue.rewind()
    this.#toResend = undefined
    this.#resent = undefined
    return released
  }

  #toMessage(batch: Batch): SenderMessage {
    return {
      header: this.#toHeader(frameKinds.batch, batch.first, batch.count),
      payload: batch.payload
    }
  }

  #toHeader(kind: Header['kind'], first: number, count: number): Header {
    return { kind, senderId: this.id, first, count }
  }
}
