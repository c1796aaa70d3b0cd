import { decodeAcks } from '../../wire/acks.ts'
import { toRootTopic } from '../../wire/hello.ts'
import { encodeMessage } from '../../wire/message.ts'
import type { EmitEvent } from '../events.ts'
import type { ResolvedTransportOptions } from '../options.ts'
import type { Sender, SenderMessage } from '../sender/sender.ts'
import { Alarm } from './alarm.ts'
import type { Carrier } from './carrier.ts'
import { LookPace } from './look-pace.ts'
import { MessageWriter, Pauses, type MessageWriterOwner } from './message-writer.ts'
import type { Wire } from './negotiation.ts'
import { Peers, type PeersOwner } from './peers.ts'
import { PlainSender } from './plain-sender.ts'
import { Publisher, type PublisherListener } from './publisher.ts'

/** How often the senders' timeouts are checked. Unit: ms */
const tickMs = 500

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
 * The connection of one transport: sends the senders' messages once Peers has decided the wire, and hands acks back
 * to the senders. The first sender is the live one, with the records of this process; the others
 * replay the spools of earlier processes.
 *
 * Nothing is ever pending at the socket (see Publisher), so all that can be due shares one timer: a batch to be made,
 * a look at what has come, the decision about the wire. Whenever there is something to send, it is looked at, too.
 */
