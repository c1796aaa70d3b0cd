import type { Batch } from './batcher.ts'
import { createId, encodeHeader, findAck, frameKinds, type FrameKind } from './frame.ts'
import { createHello, encodeHello, helloIntervalMs, type Hello } from './hello.ts'
import { Negotiation } from './negotiation.ts'
import { PlainEncoder } from './plain.ts'
import { Publisher, type PublisherListener } from './publisher.ts'
import type { Report } from './report.ts'
import type { ResolvedTransportOptions } from './transport-options.ts'
import type { Window } from './window.ts'

/** Subscriptions of one collector come in libzmq's own order; the wire is decided when this long none came. Unit: ms */
const settleMs = 20
/** First pause without an ack after which the oldest batch is sent again; doubles. Unit: ms */
const resendMs = 1000
const maxResendMs = 16_000
/** Who has not answered for so long is called unreachable. Unit: ms */
const unreachableMs = 5000
/** Pause before a message is offered again to a full pipe; doubles. Unit: ms */
const retryMs = 2
const maxRetryMs = 100

/** What a sender asks of its owner. */
export interface SenderOwner {
  /** Moves a batch that is due into the window, if there is one. */
  refill(): void
  /** The window has got smaller. */
  onRelease(): void
  /** Records that are held, in a batch or not yet. */
  readonly heldRecords: number
  report: Report
}

/**
 * Speaks the sender's side of the wire: decides between batch and plain, says hello, keeps the
 * window in flight, and sends again what a collector hasn't acknowledged.
 */
export class Sender implements PublisherListener {
  readonly id = createId()
  readonly #options: ResolvedTransportOptions
  readonly #window: Window
  readonly #owner: SenderOwner
  readonly #plainEncoder = new PlainEncoder()
  #publisher: Publisher | undefined
  #hello: Hello = createHello()
  readonly #negotiation: Negotiation
  #isUnreachable = false
  #isPumping = false
  #isSettleDue = false
  #isHelloDue = false
  #isResendDue = false
  /** the batch that was sent again after a silence */
  #resent: Batch | undefined
  #isClosed = false
  #progressAt = performance.now()
  #heardAt = performance.now()
  #resendAfterMs = resendMs
  #settleTimer: NodeJS.Timeout | undefined
  #retryTimer: NodeJS.Timeout | undefined
  #helloTimer: NodeJS.Timeout | undefined
  #resendTimer: NodeJS.Timeout | undefined
  readonly #reachTimer = setInterval(() => this.#checkReachable(), 1000)

  /** @throws ERR_ZMQ_PUB_ADDRESS */
  static async open(
    options: ResolvedTransportOptions,
    window: Window,
    owner: SenderOwner
  ): Promise<Sender> {
    const sender = new Sender(options, window, owner)
    try {
      sender.#publisher = await Publisher.open(options, sender)
    } catch (error) {
      await sender.close(0)
      throw error
    }
    return sender
  }

  private constructor(options: ResolvedTransportOptions, window: Window, owner: SenderOwner) {
    this.#options = options
    this.#window = window
    this.#owner = owner
    this.#negotiation = new Negotiation(options.wire)
  }

  /** Whether somebody takes records: they have subscribed, and answer where an answer is due. */
  get isConnected(): boolean {
    return this.#isWanted && !this.#isUnreachable
  }

  /** Whether a collector is there, but doesn't take this topic. */
  get isRefused(): boolean {
    return this.#negotiation.isRefused(this.#root)
  }

  get isAwaitingAcks(): boolean {
    return this.#window.inFlightBytes > 0
  }

  /** For how long nothing has been acknowledged. Unit: ms */
  get idleMs(): number {
    return performance.now() - this.#progressAt
  }

  /** The address that a binding sender listens on, with its real port. */
  get lastEndpoint(): string | null {
    return this.#publisher?.lastEndpoint ?? null
  }

  /** Tells collectors more about this sender, such as its logger's name. */
  introduce(known: Partial<Hello>): void {
    this.#hello = { ...this.#hello, ...known }
    this.#isHelloDue = true
  }

