import type { Destination } from '../routing/router.ts'

/** Lines buffered for one log. */
interface Lines {
  destination: Destination
  text: string
  count: number
}

/** Buffers lines by log, so that those of one event loop turn are appended together. */
export class LineBuffer {
  readonly #logs = new Map<string, Lines>()
  readonly #onFlush: (destination: Destination, bytes: Buffer, lines: number) => void

  /** @param onFlush called by `flush`, once for each log, with its lines in the order they were added */
  constructor(onFlush: (destination: Destination, bytes: Buffer, lines: number) => void) {
    this.#onFlush = onFlush
  }

  /** @param line with its newline */
  add(destination: Destination, line: string): void {
    const lines = this.#logs.get(destination.id)
    if (!lines) {
      this.#logs.set(destination.id, { destination, text: line, count: 1 })
      return
    }
    lines.text += line
    lines.count++
  }

  /** Empties the buffer into `onFlush`. */
  flush(): void {
    for (const { destination, text, count } of this.#logs.values()) {
      this.#onFlush(destination, Buffer.from(text), count)
    }
    this.#logs.clear()
  }
}
