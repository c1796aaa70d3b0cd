import { accessSync, constants, mkdirSync } from 'node:fs'
import { createHello, type Hello } from '../wire/hello.ts'
import { createId } from '../wire/id.ts'
import { Link, type LinkOwner } from './connection/connection.ts'
import type { Report } from './events.ts'
import type { ResolvedTransportOptions } from './options.ts'
import { Replay } from './replay.ts'
import type { Batch, RecordRange } from './sender/batch.ts'
import { maxInFlightBatches, maxInFlightBytes, Window } from './sender/send-queue.ts'
import { countCollectors, Stream } from './sender/sender.ts'
import { Spool, type SpoolOwner } from './spool/spool.ts'

/** 'dropped' is reported at most this often. Unit: ms */
const dropReportMs = 1000
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
 * Everything between the batches of one transport and its collectors: the window, the spool behind
 * it, the stream that speaks for it, and the streams that replay what earlier processes left.
 */
export class Delivery implements LinkOwner, SpoolOwner {
  readonly report: Report
  readonly #options: ResolvedTransportOptions
  readonly #owner: DeliveryOwner
  readonly #stream: Stream
  readonly #spool: Spool | undefined
  #isSpoolUsable = false
  #replay: Replay | undefined
  #link!: Link
  readonly #startedAt = performance.now()
  #droppedRecords = 0
  #unreportedDrops = 0
  #dropTimer: NodeJS.Timeout | undefined
  #waiters: { seq: number; callback: () => void }[] = []

  /** @throws ERR_ZMQ_PUB_ADDRESS */
  static async open(
    options: ResolvedTransportOptions,
    owner: DeliveryOwner,
    report: Report
  ): Promise<Delivery> {
    const delivery = new Delivery(options, owner, report)
    delivery.#link = await Link.open(options, delivery.#stream, delivery)
    if (options.spool) delivery.#openSpool(options.spool.dir)
    return delivery
  }

  private constructor(options: ResolvedTransportOptions, owner: DeliveryOwner, report: Report) {
    this.#options = options
    this.#owner = owner
    this.report = report
    const id = createId()
    this.#spool = options.spool && new Spool(options.spool, id, this)
    this.#stream = new Stream({
      id,
      window: new Window(
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
    this.#replay = new Replay(this.#options, this.#link, this.report)
  }

  get hello(): Hello {
    return this.#stream.hello
  }

  get heldRecords(): number {
    return this.#window.records + this.#owner.openRecords
  }

  /** Bytes that memory holds. */
  get bytes(): number {
    return this.#window.bytes
  }

  /** Whether records wait for their turn to be sent. */
  get isBacklogged(): boolean {
    return this.#window.waitingBytes > 0
  }

  get isConnected(): boolean {
    return this.#link.isConnected
  }

  /** For how long nothing has been acknowledged. Unit: ms */
  get idleMs(): number {
    return performance.now() - Math.max(this.#startedAt, this.#stream.progressAt)
  }

  introduce(known: Partial<Hello>): void {
    this.#stream.introduce(known)
  }

  push(batch: Batch): void {
    this.#window.push(batch)
  }

  pump(): void {
    this.#link.pump()
  }

  refill(): void {
    this.#owner.refill()
  }

  /** Brings memory below `maxBufferBytes`: what waits goes to the spool, or else the oldest records go. */
  makeRoom(): void {
    while (this.#window.bytes > this.#options.maxBufferBytes && this.#window.canMakeRoom) {
      if (this.#window.spill()) continue
      const dropped = this.#window.dropOldest()
      if (!dropped) return
      this.#countDrop(dropped, this.#spool ? 'buffer and spool full' : 'buffer full')
    }
  }

  /** Calls back when every record that was pushed is delivered, at the latest after `timeoutMs`. */
  whenDelivered(callback: () => void, timeoutMs = this.#options.closeTimeoutMs): void {
    if (this.#window.records === 0 || this.#link.isRefused) return callback()
    const waiter = { seq: this.#window.end - 1, callback: () => finish() }
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
    const isSpoolEnough = this.#isSpoolUsable && !this.#link.isConnected
    if (!isSpoolEnough) this.whenDelivered(callback)
    else if (this.#link.isUnreachable) callback()
    else {
      this.whenDelivered(() => {
        if (this.#window.records > 0 && this.#link.isConnected) this.whenDelivered(callback)
        else callback()
      }, connectMs)
    }
  }

  /** What is undelivered goes to the spool; the rest is reported. */
  close(): void {
    clearTimeout(this.#dropTimer)
    this.#reportDrops()
    const why = this.#explainUndelivered()
    const { start, end, records: heldRecords } = this.#window
    const lost = this.#window.spillAll()
    for (const range of lost) this.#stream.announceDrop(range, 'undelivered when the app ended')
    const records = lost.reduce((sum, { count }) => sum + count, 0)
    const spooledRecords = heldRecords - records
    if (heldRecords > 0) {
      this.report('undelivered', {
        records,
        spooledRecords,
        totalDropped: this.#droppedRecords,
        why
      })
    }
    const first = spooledRecords > 0 ? start : end
    this.#link.sayLast([
      lost.length > 0 ? this.#stream.toHello() : undefined,
      this.#stream.toBye(first)
    ])
    this.#link.close(this.#link.isConnected ? lingerMs : 0)
    this.#replay?.close()
    this.#spool?.close()
  }

  onRelease(stream: Stream): void {
    if (stream !== this.#stream) return this.#replay?.onRelease(stream)
    this.#owner.onRelease()
    while (this.#waiters[0] && this.#waiters[0].seq < this.#window.start) {
      this.#waiters.shift()?.callback()
    }
  }

  onDamage(range: RecordRange): void {
    this.#countDrop(range, 'spool damaged')
  }

  onTrouble(error: Error): void {
    this.report('spoolTrouble', { message: error.message })
  }

  get #window(): Window {
    return this.#stream.window
  }

  #countDrop(range: RecordRange, why: string): void {
    this.#stream.announceDrop(range, why)
    this.#droppedRecords += range.count
    this.#unreportedDrops += range.count
    this.#dropTimer ??= setTimeout(() => this.#reportDrops(), dropReportMs)
  }

  #reportDrops(): void {
    this.#dropTimer = undefined
    if (this.#unreportedDrops === 0) return
    const records = this.#unreportedDrops
    this.#unreportedDrops = 0
    const why = this.#stream.hello.dropped.at(-1)?.why ?? 'buffer full'
    this.report('dropped', { records, totalRecords: this.#droppedRecords, why })
  }

  #explainUndelivered(): string {
    if (this.#link.isConnected) return 'not acknowledged in time'
    return this.#link.isRefused
      ? 'the collector takes other topics only'
      : `no collector at ${this.#options.address.join(', ')}`
  }
}
