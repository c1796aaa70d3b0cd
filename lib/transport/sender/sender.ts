import type { Header } from '../../wire/message.ts'
import { encodeBye, encodeHello, helloIntervalMs, type Hello } from '../../wire/hello.ts'
import { toPublicId } from '../../wire/id.ts'
import { maxDroppedRanges, promptAckBatches, promptAckBytes } from '../../wire/limits.ts'
import { AckLedger } from './ack-ledger.ts'
import type { Batch, Payload, RecordRange } from './batch.ts'
import { insertRange, mergeOldest } from './dropped-ranges.ts'
import type { SendQueue } from './send-queue.ts'
import { Splitter } from './splitter.ts'

/** A hello asks for an ack after this time without one; doubles up to `maxAskMs`. Unit: ms */
const askMs = 1000
const maxAskMs = 16_000
/** This long after the first ack the collectors of all addresses are waited for: they connect one after the other. Unit: ms */
const startMs = 1000

/** A message of a sender: header and payload, without the root topic. */
export interface SenderMessage {
  header: Header
  payload: Payload
}

/** What a sender is made of. */
export interface SenderOptions {
  /** secret sender id */
  id: string
  queue: SendQueue
  hello: Hello
  /** One of several collectors that acknowledges nothing for this long is no longer waited for. Unit: ms */
  stallMs: number
  /** how many collectors there can be: see `toCollectorOptions` */
  maxCollectors: number
  /** how many are waited for at the start, see `startMs`. @default 1 */
  expectedCollectors?: number
  /** whether they are gateways, of which one is used at a time: see AckLedger. @default false */
  isFailover?: boolean
  /** called where records are longer than what collectors take: they are dropped, and announced */
  onTooLong?: ((range: RecordRange, why: string) => void) | undefined
  /** called when an ack has released records, or the last one has come */
  onProgress?: (() => void) | undefined
}

/**
 * How many collectors a transport can have that binds. Whoever connects may name itself anew in each ack: without a
 * limit it would take memory, and time for every ack of the others.
 */
export const maxConnectingCollectors = 256

/** Options of a transport from which the number of its collectors follows. */
interface Addressing {
  bind: boolean
  address: readonly string[]
  mode: 'copies' | 'failover'
}

/** What the options say about collectors, as a sender needs it. */
export function toCollectorOptions({
  bind,
  address,
  mode
}: Addressing): Required<
  Pick<SenderOptions, 'maxCollectors' | 'expectedCollectors' | 'isFailover'>
> {
  if (bind) {
    return { maxCollectors: maxConnectingCollectors, expectedCollectors: 1, isFailover: false }
  }
  const isFailover = mode === 'failover'
  const count = isFailover ? 1 : address.length // gateways acknowledge with one id
  return { maxCollectors: count, expectedCollectors: count, isFailover }
}

/**
 * One sender id's side of the delivery protocol: hello, batches in order, resending, acks.
 * A pure state machine: no sockets, no timers, and the clock is the caller's (`now`, in ms).
 */
export class Sender {
  readonly id: string
  /** the id by which acks name it; 8 bytes as latin1 */
  readonly publicId: string
  readonly queue: SendQueue
  readonly #stallMs: number
  readonly #ledger: AckLedger
  readonly #splitter = new Splitter()
  readonly #onTooLong: (range: RecordRange, why: string) => void
  readonly #onProgress: () => void
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
  /** when the first ack came */
  #firstAckAt: number | undefined
  /** collectors were asked for an ack; if it releases nothing the oldest batch is sent again */
  #isAnswerDue = false
  #toResend: Batch | undefined
  #resent: Batch | undefined
  #behindSeq: number | undefined
  /** the record whose ack is waited for; 0 where none is */
  #awaitedSeq = 0
  /** a hello was sent behind this record since the last subscription */
  #askedSeq = 0
  /** the last record that was sent as a plain message, which is never acknowledged; 0 at first */
  #plainSeq = 0
  #ackedRecords = 0

