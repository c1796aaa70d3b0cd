import { PlainMessage, recallTopic } from '../format/plain-message.ts'
import type { Totals } from '../reporting/totals.ts'
import type { TimeZone } from '../time/time-zone.ts'

/** As much is gathered at most. Unit: characters */
const maxGathered = 1024 * 1024

/** Where plain messages go. */
export interface PlainTarget {
  /** @returns how many characters a message adds, -1 where it is left out */
  appendPlain: (message: PlainMessage) => number
  flush: () => void
}

export interface PlainIntakeOptions {
  /** may become another */
  zone: () => TimeZone
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
    const message = new PlainMessage(recallTopic(topic.toString()), text, zone(), now())
    const added = this.#options.target().appendPlain(message)
    if (added < 0) {
      totals.droppedPlainRecords++
      this.#flushSoon() // other outputs may have taken it
      return
    }
    totals.plainRecords++
    totals.bytes += text.length
    this.#gathered += added
    if (this.#gathered > maxGathered) this.flush()
    else this.#flushSoon()
  }

  /** Hands over what has been gathered. */
  flush(): void {
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
