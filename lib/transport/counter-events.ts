import { isDeepStrictEqual } from 'node:util'
import type { EmitEvent, TransportEvents } from './events.ts'

type Counters = TransportEvents['counters']

/**
 * Emits 'counters' now and then, as far as they have changed: an app that logs nothing isn't woken up. Nothing is counted
 * for it in between.
 */
export class CounterEvents {
  readonly #emit: EmitEvent
  readonly #read: () => Counters
  readonly #timer: NodeJS.Timeout | undefined
  #emitted: Counters | undefined

  /** @param intervalMs 0 = never */
  constructor(intervalMs: number, emit: EmitEvent, read: () => Counters) {
    this.#emit = emit
    this.#read = read
    if (intervalMs > 0) this.#timer = setInterval(() => this.#emitChanged(), intervalMs).unref()
  }

  /** Emits the last numbers. */
  close(): void {
    clearInterval(this.#timer)
    if (this.#timer) this.#emitChanged()
  }

  #emitChanged(): void {
    const counters = this.#read()
    if (counters.queuedRecords === 0 || isDeepStrictEqual(counters, this.#emitted)) return
    this.#emitted = counters
    this.#emit('counters', counters)
  }
}
