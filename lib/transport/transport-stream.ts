import { Writable } from 'node:stream'
import { Delivery, type DeliveryOwner } from './delivery.ts'
import { emitToApp, type EmitEvent } from './events.ts'
import type { ResolvedTransportOptions } from './options.ts'
import { findLoggerName, readPinoConfig, watchPinoConfig } from './pino-config.ts'
import type { Batch, Payload } from './sender/batch.ts'
import { Batcher } from './sender/batcher.ts'
import { maxInFlightBytes } from './sender/send-queue.ts'

/** With a collector connected, this much is buffered before the app is slowed down. Unit: bytes */
const connectedBufferBytes = 2 * maxInFlightBytes
/**
 * A collector that has acknowledged nothing for this long paces nobody: its app is treated as one without a collector.
 * `log.fatal()` blocks the app while a write is held. Unit: ms
 */
const pacingMs = 1000
/** pino without back-pressure (`targets`) may queue this much more than `maxBufferBytes`. Unit: bytes */
const unboundedSlackBytes = 8 * 1024 * 1024

/**
 * High-water mark of the Writable: one more chunk of thread-stream, which has up to 4 MiB, is queued
 * while another one is made into batches. Unit: bytes
 */
const queuedBytes = 4 * 1024 * 1024 + 1

/** `settle` isn't repeated within this time, or who logs at each 'beforeExit' would keep the process alive. Unit: ms */
const settlePauseMs = 1000

type WriteCallback = (error: Error | null | undefined) => void

/**
 * The stream that pino's worker writes into: makes batches of lines, and pushes them to the delivery.
 * A slow collector slows the app down, an absent one doesn't: see `#settleWrite`.
 */
export class TransportStream extends Writable implements DeliveryOwner {
  readonly #options: ResolvedTransportOptions
  readonly #batcher: Batcher
  #delivery!: Delivery
  #stopWatching: () => void = () => undefined
  #isNameKnown = false
  #isDue = false
  #dueTimer: NodeJS.Timeout | undefined
  #heldWrite: (() => void) | undefined
  #heldTimer: NodeJS.Timeout | undefined
  #deferred: { take: () => void; timer: NodeJS.Immediate } | undefined
  #settleAgainAt = 0
  #isProcessEnding = false

  /** Connects, or binds. @param emit gets the transport's events @throws ERR_ZMQ_PUB_ADDRESS */
  static async open(
    options: ResolvedTransportOptions,
    emit: EmitEvent = emitToApp
  ): Promise<TransportStream> {
    const stream = new TransportStream(options)
    stream.#delivery = await Delivery.open(options, stream, emit)
    for (const message of options.curve?.warnings ?? []) emit('keyTrouble', { message })
    stream.#stopWatching = watchPinoConfig(known => stream.#delivery.updateHello(known))
    return stream
  }

  private constructor(options: ResolvedTransportOptions) {
    super({ decodeStrings: false, highWaterMark: queuedBytes })
    this.#options = options
    this.#batcher = new Batcher(
      options.batchBytes,
      batch => this.#onBatch(batch),
      range => this.#delivery.dropTooLong(range)
    )
    this.on('message', message => this.#onMessage(message))
  }