export class Connection implements Carrier, PublisherListener, PeersOwner, MessageWriterOwner {
  readonly #emit: EmitEvent
  readonly #senders: Sender[]
  readonly #owner: ConnectionOwner | undefined
  /** whether it may send: where it has an owner, that decides */
  #isUsed: boolean
  readonly #peers: Peers
  readonly #plainSender: PlainSender
  #publisher: Publisher | undefined
  #writer: MessageWriter | undefined
  readonly #alarm = new Alarm(() => this.pump())
  readonly #lookPace = new LookPace(performance.now())
  #isSending = false
  #isClosed = false
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
      const publisher = await Publisher.open(options, connection)
      connection.#publisher = publisher
      connection.#writer = new MessageWriter(publisher, connection, options.stallMs)
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
    this.#emit = emit
    this.#senders = senders
    this.#owner = owner
    this.#isUsed = owner === undefined
    this.#peers = new Peers(options, emit, this)
    this.#plainSender = new PlainSender(
      options,
      async message => (await this.#writer?.writePlain(message)) === true
    )
    this.#tickTimer = setInterval(() => this.#tick(), tickMs).unref()
  }

  get isConnected(): boolean {
    return this.#peers.isConnected
  }

  get reconnects(): number {
    return this.#peers.reconnects
  }

  get isUnreachable(): boolean {
    return this.#peers.isUnreachable
  }

  get isRefused(): boolean {
    return this.#peers.isRefused
  }

  get refusal(): string | undefined {
    return this.#peers.refusal
  }

  /** As that of Peers. */
  get streamId(): string | undefined {
    return this.#peers.streamId
  }

  /** As that of Peers. */
  get isOtherVersion(): boolean {
    return this.#peers.isOtherVersion
  }

  get isWanted(): boolean {
    return this.#peers.isWanted
  }

  get rootTopic(): string {
    return toRootTopic(this.#live.hello)
  }

  /** As that of Peers. */
  silentFor(now: number): number {
    return this.#peers.silentFor(now)
  }

  countHeld(): number {
    return this.#live.queue.countRecords()
  }

  add(sender: Sender): void {
    this.#senders.push(sender)
    sender.maxMessageBytes = this.#peers.maxMessageBytes
    sender.onSubscribed()
    this.pump()
  }

  remove(sender: Sender, bye: SenderMessage): void {
    const index = this.#senders.indexOf(sender, 1)
    if (index === -1) return
    this.#senders.splice(index, 1)
    if (this.#isBatchWanted) void this.#send(sender, bye)
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
    if (!this.#isBatchWanted) return
    for (const sender of this.#senders) {
      for (let message = sender.next(); message; message = sender.next()) {
        void this.#send(sender, message) // zeromq hands it to libzmq before this returns
        sender.markSent(message, performance.now())
      }
    }
  }

  sendFinal(messages: (SenderMessage | undefined)[]): void {
    if (!this.#isBatchWanted) return
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
    this.#peers.close()
    this.#writer?.close()
    this.#publisher?.close(lingerMs)
    this.#plainSender.close()
  }

  onSubscription(topic: Buffer): void {
    const now = performance.now()
    this.#lookPace.markSubscription(now)
    // Of several, what answers at this address may be no gateway any more.
    this.#peers.add(topic, now, this.#owner !== undefined)
  }

  onUnsubscription(topic: Buffer, left: number): void {
    this.#peers.remove(topic, left, performance.now())
    // One that is silent is connected anew, which ends its subscriptions, too.
    if (!this.#isClosed && !this.isWanted && !this.isUnreachable) this.#owner?.onDecided()
  }

  onUpstream(frame: Buffer): void {
    const decoded = decodeAcks(frame)
    if (!decoded || (this.#owner && decoded.collectorId !== this.streamId)) return
    const now = performance.now()
    this.#lookPace.markExchange()
    for (const { senderId, seq } of decoded.acks) {
      const sender = this.#senders.find(({ publicId }) => publicId === senderId)
      if (!sender) continue
      this.#peers.markAnswered()
      const released = sender.onAck(decoded.collectorId, seq, now)
      this.#owner?.onAck(released)
    }
    this.#peers.endOutage(now)
    this.#startToSend()
  }

  onLeftBehind(wire: Wire): void {
    this.#emit('leftBehind', { wire, heldRecords: this.countHeld() })
  }

  reconnect(): void {
    this.#lookPace.markSubscription(performance.now())
    this.#publisher?.reconnect()
  }

  get #live(): Sender {
    return this.#senders[0] as Sender
  }

  /** Whether messages other than batches may be sent, too. */
  get #isBatchWanted(): boolean {
    return this.#peers.wire === 'batch' && this.isWanted
  }

  get #maySend(): boolean {
    return !this.#isClosed && this.#isUsed && !this.#peers.mustHold && this.isWanted
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
    this.#alarm.set(this.#peers.decisionDueAt(isReading))
    if (this.#maySend) this.#alarm.set(this.#live.queue.dueAt)
  }

  #settleIfDue(): void {
    if (!this.#peers.isUndecided) return
    const now = performance.now()
    const dueAt = this.#peers.decisionDueAt(this.#publisher?.isReading === true)
    if (now >= dueAt) this.#settle(now)
  }

  /** Decides the wire after the last subscription; on the batch wire all that is unacknowledged is sent again. */
  #settle(now: number): void {
    const wire = this.#peers.decide(now)
    if (this.#owner) {
      this.#isUsed = false
      this.#owner.onDecided()
    } else if (wire) this.#begin(wire)
  }

  /** Everything unacknowledged is sent, for the first time or again. */
  #begin(wire: Wire): void {
    this.#peers.markUsed(wire, performance.now())
    if (wire !== 'batch') return
    for (const sender of this.#senders) {
      sender.maxMessageBytes = this.#peers.maxMessageBytes
      sender.onSubscribed()
    }
  }

  async #sendAll(): Promise<void> {
    this.#isSending = true
    const pauses = new Pauses()
    while (this.#maySend) {
      this.#settleIfDue()
      if (!this.#maySend) break
      this.#live.queue.closeDue(performance.now())
      const sending = this.#sendNext()
      if (sending === undefined) break
      if (await sending) {
        pauses.reset()
      } else {
        this.#setAlarm()
        await pauses.wait()
      }
    }
    this.#isSending = false // here, not in a then(): a pump() in between would be lost
    if (!this.#isClosed) this.#setAlarm()
  }

  /** @returns undefined where no sender has anything to send */
  #sendNext(): Promise<boolean> | undefined {
    if (this.#peers.wire !== 'batch') {
      const sender = this.#senders.find(({ queue }) => queue.next())
      return sender && this.#plainSender.sendBatch(sender, toRootTopic(sender.hello))
    }
    for (const sender of this.#senders) {
      const message = sender.next()
      if (message) return this.#send(sender, message, true)
    }
    return undefined
  }

  /** @returns whether libzmq took it; then it is marked as sent, unless that is done otherwise */
  async #send(sender: Sender, message: SenderMessage, mustMark = false): Promise<boolean> {
    const { header, payload } = message
    const frames = encodeMessage(toRootTopic(sender.hello), header, payload)
    const isSent = await this.#writer?.writeBatch(frames)
    if (!isSent || this.#isClosed) return false
    const now = performance.now()
    if (mustMark) sender.markSent(message, now)
    // A bye is the only message that no collector answers.
    if (header.kind === 'bye') return true
    this.#peers.expectAnswer(now)
    this.#lookPace.markExchange()
    return true
  }

  /** What has come is read first: a collector whose acks are there must not count as silent. */
  #tick(): void {
    const reading = this.#publisher?.look()
    if (reading) void reading.then(() => this.#check())
    else this.#check()
  }

  #check(): void {
    if (this.#isClosed) return
    const now = performance.now()
    if (this.#isUsed) for (const sender of this.#senders) sender.tick(now)
    this.#peers.check(now)
    this.#owner?.onChecked(now)
    this.pump()
  }
}
