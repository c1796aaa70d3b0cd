import { decodeAcks } from '../../wire/acks.ts'
import { decodeMarker, wireVersion } from '../../wire/marker.ts'
import { encodeMessage } from '../../wire/message.ts'
import type { EmitEvent } from '../events.ts'
import type { ResolvedTransportOptions } from '../options.ts'
import type { Sender, SenderMessage } from '../sender/sender.ts'
import { hideKeys } from '../../util/hide-keys.ts'
import { Alarm } from './alarm.ts'
import type { Carrier } from './carrier.ts'
import { LookPace } from './look-pace.ts'
import { Negotiation, type Wire } from './negotiation.ts'
import type { PlainFrames } from './plain-encoder.ts'
import { PlainSender } from './plain-sender.ts'
import { Publisher, type PublisherListener } from './publisher.ts'
import { Reachability } from './reachability.ts'
import { Reconnector } from './reconnector.ts'
import { Settling } from './settling.ts'
import { TopicCheck } from './topic-check.ts'
import { VersionCheck } from './version-check.ts'
import type { Explanation, ReconnectorOwner } from './explanation.ts'

/** How often the senders' timeouts are checked. Unit: ms */
const tickMs = 500
/** First pause before a message that libzmq didn't take is offered again; doubles up to `maxRetryMs`. Unit: ms */
const retryMs = 2
const maxRetryMs = 100
/** On the batch wire one full connection holds up the others for this long, as what it misses is sent again. Unit: ms */
const fullBatchMs = 1000

/** What uses one of several connections at a time: see FailoverConnection. */
export interface ConnectionOwner {
  /** What is at the address has said what it is, for the first time or again: nothing is sent before `use`. */
  onDecided(): void
  /** Called twice a second, when all that had come was read. */
  onChecked(now: number): void
  /** An ack has come. @param released how many records it has released */
  onAck(released: number): void
}

/**
 * The connection of one transport: decides the wire, sends the senders' messages, and hands acks back
 * to the senders. The first sender is the live one, with the records of this process; the others
 * replay the spools of earlier processes.
 *
 * Nothing is ever pending at the socket (see Publisher), so all that can be due shares one timer: a batch to be made,
 * a look at what has come, the decision about the wire. Whenever there is something to send, it is looked at, too.
 */
export class Connection implements Carrier, PublisherListener, ReconnectorOwner {
  readonly #options: ResolvedTransportOptions
  readonly #emit: EmitEvent
  readonly #senders: Sender[]
  readonly #owner: ConnectionOwner | undefined
  /** whether it may send: where it has an owner, that decides */
  #isUsed: boolean
  readonly #negotiation: Negotiation
  readonly #plainSender: PlainSender
  #publisher: Publisher | undefined
  readonly #alarm = new Alarm(() => this.pump())
  readonly #settling = new Settling()
  readonly #lookPace = new LookPace(performance.now())
  #isSending = false
  #isClosed = false
  /** at first a subscription is expected, then acks */
  readonly #reachability = new Reachability(performance.now())
  readonly #versionCheck: VersionCheck
  #fullSince: number | undefined
  readonly #topicCheck = new TopicCheck()
  /** since when nobody takes records, where that was told */
  #toldSince: number | undefined
  /** how often somebody has subscribed */
  #subscriptions = 0
  readonly #reconnector: Reconnector
  readonly #tickTimer: NodeJS.Timeout

  /**
   * Connects, or binds.
   * @param senders the live one, and those that are added later
   * @param owner of one of several connections, which all have the same array of senders
   * @throws ERR_ZMQ_PUB_ADDRESS
   */
  static async open(
    options: ResolvedTransportOptions,
    senders: Sender[],
    emit: EmitEvent,
    owner?: ConnectionOwner
  ): Promise<Connection> {
    const connection = new Connection(options, senders, emit, owner)
    try {
      connection.#publisher = await Publisher.open(options, connection)
    } catch (error) {
      connection.close(0)
      throw error
    }
    connection.#setAlarm()
    return connection
  }