  /** pino tells a stream in its own thread about the logger in this way. */
  #onMessage(message: unknown): void {
    const known = readPinoConfig(message)
    if (known) this.#delivery.updateHello(known)
  }

  /** `logger.flush(cb)`: calls back when everything is delivered, at the latest after `closeTimeoutMs`. */
  flush(callback: () => void): void {
    const finish = (): void => {
      this.#batcher.close()
      this.#delivery.pump()
      this.#delivery.whenDelivered(callback)
    }
    if (this.writableLength === 0 || this.writableEnded) finish()
    else this.write('', finish) // after everything that is queued
  }

  /** Keeps the process alive until everything is delivered, as long as `end` would wait for it. */
  settle(): void {
    this.#batcher.close()
    if (this.#delivery.heldRecords === 0 || performance.now() < this.#settleAgainAt) return
    this.#settleAgainAt = Number.POSITIVE_INFINITY
    this.#delivery.pump()
    this.#delivery.whenSafe(() => (this.#settleAgainAt = performance.now() + settlePauseMs))
  }

  /** The process ends when this returns: sends what it may, and moves what isn't acknowledged to the spool. */
  closeNow(): void {
    if (this.destroyed || this.#isProcessEnding) return
    this.#isProcessEnding = true
    clearImmediate(this.#deferred?.timer)
    this.#deferred?.take()
    this.#releaseWrite() // and takes what is queued behind it
    this.#batcher.end()
    this.#delivery.sendNow()
    this.#delivery.close()
  }

  override write(chunk: unknown, callback?: WriteCallback): boolean
  override write(chunk: unknown, encoding: BufferEncoding, callback?: WriteCallback): boolean
  override write(
    chunk: unknown,
    encoding?: BufferEncoding | WriteCallback,
    callback?: WriteCallback
  ): boolean {
    if (this.#isProcessEnding) return this.#refuseWrite()
    const hasRoom = super.write(chunk, encoding as BufferEncoding, callback)
    // pino's multistream doesn't wait for 'drain': release the held write, or the queue grows without limit.
    if (this.writableLength > this.#options.maxBufferBytes + unboundedSlackBytes) {
      this.#releaseWrite()
    }
    return hasRoom
  }

  override end(callback?: () => void): this
  override end(chunk: unknown, callback?: () => void): this
  override end(chunk: unknown, encoding: BufferEncoding, callback?: () => void): this
  override end(chunk?: unknown, encoding?: unknown, callback?: () => void): this {
    super.end(chunk, encoding as BufferEncoding, callback)
    this.#settleWrite() // back-pressure is of no use any more
    return this
  }

  #refuseWrite(): boolean {
    const why = 'logged after the last listener of the process'
    this.#delivery.emit('undelivered', { records: 1, spooledRecords: 0, totalDropped: 0, why })
    return false
  }

  /** A large chunk is handled after `write` has returned, so that thread-stream resumes the app at once. */
  override _write(chunk: Payload, _encoding: BufferEncoding, callback: () => void): void {
    if (chunk.length < this.#options.batchBytes || this.#isProcessEnding) {
      return this.#take(chunk, callback)
    }
    const take = (): void => {
      this.#deferred = undefined
      this.#take(chunk, callback)
    }
    this.#deferred = { take, timer: setImmediate(take) }
  }

  #take(chunk: Payload, callback: () => void): void {
    this.#batcher.write(chunk)
    if (this.#batcher.openBytes > 0) this.#dueTimer ??= this.#startDueTimer()
    this.#delivery.pump()
    this.#heldWrite = callback
    this.#settleWrite()
  }

  override _final(callback: () => void): void {
    this.#batcher.end()
    this.#delivery.pump()
    this.#delivery.whenSafe(callback)
  }

  override _destroy(error: Error | null, callback: (error: Error | null) => void): void {
    clearTimeout(this.#dueTimer)
    clearTimeout(this.#heldTimer)
    clearImmediate(this.#deferred?.timer)
    this.#stopWatching()
    this.#batcher.close()
    this.#delivery.close()
    callback(error)
  }

  /** Whole records that are in no batch yet. */
  get openRecords(): number {
    return this.#batcher.openRecords
  }

  /** Closes a batch that is due, unless others wait to be sent. */
  refill(): void {
    if (!this.#isDue || this.#delivery.isBacklogged) return
    this.#isDue = false
    this.#batcher.close()
  }

  onRelease(): void {
    this.#settleWrite()
  }

  #onBatch(batch: Batch): void {
    if (!this.#isNameKnown) {
      this.#isNameKnown = true
      const app = findLoggerName(batch.payload)
      if (app !== '') this.#delivery.updateHello({ app })
    }
    this.#delivery.push(batch)
  }

  #startDueTimer(): NodeJS.Timeout {
    return setTimeout(() => {
      this.#dueTimer = undefined
      this.#isDue = true
      // The first record names the logger, and thus the topic that collectors subscribe to.
      if (!this.#isNameKnown) this.#batcher.close()
      this.#delivery.pump()
    }, this.#options.batchMs).unref()
  }

  /**
   * Calls back the held write now, or when there is room. A full buffer holds it while acks come: that
   * is the app's back-pressure. After `stallMs` without an ack, `enforceLimit` makes room instead.
   */
  #settleWrite(): void {
    if (!this.#heldWrite) return
    const { maxBufferBytes, stallMs } = this.#options
    const { bytes, idleMs, isConnected } = this.#delivery
    const isPaced = isConnected && idleMs < pacingMs
    const limit = isPaced ? Math.min(connectedBufferBytes, maxBufferBytes) : maxBufferBytes
    const isEnding = this.writableEnded || this.#isProcessEnding
    if (bytes <= limit || isEnding) return this.#releaseWrite()
    const waitMs = (isPaced ? Math.min(pacingMs, stallMs) : stallMs) - idleMs
    if (waitMs <= 0) return this.#releaseWrite()
    this.#heldTimer ??= setTimeout(() => {
      this.#heldTimer = undefined
      this.#settleWrite()
    }, waitMs)
  }

  #releaseWrite(): void {
    const callback = this.#heldWrite
    if (!callback) return
    this.#heldWrite = undefined
    clearTimeout(this.#heldTimer)
    this.#heldTimer = undefined
    this.#delivery.enforceLimit()
    callback()
  }
}
