import { PlainMessage, recallTopic } from './plain-record.ts'
import type { Totals } from './totals.ts'
import type { Zone } from './zone.ts'

/** Plain messages are refused while so much waits for the disk. Unit: bytes */
const maxPendingBytes = 64 * 1024 * 1024
/** As much is gathered at most. Unit: characters */
const maxGathered = 1024 * 1024

/** Where plain messages go. */
export interface PlainTarget {
  /** bytes that wait for the disk */
  readonly pendingBytes: number
  /** @returns how many characters a message adds */
  appendPlain: (message: PlainMessage) => number
  flush: () => void
}

export interface PlainIntakeOptions {
  /** may become another */
  zone: () => Zone
  /** ms since the epoch */
  now: () => number
  target: () => PlainTarget
  totals: Totals
}

/**
 * Takes plain messages: those of one turn of the event loop go to the logs together, for there are
 * many, and each is short.
 */
export class PlainIntake {
  readonly #options: PlainIntakeOptions
  #gathered = 0
  #isFlushDue = false

  constructor(options: PlainIntakeOptions) {
    this.#options = options
  }

  take(topic: Buffer, text: Buffer): void {
    const { totals, zone, now } = this.#options
    const target = this.#options.target()
    // Nobody sends plain messages again, and nobody waits for them: while the disk refuses they can't pile up.
    if (target.pendingBytes > maxPendingBytes) {
      totals.droppedPlainRecords++
      return
    }
    totals.plainRecords++
    totals.bytes += text.length
    const message = new PlainMessage(recallTopic(topic.toString()), text, zone(), now())
    this.#gathered += target.appendPlain(message)
    if (this.#gathered > maxGathered) this.flush()
    else this.#flushSoon()
  }

  /** Hands over what has been gathered. */
  flush(): void {
    if (this.#gathered === 0) return
    this.#gathered = 0
    this.#options.target().flush()
  }

  #flushSoon(): void {
    if (this.#isFlushDue) return
    this.#isFlushDue = true
    setImmediate(() => {
      this.#isFlushDue = false
      this.flush()
    })
  }
}
