import { accessSync, constants, mkdirSync } from 'node:fs'
import { createHello, type Hello } from '../wire/hello.ts'
import { createId } from '../wire/id.ts'
import { Connection, type ConnectionOwner } from './connection/connection.ts'
import type { EmitEvent } from './events.ts'
import type { ResolvedTransportOptions } from './options.ts'
import { DropCounter } from './drop-counter.ts'
import { Replay } from './replay.ts'
import type { Batch, RecordRange } from './sender/batch.ts'
import { maxInFlightBatches, maxInFlightBytes, SendQueue } from './sender/send-queue.ts'
import { countCollectors, Sender } from './sender/sender.ts'
import { Spool, type SpoolOwner } from './spool/spool.ts'

/** A collector that is there is connected to within this time. Unit: ms */
const connectMs = 1000
/** How long libzmq may go on sending after the end, where somebody listens. Unit: ms */
const lingerMs = 500

/** What a delivery tells its owner. */
export interface DeliveryOwner {
  /** Moves records that are due into the delivery, if there are any. */
  refill(): void
  /** Something was delivered: there may be room. */
  onRelease(): void
  /** Records that are not in the delivery yet. */
  readonly openRecords: number
}

/**
 * Everything between the batches of one transport and its collectors: the queue, the spool behind
 * it, the sender that speaks for it, and the senders that replay what earlier processes left.
 */
export class Delivery implements ConnectionOwner, SpoolOwner {
  readonly emit: EmitEvent
  readonly #options: ResolvedTransportOptions
  readonly #owner: DeliveryOwner
  readonly #sender: Sender
  readonly #spool: Spool | undefined
  #isSpoolUsable = false
  #replay: Replay | undefined
  #connection!: Connection
  readonly #startedAt = performance.now()
  readonly #drops: DropCounter
  #waiters: { seq: number; callback: () => void }[] = []

  /** @throws ERR_ZMQ_PUB_ADDRESS */
  static async open(
    options: ResolvedTransportOptions,
    owner: DeliveryOwner,
    emit: EmitEvent
  ): Promise<Delivery> {
    const delivery = new Delivery(options, owner, emit)
    delivery.#connection = await Connection.open(options, delivery.#sender, delivery)
    if (options.spool) delivery.#openSpool(options.spool.dir)
    return delivery
  }

  private constructor(options: ResolvedTransportOptions, owner: DeliveryOwner, emit: EmitEvent) {
    this.#options = options
    this.#owner = owner
    this.emit = emit
    this.#drops = new DropCounter(emit)
    const id = createId()
    this.#spool = options.spool && new Spool(options.spool, id, this)
    this.#sender = new Sender({
      id,
      queue: new SendQueue(
        Math.min(maxInFlightBytes, options.maxBufferBytes / 2),
        maxInFlightBatches,
        this.#spool
      ),
      hello: { ...createHello(), topic: options.topic },
      stallMs: options.stallMs,
      maxCollectors: countCollectors(options)
    })
  }

  /** Finds out at the start whether the folder can be used, and delivers what it holds. */
  #openSpool(dir: string): void {
    try {
      mkdirSync(dir, { recursive: true })
      accessSync(dir, constants.W_OK)
      this.#isSpoolUsable = true
    } catch (error) {
      this.onTrouble(error as Error)
    }
    this.#replay = new Replay(this.#options, this.#connection, this.emit)
  }

  get hello(): Hello {
    return this.#sender.hello
  }

  get heldRecords(): number {
    return this.#queue.records + this.#owner.openRecords
  }

  /** Bytes that memory holds. */
  get bytes(): number {
    return this.#queue.bytes
  }

  /** Whether records wait for their turn to be sent. */
  get isBacklogged(): boolean {
    return this.#queue.waitingBytes > 0
  }

  get isConnected(): boolean {
    return this.#connection.isConnected
  }

  /** For how long nothing has been acknowledged. Unit: ms */
  get idleMs(): number {
    return performance.now() - Math.max(this.#startedAt, this.#sender.progressAt)
  }

  updateHello(known: Partial<Hello>): void {
    this.#sender.updateHello(known)
  }

  push(batch: Batch): void {
    this.#queue.push(batch)
  }

  pump(): void {
    this.#connection.pump()
  }

  refill(): void {
    this.#owner.refill()
  }

  /** Brings memory below `maxBufferBytes`: what waits goes to the spool, or else the oldest records go. */
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
   * As `whenDelivered`, but a spool is good enough where no collector answers. One that has just
   * been connected to may still be about to subscribe.
   */
  whenSafe(callback: () => void): void {
    const isSpoolEnough = this.#isSpoolUsable && !this.#connection.isConnected
    if (!isSpoolEnough) this.whenDelivered(callback)
    else if (this.#connection.isUnreachable) callback()
    else {
      this.whenDelivered(() => {
        if (this.#queue.records > 0 && this.#connection.isConnected) this.whenDelivered(callback)
        else callback()
      }, connectMs)
    }
  }

  /** What is undelivered goes to the spool; the rest is reported. */
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
      lost.length > 0 ? this.#sender.toHello() : undefined,
      this.#sender.toBye(first)
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
    this.emit('spoolTrouble', { message: error.message })
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
    return this.#connection.isRefused
      ? 'the collector takes other topics only'
      : `no collector at ${this.#options.address.join(', ')}`
  }
}
