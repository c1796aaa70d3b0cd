import { Writable } from 'node:stream'
import { Delivery, type DeliveryOwner } from './delivery.ts'
import { emitToApp, type EmitEvent } from './events.ts'
import type { ResolvedTransportOptions } from './options.ts'
import { findLoggerName, watchPinoConfig } from './pino-config.ts'
import type { Batch, Payload } from './sender/batch.ts'
import { Batcher } from './sender/batcher.ts'
import { maxInFlightBytes } from './sender/send-queue.ts'

/** With a collector connected, so much is taken before the app is slowed down. Unit: bytes */
const connectedBufferBytes = 2 * maxInFlightBytes
/** pino without back-pressure (`targets`) may pile up so much more than `maxBufferBytes`. Unit: bytes */
const unboundedSlackBytes = 8 * 1024 * 1024

/**
 * A write is taken into the queue, and the app goes on, while this one is made into batches: at most
 * one chunk of thread-stream's, which hands over up to 4 MiB. Unit: bytes
 */
const queuedBytes = 4 * 1024 * 1024 + 1

type WriteCallback = (error: Error | null | undefined) => void

/**
 * The stream that pino's worker writes into: lines become batches, which are then the delivery's.
 * Slow collectors slow the app down; absent ones don't: see `#settleWrite`.
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
  #deferred: NodeJS.Immediate | undefined

  /** @throws ERR_ZMQ_PUB_ADDRESS */
  static async open(
    options: ResolvedTransportOptions,
    emit: EmitEvent = emitToApp
  ): Promise<TransportStream> {
    const stream = new TransportStream(options)
    stream.#delivery = await Delivery.open(options, stream, emit)
    stream.#stopWatching = watchPinoConfig(known => stream.#delivery.updateHello(known))
    return stream
  }

  private constructor(options: ResolvedTransportOptions) {
    super({ decodeStrings: false, highWaterMark: queuedBytes })
    this.#options = options
    this.#batcher = new Batcher(options.batchBytes, batch => this.#onBatch(batch))
  }

  /** `logger.flush(cb)`: called back when all is delivered, at the latest after `closeTimeoutMs`. */
  flush(callback: () => void): void {
    const finish = (): void => {
      this.#batcher.close()
      this.#delivery.pump()
      this.#delivery.whenDelivered(callback)
    }
    if (this.writableLength === 0 || this.writableEnded) finish()
    else this.write('', finish) // comes after all that is queued
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

  override end(callback?: () => void): this
  override end(chunk: unknown, callback?: () => void): this
  override end(chunk: unknown, encoding: BufferEncoding, callback?: () => void): this
  override end(chunk?: unknown, encoding?: unknown, callback?: () => void): this {
    super.end(chunk, encoding as BufferEncoding, callback)
    this.#settleWrite() // nothing more will come that back-pressure could keep out
    return this
  }

  /** A large chunk is taken after its write has returned: thread-stream lets the app go on at once. */
  override _write(chunk: Payload, _encoding: BufferEncoding, callback: () => void): void {
    if (chunk.length < this.#options.batchBytes) return this.#take(chunk, callback)
    this.#deferred = setImmediate(() => this.#take(chunk, callback))
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
    clearImmediate(this.#deferred)
    this.#stopWatching()
    this.#batcher.close()
    this.#delivery.close()
    callback(error)
  }

  get openRecords(): number {
    return this.#batcher.openRecords
  }

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
      // The first record names the logger, and thus the topic, without which nobody may want it.
      if (!this.#isNameKnown) this.#batcher.close()
      this.#delivery.pump()
    }, this.#options.batchMs)
  }

  /**
   * Ends a write now, or when there is room. While acks advance, a full buffer holds it: that is the
   * app's back-pressure. After `stallMs` without one the delivery makes room instead.
   */
  #settleWrite(): void {
    if (!this.#heldWrite) return
    const { maxBufferBytes, stallMs } = this.#options
    const limit = this.#delivery.isConnected
      ? Math.min(connectedBufferBytes, maxBufferBytes)
      : maxBufferBytes
    if (this.#delivery.bytes <= limit || this.writableEnded) return this.#releaseWrite()
    const waitMs = stallMs - this.#delivery.idleMs
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
