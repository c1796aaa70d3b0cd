import type { Destination } from '../routing/router.ts'

/** Lines for one log. */
interface Lines {
  destination: Destination
  text: string
  count: number
}

/** Gathers lines by their logs, until they are handed over together. */
export class LineBuffer {
  readonly #logs = new Map<string, Lines>()
  readonly #handOver: (destination: Destination, bytes: Buffer, lines: number) => void

  constructor(handOver: (destination: Destination, bytes: Buffer, lines: number) => void) {
    this.#handOver = handOver
  }

  add(destination: Destination, line: string): void {
    const lines = this.#logs.get(destination.id)
    if (!lines) {
      this.#logs.set(destination.id, { destination, text: line, count: 1 })
      return
    }
    lines.text += line
    lines.count++
  }

  /** Hands over what has been gathered. */
  flush(): void {
    for (const { destination, text, count } of this.#logs.values()) {
      this.#handOver(destination, Buffer.from(text), count)
    }
    this.#logs.clear()
  }
}
