import { decodeAcks } from '../../wire/acks.ts'
import { decodeMarker, wireVersion } from '../../wire/marker.ts'
import { encodeMessage } from '../../wire/message.ts'
import type { EmitEvent } from '../events.ts'
import { RoleFinder } from '../../record/roles.ts'
import type { ResolvedTransportOptions } from '../options.ts'
import type { Sender, SenderMessage } from '../sender/sender.ts'
import { hideKeys } from '../../util/hide-keys.ts'
import { Negotiation } from './negotiation.ts'
import { PlainEncoder, type PlainFrames } from './plain-encoder.ts'
import { Publisher, type PublisherListener } from './publisher.ts'
import { pauses, Reachability } from './reachability.ts'
import { Reconnector } from './reconnector.ts'
import type { Explanation, ReconnectorOwner } from './explanation.ts'

/** The wire is decided this long after the last subscription, as those of one collector come in no fixed order. Unit: ms */
const settleMs = 20
/** A peer that subscribes without end delays the decision no longer than this. Unit: ms */
const maxSettleMs = 200
/** On the batch wire each decision has everything sent again, so it is made no more often than this. Unit: ms */
const minSettleIntervalMs = 500
/** How often the senders' timeouts are checked. Unit: ms */
const tickMs = 500
/** First pause before a message that libzmq didn't take is offered again; doubles up to `maxRetryMs`. Unit: ms */
const retryMs = 2
const maxRetryMs = 100
/** On the batch wire one full connection holds up the others for this long, as what it misses is sent again. Unit: ms */
const fullBatchMs = 1000

/** What a connection tells its owner, and asks of it. */
export interface ConnectionOwner {
  /** Moves a batch that is due into the live sender's queue, if there is one. */
  refill(): void
  /** Records of this sender were acknowledged, or sent on the plain wire, or it has none left. */
  onRelease(sender: Sender): void
  /** Records of the live sender that are not delivered yet. */
  readonly heldRecords: number
  emit: EmitEvent
}

/**
 * The connection of one transport: decides the wire, sends the senders' messages, and hands acks back
 * to the senders. The first sender is the live one, with the records of this process; the others
 * replay the spools of earlier processes.
 */
export class Connection implements PublisherListener, ReconnectorOwner {
  readonly #options: ResolvedTransportOptions
  readonly #owner: ConnectionOwner
  readonly #senders: Sender[]
  readonly #negotiation: Negotiation
  readonly #plainEncoder = new PlainEncoder()
  #publisher: Publisher | undefined
  #isPumping = false
  #isClosed = false
  #isSettleDue = false
  /** at first a subscription is expected, then acks */
  readonly #reachability = new Reachability(performance.now())
  /** the wire version of a collector that was reported last */
  #reportedVersion: number | undefined
  /** when it was connected anew to look whether that collector was replaced */
  #comparedAt = Number.NEGATIVE_INFINITY
  #fullSince: number | undefined
  #settleTimer: NodeJS.Timeout | undefined
  /** when the wire is decided at the latest, while the timer runs */
  #settleBy = 0
  #settledAt = Number.NEGATIVE_INFINITY
  readonly #reconnector: Reconnector
  readonly #tickTimer: NodeJS.Timeout

  /** Connects, or binds. @param live the sender of this process @throws ERR_ZMQ_PUB_ADDRESS */
  static async open(
    options: ResolvedTransportOptions,
    live: Sender,
    owner: ConnectionOwner
  ): Promise<Connection> {
    const connection = new Connection(options, live, owner)
    try {
      connection.#publisher = await Publisher.open(options, connection)
    } catch (error) {
      connection.close(0)
      throw error
    }
    return connection
  }

  private constructor(options: ResolvedTransportOptions, live: Sender, owner: ConnectionOwner) {
    this.#options = options
    this.#owner = owner
    this.#senders = [live]
    this.#negotiation = new Negotiation(options.wire)
    this.#reconnector = new Reconnector(options, this.#reachability, this)
    this.#tickTimer = setInterval(() => this.#tick(), tickMs).unref()
  }

  /** Whether a subscriber takes the live sender's records, and answers where an answer is expected. */
  get isConnected(): boolean {
    return this.#isWanted && !this.isUnreachable
  }

  /** Whether an expected answer is overdue: see Reachability. */
  get isUnreachable(): boolean {
    return this.#reachability.isUnreachable
  }

  /** Why what answers doesn't take the transport's keys, where that is known. */
  get keyRefusal(): string | undefined {
    return this.#reconnector.refusal
  }

  /** Whether a collector is connected, but hasn't subscribed to the live sender's topic. */
  get isRefused(): boolean {
    return this.#negotiation.isRefused(this.#rootOf(this.#live))
  }

  /** Whether any sender has batches in flight. */
  get isAwaitingAcks(): boolean {
    return this.#senders.some(sender => sender.isAwaitingAcks)
  }

