import { accessSync, constants, mkdirSync } from 'node:fs'
import { createHello, type Hello } from '../wire/hello.ts'
import { hideKeys } from '../util/hide-keys.ts'
import { maxRecordBytes } from '../wire/limits.ts'
import { Connection, type ConnectionOwner } from './connection/connection.ts'
import type { EmitEvent } from './events.ts'
import type { ResolvedTransportOptions } from './options.ts'
import { DropCounter } from './drop-counter.ts'
import { toProof } from './proof.ts'
import { Replay } from './replay.ts'
import type { Batch, RecordRange } from './sender/batch.ts'
import { maxInFlightBatches, maxInFlightBytes, SendQueue } from './sender/send-queue.ts'
import { countCollectors, Sender } from './sender/sender.ts'
import { createIdentity, type SpoolIdentity } from './spool/identity.ts'
import { Spool, type SpoolOwner } from './spool/spool.ts'
import { TroubleReporter } from './trouble-reporter.ts'

/** A collector that is running subscribes within this time. Unit: ms */
const connectMs = 1000
/** How long libzmq may go on sending after `close`, with a collector connected. Unit: ms */
const lingerMs = 500
/** The same trouble of the spool is reported again after this time. Unit: ms */
const troubleIntervalMs = 60_000

/** What a delivery tells its owner, and asks of it. */
export interface DeliveryOwner {
  /** Pushes records that are due as a batch, if there are any. */
  refill(): void
  /** Records were delivered: there may be room. */
  onRelease(): void
  /** Records that are not in the delivery yet. */
  readonly openRecords: number
}

/**
 * Delivers the batches of one transport: the sender with its queue, the spool for what memory can't
 * hold, and the replay of spools that earlier processes left, over one connection.
 */
export class Delivery implements ConnectionOwner, SpoolOwner {
  readonly emit: EmitEvent
  readonly #options: ResolvedTransportOptions
  readonly #owner: DeliveryOwner
  readonly #identity: SpoolIdentity
  readonly #sender: Sender
  readonly #spool: Spool | undefined
  readonly #trouble: TroubleReporter
  #replay: Replay | undefined
  #connection!: Connection
  readonly #startedAt = performance.now()
  readonly #drops: DropCounter
  #waiters: { seq: number; callback: () => void }[] = []

  /** Opens the connection and the spool. @throws ERR_ZMQ_PUB_ADDRESS */
  static async open(
    options: ResolvedTransportOptions,
    owner: DeliveryOwner,
    emit: EmitEvent
  ): Promise<Delivery> {
    const delivery = new Delivery(options, owner, emit)
    delivery.#connection = await Connection.open(options, delivery.#sender, delivery)
    if (options.spool) delivery.#openSpool()
    return delivery
  }

