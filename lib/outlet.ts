import { Writable } from 'node:stream'
import { Batcher, type Batch } from './batcher.ts'
import { findLoggerName, watchPinoConfig } from './pino-config.ts'
import { reportToApp, type Report } from './report.ts'
import { Sender, type SenderOwner } from './sender.ts'
import type { ResolvedTransportOptions } from './transport-options.ts'
import { Window } from './window.ts'

/** Sent and unacknowledged at most. Unit: bytes */
const maxInFlightBytes = 8 * 1024 * 1024
/** Below the socket's high-water mark, with room for what a lost connection left in its pipe. */
const maxInFlightBatches = 1024
/** With a collector connected, so much is taken before the app is slowed down. Unit: bytes */
const connectedBufferBytes = 2 * maxInFlightBytes
/** pino without back-pressure (`targets`) may pile up so much more than `maxBufferBytes`. Unit: bytes */
const unboundedSlackBytes = 8 * 1024 * 1024
/** 'dropped' is reported at most this often. Unit: ms */
const dropReportMs = 1000

type WriteCallback = (error: Error | null | undefined) => void

/**
 * The stream that pino's worker writes into: lines become batches, batches go into the window, the
 * sender empties the window. Slow collectors slow the app down; absent ones don't: see `#settleWrite`.
 */
export class Outlet extends Writable implements SenderOwner {
  readonly report: Report
  readonly #options: ResolvedTransportOptions
  readonly #window = new Window(maxInFlightBytes, maxInFlightBatches)
  readonly #batcher: Batcher
  #sender!: Sender
  #stopWatching: () => void = () => undefined
  #isNameKnown: boolean
  #isDue = false
  #dueTimer: NodeJS.Timeout | undefined
  #heldWrite: (() => void) | undefined
  #heldTimer: NodeJS.Timeout | undefined
  #droppedRecords = 0
  #unreportedDrops = 0
  #dropTimer: NodeJS.Timeout | undefined
  #waiters: { seq: number; callback: () => void }[] = []

  /** @throws ERR_ZMQ_PUB_ADDRESS */
  static async open(
    options: ResolvedTransportOptions,
    report: Report = reportToApp
  ): Promise<Outlet> {
    const outlet = new Outlet(options, report)
    outlet.#sender = await Sender.open(options, outlet.#window, outlet)
    outlet.#stopWatching = watchPinoConfig(known => outlet.#sender.introduce(known))
    return outlet
  }

  private constructor(options: ResolvedTransportOptions, report: Report) {
    super({ decodeStrings: false, highWaterMark: options.batchBytes })
    this.report = report
    this.#options = options
    this.#isNameKnown = false
    this.#batcher = new Batcher(options.batchBytes, batch => this.#onBatch(batch))
  }

  /** The address that a binding transport listens on, with its real port. */
  get lastEndpoint(): string | null {
    return this.#sender.lastEndpoint
  }

  get heldRecords(): number {
    return this.#window.records + this.#batcher.openRecords
  }

  /** `logger.flush(cb)`: called back when all is delivered, at the latest after `closeTimeoutMs`. */
  flush(callback: () => void): void {
    this.#batcher.close()
    this.#sender.pump()
    this.#whenDelivered(callback)
  }

  override write(chunk: unknown, callback?: WriteCallback): boolean
  override write(chunk: unknown, encoding: BufferEncoding, callback?: WriteCallback): boolean
  override write(
    chunk: unknown,
    encoding?: BufferEncoding | WriteCallback,
    callback?: WriteCallback
  ): boolean {
    const hasRoom = super.write(chunk, encoding as BufferEncoding, callback)
    // pino's multistream doesn't wait for 'drain': take the write that is held, or this piles up.
    if (this.writableLength > this.#options.maxBufferBytes + unboundedSlackBytes) {
      this.#releaseWrite()
    }
    return hasRoom
  }

