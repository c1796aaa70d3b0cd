import { toPlainRecord, toPlainText } from './plain-record.ts'
import type { RotatingLog } from './rotating-log.ts'
import type { Totals } from './totals.ts'
import type { Zone } from './zone.ts'

/** Plain messages are refused while so much waits for the disk. Unit: bytes */
const maxPendingBytes = 64 * 1024 * 1024
/** As much is gathered at most. Unit: characters */
const maxGathered = 1024 * 1024

/** What a plain intake needs of its collector. */
export interface PlainIntakeOptions {
  format: 'ndjson' | 'text'
  zone: Zone
  /** ms since the epoch */
  now: () => number
  log: RotatingLog
  totals: Totals
}

/**
 * Takes plain messages: those of one turn of the event loop go to the log together, for there are
 * many, and each is short.
 */
export class PlainIntake {
  readonly #options: PlainIntakeOptions
  #gathered = ''
  #isFlushDue = false

  constructor(options: PlainIntakeOptions) {
    this.#options = options
  }

  take(topic: Buffer, text: Buffer): void {
    const { format, zone, now, log, totals } = this.#options
    // Nobody sends plain messages again, and nobody waits for them: while the disk refuses they can't pile up.
    if (log.pendingBytes > maxPendingBytes) {
      totals.droppedPlainRecords++
      return
    }
    totals.plainRecords++
    totals.bytes += text.length
    this.#gathered +=
      format === 'text' ? toPlainText(topic, text, zone, now()) : toPlainRecord(topic, text, now())
    if (this.#gathered.length > maxGathered) this.flush()
    else this.#flushSoon()
  }

  /** Hands over what has been gathered. */
  flush(): void {
    if (this.#gathered === '') return
    this.#options.log.append(Buffer.from(this.#gathered), undefined)
    this.#gathered = ''
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
