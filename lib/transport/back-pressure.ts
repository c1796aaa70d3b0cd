import type { Delivery } from './delivery.ts'
import type { ResolvedTransportOptions } from './options.ts'
import { maxInFlightBytes } from './sender/send-queue.ts'

/** With a collector connected, this much is buffered before the app is slowed down. Unit: bytes */
const connectedBufferBytes = 2 * maxInFlightBytes
/**
 * A collector that has acknowledged nothing for this long paces nobody: its app is treated as one without a collector.
 * `log.fatal()` blocks the app while a write is held. Unit: ms
 */
const pacingMs = 1000

/**
 * Holds the app back while memory is full and acks come: a write isn't called back. After `stallMs` without an ack room
 * is made instead, so that an absent collector slows no app down.
 */
export class BackPressure {
  readonly #maxBufferBytes: number
  readonly #pacedBytes: number
  readonly #stallMs: number
  readonly #delivery: Delivery
  #held: (() => void) | undefined
  /** when the write was held, or records were last acknowledged since. Unit: ms, as of performance.now() */
  #heldAt = 0
  #timer: NodeJS.Timeout | undefined
  #isOver = false

  constructor({ maxBufferBytes, stallMs }: ResolvedTransportOptions, delivery: Delivery) {
    this.#maxBufferBytes = maxBufferBytes
    this.#pacedBytes = Math.min(connectedBufferBytes, maxBufferBytes)
    this.#stallMs = stallMs
    this.#delivery = delivery
  }

  /** Calls back now, or when there is room. One at a time. */
  hold(callback: () => void): void {
    if (this.#delivery.bytes <= this.#pacedBytes) return callback()
    this.#held = callback
    this.#heldAt = performance.now()
    this.settle()
  }

  /** Records were acknowledged. */
  onProgress(): void {
    this.#heldAt = performance.now()
    this.settle()
  }

  /** Calls back what is held, if there is room, or nobody to wait for. */
  settle(): void {
    if (!this.#held) return
    const waitMs = this.#isOver ? 0 : this.#findWaitMs()
    if (waitMs <= 0) return this.release()
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined
      this.settle()
    }, waitMs)
  }

  /** Calls back what is held, whatever memory holds. */
  release(): void {
    const callback = this.#held
    if (!callback) return
    this.#held = undefined
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#delivery.enforceLimit(this.#maxBufferBytes)
    callback()
  }

  /** Holds nothing any more: the app ends. */
  end(): void {
    this.#isOver = true
    this.settle()
  }

  /** No timers any more, and no callbacks. */
  close(): void {
    clearTimeout(this.#timer)
    this.#held = undefined
  }

  /** For how long to wait for acks, if nothing changes. Unit: ms */
  #findWaitMs(): number {
    const { bytes, idleMs, isConnected } = this.#delivery
    const isPaced = isConnected && idleMs < pacingMs
    if (bytes <= (isPaced ? this.#pacedBytes : this.#maxBufferBytes)) return 0
    const waitMs = (isPaced ? Math.min(pacingMs, this.#stallMs) : this.#stallMs) - idleMs
    // What is sent again to another gateway makes `idleMs` begin anew: no write may be held for longer because of that.
    return Math.min(waitMs, this.#heldAt + this.#stallMs - performance.now())
  }
}
