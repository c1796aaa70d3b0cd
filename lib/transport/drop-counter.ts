import type { EmitEvent } from './events.ts'

/** 'dropped' is emitted at most this often. Unit: ms */
const emitIntervalMs = 1000

/** Counts records that a transport gives up, and emits how many they are. */
export class DropCounter {
  readonly #emit: EmitEvent
  #records = 0
  #unreported = 0
  #why = ''
  #timer: NodeJS.Timeout | undefined

  constructor(emit: EmitEvent) {
    this.#emit = emit
  }

  /** Records dropped since the start. */
  get records(): number {
    return this.#records
  }

  /** @param why the reason, as the event gives it */
  add(records: number, why: string): void {
    this.#records += records
    this.#unreported += records
    this.#why = why
    this.#timer ??= setTimeout(() => this.#flush(), emitIntervalMs)
  }

  /** Emits what isn't reported yet. */
  close(): void {
    clearTimeout(this.#timer)
    this.#flush()
  }

  #flush(): void {
    this.#timer = undefined
    if (this.#unreported === 0) return
    const records = this.#unreported
    this.#unreported = 0
    this.#emit('dropped', { records, totalRecords: this.#records, why: this.#why })
  }
}
