import { frameKinds, type Header } from '../../wire/frame.ts'
import {
  encodeBye,
  encodeHello,
  helloIntervalMs,
  type DroppedRange,
  type Hello
} from '../../wire/hello.ts'
import { maxDroppedRanges } from '../../wire/limits.ts'
import { AckLedger } from './ack-ledger.ts'
import type { Batch, Payload, RecordRange } from './batch.ts'
import type { SendQueue } from './send-queue.ts'

/** A hello asks for an ack after this time without one; doubles up to `maxAskMs`. Unit: ms */
const askMs = 1000
const maxAskMs = 16_000

/** A message of a sender: header and payload, without the root topic. */
export interface SenderMessage {
  header: Header
  payload: Payload
}

/** What a sender is made of. */
export interface SenderOptions {
  /** sender id, 8 bytes as latin1 */
  id: string
  queue: SendQueue
  hello: Hello
  /** One of several collectors that acknowledges nothing for this long is no longer waited for. Unit: ms */
  stallMs: number
  /** how many collectors there can be: see `countCollectors` */
  maxCollectors: number
}

/** How many collectors a transport can have: one for each address, any number where it binds. */
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
  /** a hello must be sent now */
  #isHelloDue = false
  /** a hello must be sent before the next batch; not alone, as it would fill a dead connection */
  #isUpdateDue = false
  #helloAt = Number.NEGATIVE_INFINITY
  /** when an ack last released records, or a batch was sent with nothing in flight */
  #progressAt = Number.NEGATIVE_INFINITY
  /** when collectors were last asked for an ack, and when first since the last progress */
  #askedAt = Number.NEGATIVE_INFINITY
  #firstAskedAt = Number.NEGATIVE_INFINITY
  #askAfterMs = askMs
  /** collectors were asked for an ack; if it releases nothing the oldest batch is sent again */
  #isAnswerDue = false
  #toResend: Batch | undefined
  #resent: Batch | undefined
  #behindSeq: number | undefined
  /** the last record that was sent as a plain message, which is never acknowledged; 0 at first */
  #plainSeq = 0

  constructor({ id, queue, hello, stallMs, maxCollectors }: SenderOptions) {
    this.id = id
    this.queue = queue
    this.#hello = hello
    this.#stallMs = stallMs
    this.#ledger = new AckLedger(maxCollectors)
  }

  /** What the next hello says, if it fits: see encodeHello. */
  get hello(): Hello {
    return this.#hello
  }

  /** Whether batches are in flight. */
  get isAwaitingAcks(): boolean {
    return this.queue.inFlightBytes > 0
  }

  /** Whether collectors have everything: each record, or the news that it is lost. */
  get isDelivered(): boolean {
    const seq = Math.max(this.#ledger.released, this.#plainSeq)
    return this.queue.records === 0 && seq >= this.queue.end - 1
  }

  /** Changes the hello, which is sent again before the next batch. */
  updateHello(known: Partial<Hello>): void {
    this.#hello = { ...this.#hello, ...known }
    this.#isUpdateDue = true
  }

  /** Adds dropped records to the hello: collectors won't wait for them. */
  announceDrop({ first, count }: RecordRange, why: string): void {
    const dropped = this.#hello.dropped.slice()
    insertRange(dropped, { from: first, to: first + count - 1, why })
    mergeOldest(dropped, this.queue.start)
    this.updateHello({ dropped })
  }

  /** A collector has subscribed, for the first time or again: it may lack all that is unacknowledged. */
  onSubscribed(): void {
    this.queue.rewind()
    this.#toResend = undefined
    this.#resent = undefined
    // The app's name comes with the first record: until there was one, the hello waits for it.
    const { app, topic } = this.#hello
    const isKnown = app !== '' || topic !== undefined || this.queue.end > 1
    if (isKnown) this.#isHelloDue = true
    else this.#isUpdateDue = true
  }

  /** The message to send now, if there is one; `markSent` must follow once it was sent. */
  next(): SenderMessage | undefined {
    const batch = this.#toResend ?? this.queue.next()
    if (this.#isHelloDue || (this.#isUpdateDue && batch)) return this.toHello()
    return batch && this.#toMessage(batch)
  }

  /** @param now ms of the caller's clock */
  markSent({ header }: SenderMessage, now: number): void {
    if (header.kind === frameKinds.hello) {
      this.#isHelloDue = false
      this.#isUpdateDue = false
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
   * @param seq highest sequence number that the collector has in its file; ignored where it was never sent
   * @returns how many records were released
   */
  onAck(collectorId: string, seq: number, now: number): number {
    if (!this.queue.mayBeAcked(seq)) return 0
    this.#ledger.ack(collectorId, Math.min(seq, this.queue.end - 1), now)
    const released = this.#release(now)
    if (released === 0 && this.#isAnswerDue) this.#toResend = this.queue.oldest
    this.#isAnswerDue = false
    // The hello tells a collector that lacks released records not to wait for them.
    if (seq < this.queue.start - 1 && seq !== this.#behindSeq) this.#isHelloDue = true
    this.#behindSeq = seq
    return released
  }

  /** Checks what is due: a hello, a request for an ack, the end of a stall. @returns how many records were released */
  tick(now: number): number {
    if (now - this.#helloAt >= helloIntervalMs) this.#isHelloDue = true
    const silentSince = Math.max(this.#progressAt, this.#askedAt)
    if (this.isAwaitingAcks && now - silentSince >= this.#askAfterMs) {
      if (this.#askedAt <= this.#progressAt) this.#firstAskedAt = now
      this.#askedAt = now
      this.#askAfterMs = Math.min(this.#askAfterMs * 2, maxAskMs)
      this.#isAnswerDue = true
      this.#isHelloDue = true
    }
    const isStalled = this.isAwaitingAcks && now - this.#progressAt >= this.#stallMs
    if (!isStalled) return 0
    this.#ledger.expire(this.#progressAt)
    // All were asked for an ack since: a collector that hasn't answered in time is gone, too.
    for (const askedAt of [this.#firstAskedAt, this.#askedAt]) {
      const isUnanswered = askedAt > this.#progressAt && now - askedAt >= this.#stallMs
      if (isUnanswered) this.#ledger.expire(askedAt)
    }
    return this.#release(now)
  }

  /** Releases a batch that was sent as plain messages, which are never acknowledged. */
  onPlainSent(batch: Batch, now: number): void {
    this.#progressAt = now
    this.#plainSeq = batch.first + batch.count - 1
    this.queue.ack(this.#plainSeq)
  }

  /** A hello with the oldest sequence number that is held. */
  toHello(): SenderMessage {
    const header = this.#toHeader(frameKinds.hello, this.queue.start, 0)
    return { header, payload: encodeHello(this.#hello) }
  }

  /** The last message of a sender. @param first sequence number after its last record */
  toBye(first: number, isFinal = false): SenderMessage {
    return { header: this.#toHeader(frameKinds.bye, first, 0), payload: encodeBye(isFinal) }
  }

  /** When records were last released, or a batch was sent with nothing in flight. Unit: ms of the caller's clock */
  get progressAt(): number {
    return this.#progressAt
  }

  #release(now: number): number {
    const { oldest } = this.queue
    const released = this.queue.ack(this.#ledger.released)
    if (released === 0) return 0
    this.#progressAt = now
    this.#askAfterMs = askMs
    // What was too much for one hello has its turn.
    if (this.#hello.dropped.length > maxDroppedRanges) this.#isUpdateDue = true
    const dropped = this.#hello.dropped.filter(range => range.to > this.#ledger.released)
    this.#hello = { ...this.#hello, dropped }
    // Only the resent batch was acknowledged: the collector lacks what followed it, too.
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

/** Keeps the order: a record that is too long is dropped at once, records before it maybe later. */
function insertRange(dropped: DroppedRange[], range: DroppedRange): void {
  let index = dropped.length
  while (index > 0 && (dropped[index - 1]?.from ?? 0) > range.from) index--
  const before = dropped[index - 1]
  const isNext = before?.to === range.from - 1 && before.why === range.why
  if (isNext) dropped[index - 1] = { ...before, to: range.to }
  else dropped.splice(index, 0, range)
}

/**
 * Joins the oldest of too many dropped ranges. Only where no record between them is held: a collector
 * takes a range for missing as a whole, and would not wait for a record in it.
 * @param start sequence number of the oldest record that is held
 */
function mergeOldest(dropped: DroppedRange[], start: number): void {
  for (;;) {
    const [first, second] = dropped
    if (!first || !second || dropped.length <= maxDroppedRanges || second.from > start) return
    const why = first.why === second.why ? first.why : 'several reasons'
    dropped.splice(0, 2, { from: first.from, to: second.to, why })
  }
}