  private constructor(
    options: ResolvedTransportOptions,
    senders: Sender[],
    emit: EmitEvent,
    owner: ConnectionOwner | undefined
  ) {
    this.#options = options
    this.#emit = emit
    this.#senders = senders
    this.#owner = owner
    this.#isUsed = owner === undefined
    this.#negotiation = new Negotiation(options.wire)
    this.#versionCheck = new VersionCheck(options, emit)
    this.#plainSender = new PlainSender(options, message => this.#sendUntilTaken(message))
    this.#reconnector = new Reconnector(options, this.#reachability, this)
    this.#tickTimer = setInterval(() => this.#tick(), tickMs).unref()
  }

  get isConnected(): boolean {
    return this.#isWanted && !this.isUnreachable
  }

  get reconnects(): number {
    return Math.max(0, this.#subscriptions - 1)
  }

  get isUnreachable(): boolean {
    return this.#reachability.isUnreachable
  }

  get refusal(): string | undefined {
    return this.#reconnector.refusal
  }

  /** As Negotiation's. */
  get streamId(): string | undefined {
    return this.#negotiation.streamId
  }

  /** Whether a collector of another version is there. */
  get isOtherVersion(): boolean {
    return this.#negotiation.otherVersion !== undefined
  }

  /** For how long an answer is owed; 0 where none is. Unit: ms */
  silentFor(now: number): number {
    return this.#reachability.silentFor(now) ?? 0
  }

  get isRefused(): boolean {
    return this.#negotiation.isRefused(this.#rootOf(this.#live))
  }

  add(sender: Sender): void {
    this.#senders.push(sender)
    sender.maxMessageBytes = this.#negotiation.maxMessageBytes
    sender.onSubscribed()
    this.pump()
  }

  remove(sender: Sender, bye: SenderMessage): void {
    const index = this.#senders.indexOf(sender, 1)
    if (index === -1) return
    this.#senders.splice(index, 1)
    void this.#send(sender, bye)
  }

  pump(): void {
    if (this.#isClosed) return
    this.#look()
    if (!this.#isSending) this.#settleIfDue()
    if (!this.#startToSend()) this.#setAlarm()
  }

  pumpAt(at: number): void {
    if (!this.#isClosed) this.#alarm.set(at)
  }

  sendNow(): void {
    if (!this.#isWanted || this.#negotiation.wire !== 'batch') return
    for (const sender of this.#senders) {
      for (let message = sender.next(); message; message = sender.next()) {
        void this.#send(sender, message) // zeromq hands it to libzmq before this returns
        sender.markSent(message, performance.now())
      }
    }
  }

  sendFinal(messages: (SenderMessage | undefined)[]): void {
    if (!this.#isWanted || this.#negotiation.wire !== 'batch') return
    for (const message of messages) if (message) void this.#send(this.#live, message)
  }

  /** Sends over this one of several connections, from now on or still: all that is unacknowledged is sent again. */
  use(): void {
    this.#isUsed = true
    this.#begin('batch')
    this.pump()
  }

  close(lingerMs: number): void {
    this.#isClosed = true
    this.#alarm.cancel()
    clearInterval(this.#tickTimer)
    this.#reconnector.close()
    this.#publisher?.close(lingerMs)
    this.#plainSender.close()
  }

  onSubscription(topic: Buffer): void {
    const isBatch = this.#negotiation.wire === 'batch'
    const isSending = isBatch && this.#isWanted
    this.#negotiation.add(topic)
    this.#reachability.markAnswered()
    this.#reconnector.markSubscribed(decodeMarker(topic)?.version === wireVersion)
    const now = performance.now()
    this.#lookPace.markSubscription(now)
    // Of several, what answers at this address may be no gateway any more.
    this.#settling.add(now, isSending && !this.#owner, isBatch)
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
    const isLost = isOneOfSeveral ? isCollector : !this.#isWanted
    if (isLost) this.#reachability.expectAnswer(performance.now())
    if (wasWanted && !this.#isWanted) {
      this.#emit('unsubscribed', { heldRecords: this.#countHeld() })
    }
    // One that is silent is connected anew, which ends its subscriptions, too.
    if (!this.#isClosed && !this.#isWanted && !this.isUnreachable) this.#owner?.onDecided()
  }

  onUpstream(frame: Buffer): void {
    const decoded = decodeAcks(frame)
    if (!decoded || (this.#owner && decoded.collectorId !== this.streamId)) return
    const now = performance.now()
    this.#lookPace.markExchange()
    for (const { senderId, seq } of decoded.acks) {
      const sender = this.#senders.find(({ publicId }) => publicId === senderId)
      if (!sender) continue
      this.#reachability.markAnswered()
      const released = sender.onAck(decoded.collectorId, seq, now)
      this.#owner?.onAck(released)
    }
    this.#tellRecovery(now)
    this.#startToSend()
  }

  reconnect(): void {
    this.#lookPace.markSubscription(performance.now())
    this.#publisher?.reconnect()
  }

  onExplained(explanation: Explanation): void {
    const now = performance.now()
    const silentMs = Math.round(this.#reachability.silentFor(now) ?? 0)
    // Others may take records: of several collectors one that doesn't is told, too.
    if (!this.isConnected) this.#toldSince ??= now - silentMs
    const heldRecords = this.#countHeld()
    this.#emit('unreachable', { addresses: this.#addresses, silentMs, heldRecords, ...explanation })
  }

  #tellRecovery(now: number): void {
    if (this.#toldSince === undefined || !this.isConnected) return
    const silentMs = Math.round(now - this.#toldSince)
    this.#toldSince = undefined
    const heldRecords = this.#countHeld()
    this.#emit('reachable', { addresses: this.#addresses, silentMs, heldRecords })
  }

  /** Of the options, as they may be shown. */
  get #addresses(): string[] {
    return this.#options.address.map(hideKeys)
  }

  get #live(): Sender {
    return this.#senders[0] as Sender
  }

  /** Counts the records of the live sender that are not delivered yet. */
  #countHeld(): number {
    return this.#live.queue.countRecords()
  }

  get #maySend(): boolean {
    return !this.#isClosed && this.#isUsed && !this.#settling.mustHold && this.#isWanted
  }

  get #isWanted(): boolean {
    return this.#negotiation.isWanted(this.#rootOf(this.#live))
  }

  /** A NUL would end the topic. */
  #rootOf({ hello }: Sender): string {
    const root = hello.topic ?? hello.app
    return root.includes('\0') ? root.replaceAll('\0', '') : root
  }

  #look(): void {
    if (!this.#publisher || this.#publisher.isReading) return
    const reading = this.#publisher.look()
    if (reading) void reading.then(() => this.pump())
    else this.#lookPace.markEmpty(performance.now())
  }

  #startToSend(): boolean {
    if (this.#isSending || !this.#maySend) return false
    void this.#sendAll()
    return true
  }

  #setAlarm(): void {
    if (this.#isClosed) return
    const isHurried =
      this.#isUsed && this.isConnected && this.#senders.some(sender => sender.isHurried)
    const isReading = this.#publisher?.isReading === true
    if (!isReading) this.#alarm.set(this.#lookPace.nextAt(isHurried))
    if (this.#isSending) return // what follows is done by then
    this.#alarm.set(this.#settling.dueAt(isReading))
    if (this.#maySend) this.#alarm.set(this.#live.queue.dueAt)
  }

  #settleIfDue(): void {
    if (!this.#settling.isPending) return
    const dueAt = this.#settling.dueAt(this.#publisher?.isReading === true)
    if (performance.now() >= dueAt) this.#settle()
  }

  /** Decides the wire after the last subscription; on the batch wire all that is unacknowledged is sent again. */
  #settle(): void {
    this.#settling.markDecided(performance.now())
    const wire = this.#negotiation.decide()
    const isSameVersion = this.#negotiation.otherVersion === undefined
    if (isSameVersion) this.#versionCheck.reset()
    if (this.#owner) {
      this.#isUsed = false
      this.#owner.onDecided()
    } else if (wire && isSameVersion) this.#begin(wire)
  }

  /** Everything unacknowledged is sent, for the first time or again. */
  #begin(wire: Wire): void {
    const { addressFrom } = this.#options
    const heldRecords = this.#countHeld()
    this.#subscriptions++
    this.#emit('subscribed', { wire, addresses: this.#addresses, addressFrom, heldRecords })
    this.#tellRecovery(performance.now())
    if (wire !== 'batch') return
    for (const sender of this.#senders) {
      sender.maxMessageBytes = this.#negotiation.maxMessageBytes
      sender.onSubscribed()
    }
  }

  async #sendAll(): Promise<void> {
    this.#isSending = true
    let pauseMs = retryMs
    while (this.#maySend) {
      this.#settleIfDue()
      if (!this.#maySend) break
      this.#live.queue.closeDue(performance.now())
      const sending = this.#sendNext()
      if (sending === undefined) break
      if (await sending) {
        pauseMs = retryMs
      } else {
        this.#setAlarm()
        await this.#pause(pauseMs)
        pauseMs = Math.min(pauseMs * 2, maxRetryMs)
      }
    }
    this.#isSending = false // here, not in a then(): a pump() in between would be lost
    if (!this.#isClosed) this.#setAlarm()
  }

  /** @returns undefined where no sender has anything to send */
  #sendNext(): Promise<boolean> | undefined {
    if (this.#negotiation.wire !== 'batch') {
      const sender = this.#senders.find(({ queue }) => queue.next())
      return sender && this.#plainSender.sendBatch(sender, this.#rootOf(sender))
    }
    for (const sender of this.#senders) {
      const message = sender.next()
      if (message) return this.#send(sender, message, true)
    }
    return undefined
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

  /** @returns whether libzmq took it; then it is marked as sent, unless that is done otherwise */
  async #send(sender: Sender, message: SenderMessage, mustMark = false): Promise<boolean> {
    const { header, payload } = message
    const frames = encodeMessage(this.#rootOf(sender), header, payload)
    const isSent = await this.#publish(frames, Math.min(fullBatchMs, this.#options.stallMs))
    if (!isSent || this.#isClosed) return false
    const now = performance.now()
    if (mustMark) sender.markSent(message, now)
    // A bye is the only message that no collector answers.
    if (header.kind === 'bye') return true
    this.#reachability.expectAnswer(now)
    this.#lookPace.markExchange()
    return true
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
    this.#emit('leftBehind', { wire, heldRecords: this.#countHeld() })
    await this.#publisher.sendPastFull(frames)
    return true
  }

  /** What has come is read first: nobody may count as silent whose acks are there. */
  #tick(): void {
    const reading = this.#publisher?.look()
    if (reading) void reading.then(() => this.#check())
    else this.#check()
  }

  #check(): void {
    if (this.#isClosed) return
    const now = performance.now()
    if (this.#isUsed) for (const sender of this.#senders) sender.tick(now)
    this.#reachability.check(now)
    this.#reconnector.tick(now)
    this.#checkVersion(now)
    this.#checkTopic(now)
    this.#owner?.onChecked(now)
    this.pump()
  }

  #checkTopic(now: number): void {
    const isRefused = this.isRefused && this.#countHeld() > 0
    if (!this.#topicCheck.check(isRefused, now)) return
    const topic = JSON.stringify(this.#rootOf(this.#live))
    this.onExplained({
      isKeyRefused: false,
      why: `the collector at ${this.#addresses.join(', ')} takes other topics only than ${topic}, that of this app`,
      advice:
        "start the collector with a --topic that this one begins with, or change the transport's topic"
    })
  }

  #checkVersion(now: number): void {
    const version = this.#negotiation.otherVersion
    // The markers of one collector come one after the other: they are compared once all are there.
    if (version === undefined || this.#settling.isPending) return
    if (!this.#versionCheck.check(version, this.#countHeld(), now)) return
    this.#negotiation.forgetMarkers()
    this.reconnect()
  }

  #pause(ms: number): Promise<void> {
    return new Promise(resolve => setTimeout(resolve, ms).unref())
  }
}
