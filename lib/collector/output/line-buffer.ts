import type { Destination } from '../routing/router.ts'

/** Lines buffered for one log. */
interface Lines {
  destination: Destination
  text: string
  count: number
}

/** More buffered text than this is flushed at once. Unit: characters */
const maxChars = 1024 * 1024

/** Buffers lines by log, so that those of one round are appended together: they are many and short. */
export class LineBuffer {
  #chars = 0
  readonly #logs = new Map<string, Lines>()
  readonly #onFlush: (destination: Destination, bytes: Buffer, lines: number) => void

  /** @param onFlush called by `flush`, once for each log, with its lines in the order they were added */
  constructor(onFlush: (destination: Destination, bytes: Buffer, lines: number) => void) {
    this.#onFlush = onFlush
  }

  /** @param line with its newline */
  add(destination: Destination, line: string): void {
    const lines = this.#logs.get(destination.id)
    if (lines) {
      lines.text += line
      lines.count++
    } else this.#logs.set(destination.id, { destination, text: line, count: 1 })
    this.#chars += line.length
    if (this.#chars > maxChars) this.flush()
  }

  /** Empties the buffer into `onFlush`. */
  flush(): void {
    if (this.#chars === 0) return
    this.#chars = 0
    for (const { destination, text, count } of this.#logs.values()) {
      this.#onFlush(destination, Buffer.from(text), count)
    }
    this.#logs.clear()
  }
}