  /** Tells collectors that these records will never come; said before the next batch. */
  announceDrop({ first, count }: Batch, why: string): void {
    const dropped = this.#hello.dropped.slice()
    const last = dropped.at(-1)
    const isContinued = last?.to === first - 1 && last.why === why
    if (last && isContinued) dropped[dropped.length - 1] = { ...last, to: first + count - 1 }
    else dropped.push({ from: first, to: first + count - 1, why })
    this.introduce({ dropped })
  }

  /** Sends what the window allows; returns at once. */
  pump(): void {
    if (this.#isPumping || !this.#mayRun) return
    this.#isPumping = true
    void this.#run()
  }

  /** @param lingerMs how long libzmq may go on sending what it was given */
  async close(lingerMs: number): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    clearTimeout(this.#settleTimer)
    clearTimeout(this.#retryTimer)
    clearInterval(this.#helloTimer)
    clearInterval(this.#reachTimer)
    clearTimeout(this.#resendTimer)
    if (this.#negotiation.wire === 'batch') await this.#send(frameKinds.bye, this.#window.end, 0, empty)
    this.#publisher?.close(lingerMs)
    this.#plainEncoder.close()
  }

  onSubscription(topic: Buffer): void {
    this.#negotiation.add(topic)
    this.#markHeard()
    clearTimeout(this.#settleTimer)
    this.#settleTimer = setTimeout(() => {
      this.#settleTimer = undefined
      this.#isSettleDue = true
      this.pump()
    }, settleMs)
  }

  onUnsubscription(topic: Buffer): void {
    this.#negotiation.remove(topic)
    if (!this.#isWanted) this.#owner.report('unsubscribed', { heldRecords: this.#owner.heldRecords })
  }

  onUpstream(frame: Buffer): void {
    const ack = findAck(frame, this.id)
    if (!ack) return
    this.#markHeard()
    const { oldest } = this.#window
    const released = this.#window.ack(ack.seq)
    if (released === 0) {
      if (this.#isResendDue) void this.#resendOldest()
      return
    }
    this.#markProgress()
    this.#forgetDrops(ack.seq)
    // Only the batch that was sent again arrived: the collector lacks what followed it, too.
    if (oldest === this.#resent && released === oldest?.count) this.#window.rewind()
    this.#resent = undefined
    this.#owner.onRelease()
    this.pump()
  }

  get #mayRun(): boolean {
    if (this.#isClosed || this.#settleTimer !== undefined) return false
    return this.#isSettleDue || this.#isWanted
  }

  get #isWanted(): boolean {
    return this.#negotiation.isWanted(this.#root)
  }

  /** Subscriptions are in: decide the wire and send all that is unacknowledged, from the oldest. */
  #settle(): void {
    this.#isSettleDue = false
    const wire = this.#negotiation.decide()
    if (!wire) return
    this.#owner.report('subscribed', { wire, heldRecords: this.#owner.heldRecords })
    if (wire === 'batch') {
      this.#window.rewind()
      this.#isHelloDue = true
      this.#helloTimer ??= setInterval(() => this.#sayHello(), helloIntervalMs)
    }
  }

  async #run(): Promise<void> {
    let pauseMs = retryMs
    while (this.#mayRun) {
      if (this.#isSettleDue) this.#settle()
      this.#owner.refill()
      const batch = this.#isWanted ? this.#window.next() : undefined
      if (!batch) break
      const isSent =
        this.#negotiation.wire === 'batch' ? await this.#sendBatch(batch) : await this.#sendPlain(batch)
      if (isSent) {
        pauseMs = retryMs
      } else {
        await this.#pause(pauseMs)
        pauseMs = Math.min(pauseMs * 2, maxRetryMs)
      }
    }
    this.#isPumping = false // here, not in a then(): a pump() in between would be lost
  }

  async #sendBatch(batch: Batch): Promise<boolean> {
    if (this.#isHelloDue) this.#sayHello()
    const isSent = await this.#send(frameKinds.batch, batch.first, batch.count, batch.payload)
    // While it was being sent, a new subscription or a drop may have moved the window.
    if (!isSent || this.#window.next() !== batch) return isSent
    this.#window.markSent()
    if (this.#resendTimer === undefined) this.#watchAcks()
    return true
  }

  /** A plain subscriber acknowledges nothing: what libzmq has taken is done. */
  async #sendPlain(batch: Batch): Promise<boolean> {
    this.#window.markSent()
    const messages = await this.#plainEncoder.encode(batch, {
      root: this.#root,
      levels: this.#hello.levels,
      messageKey: this.#hello.messageKey,
      plainFormat: this.#options.plainFormat,
      plainLevels: this.#options.plainLevels
    })
    for (const message of messages) {
      let pauseMs = retryMs
      while (!(this.#isWanted && (await this.#publisher?.send(message)))) {
        if (this.#isClosed) return false
        await this.#pause(pauseMs)
        pauseMs = Math.min(pauseMs * 2, maxRetryMs)
      }
    }
    this.#window.ack(batch.first + batch.count - 1)
    this.#markProgress()
    this.#owner.onRelease()
    return true
  }

  get #root(): string {
    return this.#options.topic ?? this.#hello.app
  }

  #send(kind: FrameKind, first: number, count: number, payload: Buffer): Promise<boolean> {
    const header = encodeHeader({ kind, senderId: this.id, first, count })
    return this.#publisher?.send([this.#root, payload, header]) ?? Promise.resolve(false)
  }

  #sayHello(): void {
    if (this.#negotiation.wire !== 'batch' || !this.#isWanted || this.#isClosed) return
    this.#isHelloDue = false
    void this.#send(frameKinds.hello, this.#window.start, 0, encodeHello(this.#hello))
  }

  #forgetDrops(ackedSeq: number): void {
    if (this.#hello.dropped.length === 0) return
    const dropped = this.#hello.dropped.filter(range => range.to >= ackedSeq)
    this.#hello = { ...this.#hello, dropped }
  }

  #markProgress(): void {
    this.#progressAt = performance.now()
    this.#resendAfterMs = resendMs
    this.#isResendDue = false
    clearTimeout(this.#resendTimer)
    this.#resendTimer = undefined
    if (this.#window.inFlightBytes > 0) this.#watchAcks()
  }

  /**
   * After a silence a hello asks the collector for an ack. If the answer brings nothing new, a batch
   * may have been lost, and the oldest is sent again: see onUpstream.
   */
  #watchAcks(): void {
    this.#resendTimer = setTimeout(() => {
      this.#resendTimer = undefined
      if (this.#window.inFlightBytes === 0 || this.#isClosed) return
      this.#resendAfterMs = Math.min(this.#resendAfterMs * 2, maxResendMs)
      this.#isResendDue = true
      this.#sayHello()
      this.#watchAcks()
    }, this.#resendAfterMs)
  }

  async #resendOldest(): Promise<void> {
    const { oldest } = this.#window
    this.#isResendDue = false
    if (!oldest || !this.#mayRun) return
    this.#resent = oldest
    await this.#send(frameKinds.batch, oldest.first, oldest.count, oldest.payload)
  }

  #markHeard(): void {
    this.#heardAt = performance.now()
    this.#isUnreachable = false
  }

  #checkReachable(): void {
    const silentMs = Math.round(performance.now() - this.#heardAt)
    const isAnswerDue = this.#negotiation.wire !== 'plain' && (!this.#isWanted || this.isAwaitingAcks)
    if (!isAnswerDue || this.#isUnreachable || silentMs < unreachableMs) return
    this.#isUnreachable = true
    const addresses = this.#options.address
    this.#owner.report('unreachable', { addresses, silentMs, heldRecords: this.#owner.heldRecords })
  }

  #pause(ms: number): Promise<void> {
    return new Promise(resolve => {
      this.#retryTimer = setTimeout(resolve, ms)
    })
  }
}

const empty = Buffer.alloc(0)