  /** Adds a sender, whose messages follow those of the senders before it. */
  add(sender: Sender): void {
    this.#senders.push(sender)
    sender.maxMessageBytes = this.#negotiation.maxMessageBytes
    sender.onSubscribed()
    this.pump()
  }

  /** Removes a sender that was added, and sends its bye. The live one stays, whatever is asked. */
  remove(sender: Sender, bye: SenderMessage): void {
    const index = this.#senders.indexOf(sender, 1)
    if (index === -1) return
    this.#senders.splice(index, 1)
    void this.#send(sender, bye)
  }

  /** Starts to send what the senders' queues give; returns at once. */
  pump(): void {
    if (this.#isPumping || !this.#mayRun) return
    this.#isPumping = true
    void this.#run()
  }

  /** Hands over at once whatever may be in flight, for a process that ends now. Nothing on the plain wire. */
  sendNow(): void {
    if (!this.#isWanted || this.#negotiation.wire !== 'batch') return
    for (const sender of this.#senders) {
      for (let message = sender.next(); message; message = sender.next()) {
        void this.#send(sender, message) // zeromq hands it to libzmq before this returns
        sender.markSent(message, performance.now())
      }
    }
  }

  /** Sends messages of the live sender before the end, whatever is in flight. Nothing on the plain wire. */
  sendFinal(messages: (SenderMessage | undefined)[]): void {
    if (!this.#isWanted || this.#negotiation.wire !== 'batch') return
    for (const message of messages) if (message) void this.#send(this.#live, message)
  }

  /** @param lingerMs how long libzmq may take to send what it holds */
  close(lingerMs: number): void {
    this.#isClosed = true
    clearTimeout(this.#settleTimer)
    clearInterval(this.#tickTimer)
    this.#reconnector.close()
    this.#publisher?.close(lingerMs)
    this.#plainEncoder.close()
  }

  onSubscription(topic: Buffer): void {
    this.#negotiation.add(topic)
    this.#reachability.markAnswered()
    this.#reconnector.markSubscribed(decodeMarker(topic)?.version === wireVersion)
    const now = performance.now()
    if (this.#settleTimer === undefined) this.#settleBy = now + maxSettleMs
    clearTimeout(this.#settleTimer)
    const earliest = this.#negotiation.wire === 'batch' ? this.#settledAt + minSettleIntervalMs : 0
    const waitMs = Math.max(earliest - now, Math.min(settleMs, this.#settleBy - now), 0)
    this.#settleTimer = setTimeout(() => {
      this.#settleTimer = undefined
      this.#isSettleDue = true
      this.pump()
    }, waitMs).unref()
  }

  onUnsubscription(topic: Buffer, left: number): void {
    const { address: addresses, bind } = this.#options
    const wasWanted = this.#isWanted
    const isCollector = decodeMarker(topic)?.version === wireVersion
    if (!bind) this.#reconnector.markLost(isCollector)
    // Which of several collectors it was isn't known: the others get all, and what nobody acknowledges is sent again.
    const isOneOfSeveral = !bind && addresses.length > 1 && this.#negotiation.wire === 'batch'
    if (!isOneOfSeveral) this.#negotiation.remove(topic, left)
    // libzmq gives a connection up for good where the keys are refused: subscriptions end, and none would come again.
    const isLost = isOneOfSeveral ? isCollector : !bind && !this.#isWanted
    if (isLost) this.#reachability.expectAnswer(performance.now())
    if (wasWanted && !this.#isWanted) {
      this.#owner.emit('unsubscribed', { heldRecords: this.#owner.heldRecords })
    }
  }

  onUpstream(frame: Buffer): void {
    const decoded = decodeAcks(frame)
    if (!decoded) return
    for (const { senderId, seq } of decoded.acks) {
      const sender = this.#senders.find(({ publicId }) => publicId === senderId)
      if (!sender) continue
      this.#reachability.markAnswered()
      const released = sender.onAck(decoded.collectorId, seq, performance.now())
      if (released > 0 || sender.isDelivered) this.#owner.onRelease(sender)
    }
    this.pump()
  }

  reconnect(): void {
    this.#publisher?.reconnect()
  }

  onExplained({ isKeyRefused, why }: Explanation): void {
    const addresses = this.#options.address.map(hideKeys)
    const silentMs = Math.round(this.#reachability.silentFor(performance.now()) ?? 0)
    const { heldRecords } = this.#owner
    this.#owner.emit('unreachable', { addresses, silentMs, heldRecords, isKeyRefused, why })
  }

  get #live(): Sender {
    return this.#senders[0] as Sender
  }

  /** On the batch wire sending goes on while subscriptions come: what somebody lacks is sent again. */
  get #mayRun(): boolean {
    const isSettling = this.#settleTimer !== undefined && this.#negotiation.wire !== 'batch'
    if (this.#isClosed || isSettling) return false
    return this.#isSettleDue || this.#isWanted
  }

  get #isWanted(): boolean {
    return this.#negotiation.isWanted(this.#rootOf(this.#live))
  }

  /** A NUL would end the topic. */
  #rootOf({ hello }: Sender): string {
    const root = hello.topic ?? hello.app
    return root.includes('\0') ? root.replaceAll('\0', '') : root
  }

  /** Decides the wire after the last subscription; on the batch wire all that is unacknowledged is sent again. */
  #settle(): void {
    this.#isSettleDue = false
    this.#settledAt = performance.now()
    const wire = this.#negotiation.decide()
    if (!wire) return
    if (this.#negotiation.otherVersion !== undefined) return
    this.#reportedVersion = undefined
    this.#owner.emit('subscribed', { wire, heldRecords: this.#owner.heldRecords })
    if (wire !== 'batch') return
    this.#publisher?.expectBatches()
    for (const sender of this.#senders) {
      sender.maxMessageBytes = this.#negotiation.maxMessageBytes
      sender.onSubscribed()
    }
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

  /** @returns whether libzmq took it, undefined where no sender has anything to send */
  async #sendNext(): Promise<boolean | undefined> {
    for (const sender of this.#senders) {
      const message = sender.next()
      if (!message) continue
      const isSent = await this.#send(sender, message)
      if (isSent) sender.markSent(message, performance.now())
      return isSent
    }
    return undefined
  }

  /** Sends one batch as plain messages. They are never acknowledged: what libzmq has taken is released. */
  async #sendPlain(): Promise<boolean | undefined> {
    const sender = this.#senders.find(({ queue }) => queue.next())
    const batch = sender?.queue.next()
    if (!sender || !batch) return undefined
    sender.queue.markSent() // in flight, so that it isn't dropped meanwhile
    const { levels } = sender.hello
    const { plainFormat, plainLevels } = this.#options
    const roles = new RoleFinder(sender.hello)
    const settings = { root: this.#rootOf(sender), levels, roles, plainFormat, plainLevels }
    for (const message of await this.#plainEncoder.encode(batch, settings)) {
      if (!(await this.#sendUntilTaken(message))) return false
    }
    sender.onPlainSent(batch, performance.now())
    this.#owner.onRelease(sender)
    return true
  }

  /** Sends a plain message, as often as it takes. @returns false where the connection was closed */
  async #sendUntilTaken(message: PlainFrames): Promise<boolean> {
    const { stallMs } = this.#options
    for (let pauseMs = retryMs; ; pauseMs = Math.min(pauseMs * 2, maxRetryMs)) {
      if (this.#isClosed) return false
      if (this.#isWanted && (await this.#publish(message, stallMs))) return true
      await this.#pause(pauseMs)
    }
  }

  async #send(sender: Sender, { header, payload }: SenderMessage): Promise<boolean> {
    const frames = encodeMessage(this.#rootOf(sender), header, payload)
    const isSent = await this.#publish(frames, Math.min(fullBatchMs, this.#options.stallMs))
    // A bye is the only message that no collector answers.
    if (isSent && header.kind !== 'bye') this.#reachability.expectAnswer(performance.now())
    return isSent
  }

  /**
   * Hands a message to libzmq. Where the connection of one subscriber is full, libzmq gives it to none; one of
   * several, which holds up the others, is left behind after `patienceMs`.
   * @returns false where nobody got it: try again later
   */
  async #publish(frames: (Buffer | string)[], patienceMs: number): Promise<boolean> {
    if (await this.#publisher?.send(frames)) {
      this.#fullSince = undefined
      return true
    }
    const now = performance.now()
    this.#fullSince ??= now
    const { wire } = this.#negotiation
    if (now - this.#fullSince < patienceMs || !this.#publisher?.hasSeveral || !wire) return false
    this.#fullSince = undefined
    this.#owner.emit('leftBehind', { wire, heldRecords: this.#owner.heldRecords })
    await this.#publisher.sendPastFull(frames)
    return true
  }

  #tick(): void {
    const now = performance.now()
    for (const sender of this.#senders) {
      if (sender.tick(now) > 0) this.#owner.onRelease(sender)
    }
    this.#reachability.check(now)
    this.#reconnector.tick(now)
    this.#checkVersion(now)
    this.pump()
  }

  #checkVersion(now: number): void {
    const version = this.#negotiation.otherVersion
    // The markers of one collector come one after the other: they are compared once all are there.
    if (version === undefined || this.#settleTimer !== undefined) return
    if (version !== this.#reportedVersion) {
      this.#reportedVersion = version
      const { heldRecords } = this.#owner
      const addresses = this.#options.address.map(hideKeys)
      this.#owner.emit('otherVersion', { addresses, version, ownVersion: wireVersion, heldRecords })
    }
    // Whether the collector was replaced by one of this version only new connections tell: all markers come again.
    if (this.#options.bind || now - this.#comparedAt < pauses.reconnectMs) return
    this.#comparedAt = now
    this.#negotiation.forgetMarkers()
    this.#publisher?.reconnect()
  }

  #pause(ms: number): Promise<void> {
    return new Promise(resolve => setTimeout(resolve, ms).unref())
  }
}
