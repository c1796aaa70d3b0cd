import { ZmqPubError } from '../../errors.ts'
import { PlainMessage } from '../format/plain-message.ts'
import { recallTopic } from '../format/topic-parts.ts'
import type { Totals } from '../reporting/totals.ts'
import type { TimeZone } from '../time/time-zone.ts'

/** Of a topic that is longer only the beginning counts. Unit: bytes */
export const maxTopicBytes = 1024
/** A longer text is refused: as JSON it could be six times as long. Unit: bytes */
export const maxTextBytes = 8 * 1024 * 1024
/** More buffered text than this is flushed at once. Unit: characters */
const maxBufferedChars = 1024 * 1024

/** Where plain messages are written. */
export interface PlainTarget {
  /** Buffers a message. @returns number of characters added, -1 where it is dropped */
  appendPlain: (message: PlainMessage) => number
  /** Appends what is buffered. */
  flush: () => void
}

/** What plain intake needs of its collector. */
export interface PlainIntakeOptions {
  /** called for each message: a reload may change it */
  zone: () => TimeZone
  /** ms since the epoch */
  now: () => number
  target: () => PlainTarget
  totals: Totals
}

/**
 * Handles messages of plain publishers. Those of one event loop turn are appended together, because
 * they are many and short.
 */
export class PlainIntake {
  readonly #options: PlainIntakeOptions
  #bufferedChars = 0
  #isFlushDue = false

  constructor(options: PlainIntakeOptions) {
    this.#options = options
  }

  /** Handles one message. @param topic `[root.]LEVEL[.subtopic]` @param text UTF-8 @throws ERR_ZMQ_PUB_FRAME where it is too long */
  take(topic: Buffer, text: Buffer): void {
    const { totals, zone, now } = this.#options
    if (text.length > maxTextBytes) {
      throw new ZmqPubError(
        'ERR_ZMQ_PUB_FRAME',
        `the text of a plain message must have at most ${maxTextBytes} bytes, got ${text.length}; send less at once, or use the batch wire`
      )
    }
    const parts = recallTopic(topic.toString('utf8', 0, maxTopicBytes))
    const message = new PlainMessage(parts, text, zone(), now())
    const added = this.#options.target().appendPlain(message)
    if (added < 0) {
      totals.droppedPlainRecords++
      this.#flushSoon() // other outputs may have buffered it
      return
    }
    totals.plainRecords++
    totals.bytes += text.length
    this.#bufferedChars += added
    if (this.#bufferedChars > maxBufferedChars) this.flush()
    else this.#flushSoon()
  }

  /** Appends what is buffered now. */
  flush(): void {
    this.#bufferedChars = 0
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