  override _write(chunk: string | Buffer, _encoding: BufferEncoding, callback: () => void): void {
    this.#batcher.write(chunk)
    if (this.#batcher.openBytes > 0) this.#dueTimer ??= this.#startDueTimer()
    this.#sender.pump()
    this.#heldWrite = callback
    this.#settleWrite()
  }

  override _final(callback: () => void): void {
    this.#batcher.end()
    this.#sender.pump()
    this.#whenDelivered(callback)
  }

  override _destroy(error: Error | null, callback: (error: Error | null) => void): void {
    clearTimeout(this.#dueTimer)
    clearTimeout(this.#heldTimer)
    clearTimeout(this.#dropTimer)
    this.#stopWatching()
    this.#reportDrops()
    this.#reportUndelivered()
    const lingerMs = this.#sender.isConnected ? 500 : 0
    void this.#sender.close(lingerMs).finally(() => callback(error))
  }

  refill(): void {
    if (!this.#isDue || this.#window.waitingBytes > 0) return
    this.#isDue = false
    this.#batcher.close()
  }

  onRelease(): void {
    this.#settleWrite()
    while (this.#waiters[0] && this.#waiters[0].seq < this.#window.start) {
      this.#waiters.shift()?.callback()
    }
  }

  #onBatch(batch: Batch): void {
    if (!this.#isNameKnown) {
      this.#isNameKnown = true
      const app = findLoggerName(batch.payload)
      if (app !== '') this.#sender.introduce({ app })
    }
    this.#window.push(batch)
  }

  #startDueTimer(): NodeJS.Timeout {
    return setTimeout(() => {
      this.#dueTimer = undefined
      this.#isDue = true
      this.#sender.pump()
    }, this.#options.batchMs)
  }

  /**
   * Ends a write now, or when there is room. While acks advance, a full buffer holds it: that is the
   * app's back-pressure. After `stallMs` without one the oldest records go instead.
   */
  #settleWrite(): void {
    if (!this.#heldWrite) return
    const { maxBufferBytes, stallMs } = this.#options
    const limit = this.#sender.isConnected
      ? Math.min(connectedBufferBytes, maxBufferBytes)
      : maxBufferBytes
    if (this.#window.bytes <= limit) return this.#releaseWrite()
    const waitMs = stallMs - this.#sender.idleMs
    if (waitMs <= 0) return this.#releaseWrite()
    this.#heldTimer ??= setTimeout(() => {
      this.#heldTimer = undefined
      this.#settleWrite()
    }, waitMs)
  }

  #releaseWrite(): void {
    const callback = this.#heldWrite
    if (!callback) return
    this.#dropOverflow()
    this.#heldWrite = undefined
    clearTimeout(this.#heldTimer)
    this.#heldTimer = undefined
    callback()
  }

  #dropOverflow(): void {
    while (this.#window.bytes > this.#options.maxBufferBytes) {
      const dropped = this.#window.dropOldest()
      if (!dropped) return
      this.#sender.announceDrop(dropped, 'buffer full')
      this.#droppedRecords += dropped.count
      this.#unreportedDrops += dropped.count
      this.#dropTimer ??= setTimeout(() => this.#reportDrops(), dropReportMs)
    }
  }

  #reportDrops(): void {
    this.#dropTimer = undefined
    if (this.#unreportedDrops === 0) return
    const records = this.#unreportedDrops
    this.#unreportedDrops = 0
    this.report('dropped', { records, totalRecords: this.#droppedRecords, why: 'buffer full' })
  }

  /** Calls back when every record that is in a batch now is delivered, at the latest after `closeTimeoutMs`. */
  #whenDelivered(callback: () => void): void {
    if (this.#window.records === 0 || this.#sender.isRefused) return callback()
    const waiter = { seq: this.#window.end - 1, callback: () => finish() }
    const finish = (): void => {
      clearTimeout(timer)
      this.#waiters = this.#waiters.filter(other => other !== waiter)
      callback()
    }
    const timer = setTimeout(finish, this.#options.closeTimeoutMs)
    this.#waiters.push(waiter)
  }

  #reportUndelivered(): void {
    const records = this.heldRecords
    const totalDropped = this.#droppedRecords
    if (records === 0 && totalDropped === 0) return
    const why = this.#explainUndelivered()
    this.report('undelivered', { records, totalDropped, why })
  }

  #explainUndelivered(): string {
    if (this.#sender.isConnected) return 'not acknowledged in time'
    return this.#sender.isRefused
      ? 'the collector takes other topics only'
      : `no collector at ${this.#options.address.join(', ')}`
  }
}