  constructor(options: SenderOptions) {
    this.id = options.id
    this.publicId = toPublicId(options.id)
    this.queue = options.queue
    this.#hello = options.hello
    this.#stallMs = options.stallMs
    this.#onTooLong = options.onTooLong ?? ((range, why) => this.announceDrop(range, why))
    this.#onProgress = options.onProgress ?? (() => undefined)
    this.#ledger = new AckLedger(
      options.maxCollectors,
      options.expectedCollectors,
      options.isFailover
    )
  }

  /** What the next hello says, if it fits: see encodeHello. */
  get hello(): Hello {
    return this.#hello
  }

  /** Records that collectors have acknowledged; none on the plain wire. */
  get ackedRecords(): number {
    return this.#ackedRecords
  }

  /** Whether batches are in flight. */
  get isAwaitingAcks(): boolean {
    return this.queue.inFlightBytes > 0
  }

  /**
   * Somebody waits until this record is acknowledged: once all up to it was sent, a hello asks for the ack.
   * @param seq 0 where none is waited for any more
   */
  set awaitedSeq(seq: number) {
    this.#awaitedSeq = seq
  }

  /** Whether somebody waits for an ack. */
  get isAwaited(): boolean {
    return this.#awaitedSeq >= this.queue.start
  }

  /** Whether an ack that has come should be read at once: somebody waits for it, or little more may be sent before. */
  get isHurried(): boolean {
    if (!this.isAwaitingAcks) return false
    return this.isAwaited || this.queue.isHalfFull
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

  /** The largest message that all collectors take: batches become no larger, and those that are larger are cut. Unit: bytes */
  set maxMessageBytes(bytes: number) {
    this.#splitter.maxMessageBytes = bytes
    this.queue.batchBytes = this.#splitter.maxBytes / 2
  }

  /** A collector has subscribed, for the first time or again: it may lack all that is unacknowledged. */
  onSubscribed(): void {
    this.queue.rewind()
    this.#toResend = undefined
    this.#resent = undefined
    this.#askedSeq = 0
    // The app's name comes with the first record: until there was one, the hello waits for it.
    const { app, topic } = this.#hello
    const isKnown = app !== '' || topic !== undefined || this.queue.end > 1
    if (isKnown) this.#isHelloDue = true
    else this.#isUpdateDue = true
  }

  /** The message to send now, if there is one; `markSent` must follow once it was sent. */
  next(): SenderMessage | undefined {
    for (;;) {
      const batch = this.#toResend ?? this.queue.next()
      const part = batch && this.#splitter.next(batch, range => this.#dropTooLong(range))
      if (this.#isHelloDue || (this.#isUpdateDue && batch)) return this.toHello()
      if (!batch) return this.#mustAsk() ? this.toHello() : undefined
      if (part) return this.#toMessage(part)
      // Nothing of it can be sent: collectors learn that from the hello, and acknowledge it like any other.
      this.#markBatchSent(batch)
    }
  }

  /** @param now ms of the caller's clock */
  markSent({ header }: SenderMessage, now: number): void {
    if (header.kind === 'hello') {
      this.#isHelloDue = false
      this.#isUpdateDue = false
      this.#helloAt = now
      this.#askedSeq = this.queue.nextSeq - 1
      return
    }
    const isWhole = this.#splitter.markSent(header.first)
    const batch = this.#toResend ?? this.queue.next()
    // Acks and subscriptions that came meanwhile may have changed what is next.
    const isNext = batch && header.first >= batch.first && header.first < batch.first + batch.count
    if (!isNext) return
    if (batch !== this.#toResend && !this.isAwaitingAcks) this.#progressAt = now
    if (isWhole) this.#markBatchSent(batch)
  }

  /**
   * @param seq highest sequence number that the collector has in its file; ignored where it was never sent
   * @returns how many records were released, after `onProgress`
   */
  onAck(collectorId: string, seq: number, now: number): number {
    if (!this.queue.mayBeAcked(seq)) return 0
    this.#firstAckAt ??= now
    this.#ledger.ack(collectorId, Math.min(seq, this.queue.end - 1), now)
    const released = this.#release(now)
    if (released === 0 && this.#isAnswerDue) this.#toResend = this.queue.oldestInFlight
    this.#isAnswerDue = false
    // The hello tells a collector that lacks released records not to wait for them.
    if (seq < this.queue.start - 1 && seq !== this.#behindSeq) this.#isHelloDue = true
    this.#behindSeq = seq
    if (released > 0 || this.isDelivered) this.#onProgress()
    return released
  }

  /** Checks what is due: a hello, a request for an ack, the end of a stall. */
  tick(now: number): void {
    if (now - this.#helloAt >= helloIntervalMs) this.#isHelloDue = true
    const silentSince = Math.max(this.#progressAt, this.#askedAt)
    if (this.isAwaitingAcks && now - silentSince >= this.#askAfterMs) {
      if (this.#askedAt <= this.#progressAt) this.#firstAskedAt = now
      this.#askedAt = now
      this.#askAfterMs = Math.min(this.#askAfterMs * 2, maxAskMs)
      this.#isAnswerDue = true
      this.#isHelloDue = true
    }
    if (this.#firstAckAt !== undefined && now - this.#firstAckAt >= startMs) {
      this.#firstAckAt = Number.POSITIVE_INFINITY
      this.#ledger.stopExpecting()
      if (this.#release(now) > 0 || this.isDelivered) this.#onProgress()
    }
    const isStalled = this.isAwaitingAcks && now - this.#progressAt >= this.#stallMs
    if (!isStalled) return
    this.#ledger.expire(this.#progressAt)
    // All were asked for an ack since: a collector that hasn't answered in time is gone, too.
    for (const askedAt of [this.#firstAskedAt, this.#askedAt]) {
      const isUnanswered = askedAt > this.#progressAt && now - askedAt >= this.#stallMs
      if (isUnanswered) this.#ledger.expire(askedAt)
    }
    if (this.#release(now) > 0) this.#onProgress()
  }

  /** Releases a batch that was sent as plain messages, which are never acknowledged. */
  onPlainSent(batch: Batch, now: number): void {
    this.#progressAt = now
    this.#plainSeq = batch.first + batch.count - 1
    this.queue.ack(this.#plainSeq)
    this.#onProgress()
  }

  /** A hello with the oldest sequence number that is held, and can be sent. */
  toHello(): SenderMessage {
    let first = this.queue.start
    for (const { from, to } of this.#hello.dropped) if (from <= first && to >= first) first = to + 1
    const header = this.#toHeader('hello', first, 0)
    return { header, payload: encodeHello(this.#hello) }
  }

  /** The last message of a sender. @param first sequence number after its last record */
  toBye(first: number, isFinal = false): SenderMessage {
    return { header: this.#toHeader('bye', first, 0), payload: encodeBye(isFinal) }
  }

  /** When records were last released, or a batch was sent with nothing in flight. Unit: ms of the caller's clock */
  get progressAt(): number {
    return this.#progressAt
  }

  #release(now: number): number {
    const oldest = this.queue.oldestInFlight
    const released = this.queue.ack(this.#ledger.released)
    if (released === 0) return 0
    this.#ackedRecords += released
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

  /**
   * Whether to ask for the ack of the last record that was sent, as nothing more may be sent now: where somebody waits
   * for it, or for room in a window so small that collectors don't acknowledge unasked.
   */
  #mustAsk(): boolean {
    const { nextSeq, start, end, inFlightBytes, inFlightBatches } = this.queue
    if (!this.isAwaitingAcks) return false
    const isAwaited = this.#awaitedSeq >= start && this.#awaitedSeq < nextSeq
    if (isAwaited && this.#awaitedSeq > this.#askedSeq) return true
    const isBlocked = nextSeq < end && nextSeq - 1 > this.#askedSeq
    return isBlocked && inFlightBytes < promptAckBytes && inFlightBatches < promptAckBatches
  }

  #markBatchSent(batch: Batch): void {
    if (batch === this.#toResend) {
      this.#resent = batch
      this.#toResend = undefined
    } else this.queue.markSent()
  }

  #dropTooLong(range: RecordRange): void {
    const isKnown = this.#hello.dropped.some(
      ({ from, to }) => from <= range.first && to >= range.first
    )
    if (!isKnown) this.#onTooLong(range, `record longer than the collector's limit`)
  }

  #toMessage(batch: Batch): SenderMessage {
    return {
      header: this.#toHeader('batch', batch.first, batch.count),
      payload: batch.payload
    }
  }

  #toHeader(kind: Header['kind'], first: number, count: number): Header {
    return { kind, senderId: this.id, first, count }
  }
}
