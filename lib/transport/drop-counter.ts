import type { EmitEvent } from './events.ts'

/** 'dropped' is emitted at most this often. Unit: ms */
const emitIntervalMs = 1000

/** Counts the records that a transport drops, and emits 'dropped' with their number. */
export class DropCounter {
  readonly #emit: EmitEvent
  #records = 0
  /** dropped since the last event */
  #pending = 0
  #why = ''
  #timer: NodeJS.Timeout | undefined

  constructor(emit: EmitEvent) {
    this.#emit = emit
  }

  /** Records dropped since the start. */
  get records(): number {
    return this.#records
  }

  /** @param records how many were dropped @param why the reason; the event has the last one */
  add(records: number, why: string): void {
    this.#records += records
    this.#pending += records
    this.#why = why
    this.#timer ??= setTimeout(() => this.#flush(), emitIntervalMs).unref()
  }

  /** Emits the drops since the last event, if there are any. */
  close(): void {
    clearTimeout(this.#timer)
    this.#flush()
  }

  #flush(): void {
    this.#timer = undefined
    if (this.#pending === 0) return
    const records = this.#pending
    this.#pending = 0
    this.#emit('dropped', { records, totalRecords: this.#records, why: this.#why })
  }
}
