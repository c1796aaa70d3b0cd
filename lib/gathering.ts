import type { Destination } from './router.ts'

/** Lines for one log. */
interface Lines {
  destination: Destination
  text: string
}

/** Gathers lines by their logs, until they are handed over together. */
export class Gathering {
  readonly #logs = new Map<string, Lines>()
  readonly #handOver: (destination: Destination, bytes: Buffer) => void

  constructor(handOver: (destination: Destination, bytes: Buffer) => void) {
    this.#handOver = handOver
  }

  add(destination: Destination, line: string): void {
    const lines = this.#logs.get(destination.id)
    if (lines) lines.text += line
    else this.#logs.set(destination.id, { destination, text: line })
  }

  /** Hands over what has been gathered. */
  flush(): void {
    for (const { destination, text } of this.#logs.values()) {
      this.#handOver(destination, Buffer.from(text))
    }
    this.#logs.clear()
  }
}
