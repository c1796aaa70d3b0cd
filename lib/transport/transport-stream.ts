import { Writable } from 'node:stream'
import { BackPressure } from './back-pressure.ts'
import { Delivery } from './delivery.ts'
import type { EmitEvent } from './events.ts'
import type { ResolvedTransportOptions } from './options.ts'
import { readPinoConfig, watchPinoConfig } from './pino-config.ts'
import type { ReadPace } from './read-pace.ts'
import type { Payload } from './sender/batch.ts'

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

/** The stream that pino's worker writes into: hands what it gets to the delivery, and slows the app down if it must. */
export class TransportStream extends Writable {
  readonly #options: ResolvedTransportOptions
  readonly #delivery: Delivery
  readonly #backPressure: BackPressure
  readonly #stopWatching: () => void
  readonly #pace: ReadPace | undefined
  #pauseTimer: NodeJS.Timeout | undefined
  /** for how long the writer of the last chunk is to wait. Unit: ms */
  #pauseMs = 0
  /** what is to be done once the write has returned */
  #deferred: { run: () => void; timer: NodeJS.Immediate } | undefined
  #settleAgainAt = 0
  #isProcessEnding = false

  /**
   * Connects, or binds.
   * @param emit gets the transport's events
   * @param pace where thread-stream writes into it, in whose memory records can wait for others
   * @throws ERR_ZMQ_PUB_ADDRESS
   */
  static async open(
    options: ResolvedTransportOptions,
    emit: EmitEvent,
    pace?: ReadPace
  ): Promise<TransportStream> {
    const delivery = await Delivery.open(options, emit)
    for (const message of options.curve?.warnings ?? []) emit('keyTrouble', { message })
    return new TransportStream(options, delivery, pace)
  }

  private constructor(options: ResolvedTransportOptions, delivery: Delivery, pace?: ReadPace) {
    super({ decodeStrings: false, highWaterMark: queuedBytes })
    this.#options = options
    this.#delivery = delivery
    this.#backPressure = new BackPressure(options, delivery)
    this.#pace = pace
    delivery.onSpace = () => this.#backPressure.onProgress()
    this.#stopWatching = watchPinoConfig(known => delivery.updateHello(known))
    // pino tells a stream in its own thread about the logger in this way.
    this.on('message', message => {
      const known = readPinoConfig(message)
      if (known) delivery.updateHello(known)
    })
  }

  /** As Delivery's. */
  get app(): string {
    return this.#delivery.app
  }

  /** `logger.flush(cb)`: calls back when everything is delivered, at the latest after `closeTimeoutMs`. */
  flush(callback: () => void): void {
    this.#pace?.onWait(performance.now())
    const finish = (): void => {
      this.#delivery.sendOpen()
      this.#delivery.whenDelivered(callback)
    }
    if (this.writableLength === 0 || this.writableEnded) finish()
    else this.write('', finish) // after everything that is queued
  }

  /** Keeps the process alive until everything is delivered, as long as `end` would wait for it. */
  settle(): void {
    if (this.#delivery.countRecords() === 0 || performance.now() < this.#settleAgainAt) return
    this.#settleAgainAt = Number.POSITIVE_INFINITY
    this.#delivery.sendOpen()
    this.#delivery.whenSafe(() => (this.#settleAgainAt = performance.now() + settlePauseMs))
  }

  /** The process ends when this returns: sends what it may, and moves what isn't acknowledged to the spool. */
  closeNow(): void {
    if (this.destroyed || this.#isProcessEnding) return
    this.#isProcessEnding = true
    this.#runDeferred()
    this.#backPressure.release() // and takes what is queued behind it
    this.#backPressure.end()
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
    this.#pauseMs = 0
    const hasRoom = super.write(chunk, encoding as BufferEncoding, callback)
    // pino's multistream doesn't wait for 'drain': release the held write, or the queue grows without limit.
    if (!hasRoom && this.writableLength > this.#options.maxBufferBytes + unboundedSlackBytes) {
      this.#backPressure.release()
    }
    if (!hasRoom || this.#pauseMs === 0) return hasRoom
    this.#pauseTimer = setTimeout(() => this.emit('drain'), this.#pauseMs)
    return false
  }

  override end(callback?: () => void): this
  override end(chunk: unknown, callback?: () => void): this
  override end(chunk: unknown, encoding: BufferEncoding, callback?: () => void): this
  override end(chunk?: unknown, encoding?: unknown, callback?: () => void): this {
    super.end(chunk, encoding as BufferEncoding, callback)
    this.#backPressure.end()
    return this
  }

  #refuseWrite(): boolean {
    const why = 'logged after the last listener of the process'
    this.#delivery.emit('undelivered', { records: 1, spooledRecords: 0, totalDropped: 0, why })
    return false
  }

  /**
   * Batches are made after `write` has returned, so that thread-stream resumes the app at once. A chunk that is a batch
   * by itself is called back after that: until then only one more is taken.
   */
  override _write(chunk: Payload, _encoding: BufferEncoding, callback: () => void): void {
    const { batchBytes, batchMs } = this.#options
    const now = performance.now()
    this.#pauseMs = this.#pace?.next(chunk.toString(), now) ?? 0
    const isLast = this.#pauseMs > 0 && this.#pauseMs >= batchMs && chunk.length < batchBytes
    const isFull = this.#delivery.add(chunk, now, isLast)
    if (!isFull) return callback() // memory grows only where batches are made
    const isLarge = chunk.length >= batchBytes
    this.#defer(() => {
      this.#delivery.sendFull()
      if (isLarge) this.#backPressure.hold(callback)
    })
    if (!isLarge) this.#backPressure.hold(callback)
  }

  /** Does something later, but soon: who writes in the app's own thread without a pause leaves no time for it. */
  #defer(run: () => void): void {
    const isLate = this.#deferred !== undefined || this.#isProcessEnding
    clearImmediate(this.#deferred?.timer)
    this.#deferred = { run, timer: setImmediate(() => this.#runDeferred()) }
    if (isLate) this.#runDeferred()
  }

  #runDeferred(): void {
    const deferred = this.#deferred
    if (!deferred) return
    clearImmediate(deferred.timer)
    this.#deferred = undefined
    deferred.run()
  }

  override _final(callback: () => void): void {
    this.#delivery.sendLast()
    this.#delivery.whenSafe(callback)
  }

  override _destroy(error: Error | null, callback: (error: Error | null) => void): void {
    clearImmediate(this.#deferred?.timer)
    clearTimeout(this.#pauseTimer)
    this.#backPressure.close()
    this.#stopWatching()
    this.#delivery.close()
    callback(error)
  }
}
