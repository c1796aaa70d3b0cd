import { decodeAcks, encodeHeader } from '../../wire/frame.ts'
import type { Report } from '../events.ts'
import type { ResolvedTransportOptions } from '../options.ts'
import type { Stream, StreamMessage } from '../sender/sender.ts'
import { Negotiation } from './negotiation.ts'
import { PlainEncoder, type PlainMessage } from './plain-encoder.ts'
import { Publisher, type PublisherListener } from './publisher.ts'
import { Reachability } from './reachability.ts'

/** Subscriptions of one collector come in libzmq's own order; the wire is decided when this long none came. Unit: ms */
const settleMs = 20
/** How often streams are asked what time has brought. Unit: ms */
const tickMs = 500
/** Pause before a message is offered again to a full pipe; doubles. Unit: ms */
const retryMs = 2
const maxRetryMs = 100

/** What a link tells its owner. */
export interface LinkOwner {
  /** Moves a batch that is due into the live stream's window, if there is one. */
  refill(): void
  /** A stream's window has got smaller. */
  onRelease(stream: Stream): void
  /** Records that are held and not delivered. */
  readonly heldRecords: number
  report: Report
}

/**
 * The connection of one transport: decides the wire, sends what the streams have to say, and hands
 * them what comes back. The first stream is the live one; others replay what earlier processes left.
 */
export class Link implements PublisherListener {
  readonly #options: ResolvedTransportOptions
  readonly #owner: LinkOwner
  readonly #streams: Stream[]
  readonly #negotiation: Negotiation
  readonly #plainEncoder = new PlainEncoder()
  #publisher: Publisher | undefined
  #isPumping = false
  #isClosed = false
  #isSettleDue = false
  /** a subscription is due at first, then acks */
  readonly #reachability = new Reachability(performance.now())
  #fullSince: number | undefined
  #settleTimer: NodeJS.Timeout | undefined
  readonly #tickTimer: NodeJS.Timeout

  /** @throws ERR_ZMQ_PUB_ADDRESS */
  static async open(
    options: ResolvedTransportOptions,
    live: Stream,
    owner: LinkOwner
  ): Promise<Link> {
    const link = new Link(options, live, owner)
    try {
      link.#publisher = await Publisher.open(options, link)
    } catch (error) {
      link.close(0)
      throw error
    }
    return link
  }

  private constructor(options: ResolvedTransportOptions, live: Stream, owner: LinkOwner) {
    this.#options = options
    this.#owner = owner
    this.#streams = [live]
    this.#negotiation = new Negotiation(options.wire)
    this.#tickTimer = setInterval(() => this.#tick(), tickMs)
  }

  /** Whether somebody takes the live stream's records: subscribed, and answering where an answer is due. */
  get isConnected(): boolean {
    return this.#isWanted && !this.isUnreachable
  }

  /** Whether nobody has answered for so long that nobody is expected to. */
  get isUnreachable(): boolean {
    return this.#reachability.isUnreachable
  }

  /** Whether a collector is there, but doesn't take the live stream's topic. */
  get isRefused(): boolean {
    return this.#negotiation.isRefused(this.#rootOf(this.#live))
  }

  get isAwaitingAcks(): boolean {
    return this.#streams.some(stream => stream.isAwaitingAcks)
  }

  /** Another stream shares the connection from now on. */
  add(stream: Stream): void {
    this.#streams.push(stream)
    stream.onSubscribed()
    this.pump()
  }

  /** A stream has nothing more to say but its last words. */
  remove(stream: Stream, bye: StreamMessage): void {
    this.#streams.splice(this.#streams.indexOf(stream), 1)
    void this.#send(stream, bye)
  }

  /** Sends what the windows allow; returns at once. */
  pump(): void {
    if (this.#isPumping || !this.#mayRun) return
    this.#isPumping = true
    void this.#run()
  }

  /** Says what must be said before the end, whether the window allows it or not. */
  sayLast(messages: (StreamMessage | undefined)[]): void {
    if (!this.#isWanted || this.#negotiation.wire !== 'batch') return
    for (const message of messages) if (message) void this.#send(this.#live, message)
  }

  /** @param lingerMs how long libzmq may go on sending what it was given */
  close(lingerMs: number): void {
    this.#isClosed = true
    clearTimeout(this.#settleTimer)
    clearInterval(this.#tickTimer)
    this.#publisher?.close(lingerMs)
    this.#plainEncoder.close()
  }

  onSubscription(topic: Buffer): void {
    this.#negotiation.add(topic)
    this.#reachability.hear()
    clearTimeout(this.#settleTimer)
    this.#settleTimer = setTimeout(() => {
      this.#settleTimer = undefined
      this.#isSettleDue = true
      this.pump()
    }, settleMs)
  }

  onUnsubscription(topic: Buffer): void {
    const wasWanted = this.#isWanted
    this.#negotiation.remove(topic)
    if (wasWanted && !this.#isWanted) {
      this.#owner.report('unsubscribed', { heldRecords: this.#owner.heldRecords })
    }
  }

  onUpstream(frame: Buffer): void {
    const decoded = decodeAcks(frame)
    if (!decoded) return
    for (const { senderId, seq } of decoded.acks) {
      const stream = this.#streams.find(({ id }) => id === senderId)
      if (!stream) continue
      this.#reachability.hear()
      const released = stream.onAck(decoded.collectorId, seq, performance.now())
      if (released > 0) this.#owner.onRelease(stream)
    }
    this.pump()
  }

  get #live(): Stream {
    return this.#streams[0] as Stream
  }

  get #mayRun(): boolean {
    if (this.#isClosed || this.#settleTimer !== undefined) return false
    return this.#isSettleDue || this.#isWanted
  }

  get #isWanted(): boolean {
    return this.#negotiation.isWanted(this.#rootOf(this.#live))
  }

  #rootOf({ hello }: Stream): string {
    return hello.topic ?? hello.app
  }