  private constructor(options: ResolvedTransportOptions, owner: DeliveryOwner, emit: EmitEvent) {
    this.#options = options
    this.#owner = owner
    this.emit = emit
    this.#drops = new DropCounter(emit)
    this.#trouble = new TroubleReporter(emit, troubleIntervalMs)
    this.#identity = createIdentity(options.curve?.keyPair.publicKey)
    const { senderId } = this.#identity
    this.#spool = options.spool && new Spool(options.spool, this.#identity, this)
    this.#sender = new Sender({
      id: senderId,
      queue: new SendQueue(
        Math.min(maxInFlightBytes, options.maxBufferBytes / 2),
        maxInFlightBatches,
        this.#spool
      ),
      hello: {
        ...createHello(),
        topic: options.topic,
        ...pickKeys(options),
        ...toProof(senderId, options.curve)
      },
      stallMs: options.stallMs,
      maxCollectors: countCollectors(options),
      onTooLong: (range, why) => this.#countDrop(range, why)
    })
  }

  /** Checks that the folder can be written, and starts to deliver what it holds. */
  #openSpool(): void {
    this.#checkSpool()
    this.#replay = new Replay(this.#options, this.#connection, this.#identity, this.emit)
  }

  /** @returns whether there is a spool that can be written, as far as that can be known */
  #checkSpool(): boolean {
    const { spool } = this.#options
    if (!spool || this.#spool?.isBroken) return false
    try {
      mkdirSync(spool.dir, { recursive: true })
      accessSync(spool.dir, constants.W_OK)
      return true
    } catch (error) {
      this.onTrouble(error as Error)
      return false
    }
  }

  /** For the spool: the sender's hello. */
  get hello(): Hello {
    return this.#sender.hello
  }

  /** Records that are not delivered, in memory or in the spool of this process. */
  get heldRecords(): number {
    return this.#queue.records + this.#owner.openRecords
  }

  /** Bytes held in memory. */
  get bytes(): number {
    return this.#queue.bytes
  }

  /** Whether batches in memory wait to be sent. */
  get isBacklogged(): boolean {
    return this.#queue.waitingBytes > 0
  }

  /** As Connection's. */
  get isConnected(): boolean {
    return this.#connection.isConnected
  }

  /** For how long nothing was acknowledged. Unit: ms */
  get idleMs(): number {
    return performance.now() - Math.max(this.#startedAt, this.#sender.progressAt)
  }

  /** Changes what collectors are told about this app. */
  updateHello(known: Partial<Hello>): void {
    this.#sender.updateHello({ ...known, ...pickKeys(this.#options) })
  }

  /** Adds a batch to the queue; `pump` sends it. */
  push(batch: Batch): void {
    this.#queue.push(batch)
  }

  /** A record that no message could carry: it follows the batches that were pushed. */
  dropTooLong(range: RecordRange): void {
    this.#queue.skip(range)
    this.#countDrop(range, `record longer than ${maxRecordBytes} bytes`)
  }

  /** Starts to send what waits; returns at once. */
  pump(): void {
    this.#connection.pump()
  }

  refill(): void {
    this.#owner.refill()
  }

  /** Brings memory below `maxBufferBytes`: unsent batches move to the spool, or the oldest records are dropped. */
  enforceLimit(): void {
    while (this.#queue.bytes > this.#options.maxBufferBytes && this.#queue.hasUnsent) {
      if (this.#queue.spill()) continue
      const dropped = this.#queue.dropOldest()
      if (!dropped) return
      this.#countDrop(dropped, this.#spool ? 'buffer and spool full' : 'buffer full')
    }
  }

  /** Calls back when every record that was pushed is delivered, at the latest after `timeoutMs`. */
  whenDelivered(callback: () => void, timeoutMs = this.#options.closeTimeoutMs): void {
    if (this.#queue.records === 0 || this.#connection.isRefused) return callback()
    const waiter = { seq: this.#queue.end - 1, callback: () => finish() }
    const finish = (): void => {
      clearTimeout(timer)
      this.#waiters = this.#waiters.filter(other => other !== waiter)
      callback()
    }
    const timer = setTimeout(finish, Math.min(timeoutMs, this.#options.closeTimeoutMs))
    this.#waiters.push(waiter)
  }

  /**
   * As `whenDelivered`, but with a spool it doesn't wait for a collector that doesn't answer. A
   * collector gets `connectMs` to subscribe.
   */
  whenSafe(callback: () => void): void {
    const isSpoolEnough = !this.#connection.isConnected && this.#checkSpool()
    if (!isSpoolEnough) this.whenDelivered(callback)
    else if (this.#connection.isUnreachable) callback()
    else {
      this.whenDelivered(() => {
        if (this.#queue.records > 0 && this.#connection.isConnected) this.whenDelivered(callback)
        else callback()
      }, connectMs)
    }
  }

  /** Sends what may be in flight, without waiting for anything: for a process that ends now. */
  sendNow(): void {
    this.#connection.sendNow()
  }

  /** Moves undelivered records to the spool; emits 'undelivered' with what is lost or spooled. */
  close(): void {
    this.#drops.close()
    const why = this.#explainUndelivered()
    const { start, end, records: heldRecords } = this.#queue
    const lost = this.#queue.spillAll()
    for (const range of lost) this.#sender.announceDrop(range, 'undelivered when the app ended')
    const records = lost.reduce((sum, { count }) => sum + count, 0)
    const spooledRecords = heldRecords - records
    if (heldRecords > 0) {
      this.emit('undelivered', {
        records,
        spooledRecords,
        totalDropped: this.#drops.records,
        why
      })
    }
    const first = spooledRecords > 0 ? start : end
    this.#connection.sendFinal([
      this.hello.dropped.length > 0 ? this.#sender.toHello() : undefined,
      this.#sender.toBye(first, !this.#spool?.wasUsed)
    ])
    this.#connection.close(this.#connection.isConnected ? lingerMs : 0)
    this.#replay?.close()
    this.#spool?.close()
  }

  onRelease(sender: Sender): void {
    if (sender !== this.#sender) return this.#replay?.onRelease(sender)
    this.#owner.onRelease()
    while (this.#waiters[0] && this.#waiters[0].seq < this.#queue.start) {
      this.#waiters.shift()?.callback()
    }
  }

  onDamage(range: RecordRange): void {
    this.#countDrop(range, 'spool damaged')
  }

  onTrouble(error: Error): void {
    this.#trouble.report(error)
  }

  get #queue(): SendQueue {
    return this.#sender.queue
  }

  #countDrop(range: RecordRange, why: string): void {
    this.#sender.announceDrop(range, why)
    this.#drops.add(range.count, why)
  }

  #explainUndelivered(): string {
    if (this.#connection.isConnected) return 'not acknowledged in time'
    if (this.#connection.isRefused) return 'the collector takes other topics only'
    return (
      this.#connection.keyRefusal ??
      `no collector at ${this.#options.address.map(hideKeys).join(', ')}`
    )
  }
}

/** The members that options name; they win over what pino tells of the logger. */
function pickKeys(options: ResolvedTransportOptions): Partial<Hello> {
  const names = ['levelKey', 'timeKey', 'messageKey'] as const
  const given = names.filter(name => options[name] !== undefined)
  return Object.fromEntries(given.map(name => [name, options[name]]))
}