  /** Subscriptions are in: decide the wire; what is unacknowledged will be sent again. */
  #settle(): void {
    this.#isSettleDue = false
    const wire = this.#negotiation.decide()
    if (!wire) return
    this.#owner.report('subscribed', { wire, heldRecords: this.#owner.heldRecords })
    if (wire === 'batch') for (const stream of this.#streams) stream.onSubscribed()
  }

  async #run(): Promise<void> {
    let pauseMs = retryMs
    while (this.#mayRun) {
      if (this.#isSettleDue) this.#settle()
      if (!this.#isWanted) break
      this.#owner.refill()
      const isSent =
        this.#negotiation.wire === 'batch' ? await this.#sendNext() : await this.#sendPlain()
      if (isSent === undefined) break
      if (isSent) {
        pauseMs = retryMs
      } else {
        await this.#pause(pauseMs)
        pauseMs = Math.min(pauseMs * 2, maxRetryMs)
      }
    }
    this.#isPumping = false // here, not in a then(): a pump() in between would be lost
  }

  /** @returns whether libzmq took it, undefined where no stream has anything to send */
  async #sendNext(): Promise<boolean | undefined> {
    for (const stream of this.#streams) {
      const message = stream.next()
      if (!message) continue
      const isSent = await this.#send(stream, message)
      if (isSent) stream.markSent(message, performance.now())
      return isSent
    }
    return undefined
  }

  /** A plain subscriber acknowledges nothing: what libzmq has taken is done. */
  async #sendPlain(): Promise<boolean | undefined> {
    const stream = this.#streams.find(({ window }) => window.next())
    const batch = stream?.window.next()
    if (!stream || !batch) return undefined
    stream.window.markSent() // from here on it is on its way, and can't be dropped
    const { levels, messageKey } = stream.hello
    const { plainFormat, plainLevels } = this.#options
    const settings = { root: this.#rootOf(stream), levels, messageKey, plainFormat, plainLevels }
    for (const message of await this.#plainEncoder.encode(batch, settings)) {
      if (!(await this.#sendPatiently(message))) return false
    }
    stream.onPlainSent(batch, performance.now())
    this.#owner.onRelease(stream)
    return true
  }

  /** Sends a plain message as soon as a subscriber is there and takes it. @returns false where the link was closed */
  async #sendPatiently(message: PlainMessage): Promise<boolean> {
    for (let pauseMs = retryMs; ; pauseMs = Math.min(pauseMs * 2, maxRetryMs)) {
      if (this.#isClosed) return false
      if (this.#isWanted && (await this.#publisher?.send(message))) return true
      await this.#pause(pauseMs)
    }
  }

  async #send(stream: Stream, { header, payload }: StreamMessage): Promise<boolean> {
    const frames = [this.#rootOf(stream), payload, encodeHeader(header)]
    const isSent = (await this.#publisher?.send(frames)) ?? false
    if (isSent) {
      this.#fullSince = undefined
      this.#reachability.expect(performance.now())
    } else {
      this.#onFull()
    }
    return isSent
  }

  /**
   * One of several collectors takes nothing, its pipe is full, and libzmq holds up all. After `stallMs`
   * the connections are made anew: those that live subscribe again, and get what they lack.
   */
  #onFull(): void {
    const now = performance.now()
    this.#fullSince ??= now
    if (now - this.#fullSince < this.#options.stallMs) return
    this.#fullSince = undefined
    this.#publisher?.reconnect()
  }

  #tick(): void {
    const now = performance.now()
    for (const stream of this.#streams) {
      if (stream.tick(now) > 0) this.#owner.onRelease(stream)
    }
    this.#checkReachable(now)
    this.pump()
  }

  #checkReachable(now: number): void {
    const silentMs = this.#reachability.check(now)
    if (silentMs === undefined) return
    const { heldRecords } = this.#owner
    this.#owner.report('unreachable', { addresses: this.#options.address, silentMs, heldRecords })
  }

  #pause(ms: number): Promise<void> {
    return new Promise(resolve => setTimeout(resolve, ms))
  }
}
