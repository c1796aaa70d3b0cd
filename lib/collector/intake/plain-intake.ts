import { ZmqPubError } from '../../errors.ts'
import { PlainMessage } from '../format/plain-message.ts'
import { recallTopic } from '../format/topic-parts.ts'
import type { Totals } from '../reporting/totals.ts'
import type { Traffic } from '../reporting/traffic.ts'
import type { TimeZone } from '../time/time-zone.ts'

/** Of a topic that is longer only the beginning counts. Unit: bytes */
export const maxTopicBytes = 1024
/** A longer text is refused: as JSON it could be six times as long. Unit: bytes */
export const maxTextBytes = 8 * 1024 * 1024

/** What plain intake needs of its collector. */
export interface PlainIntakeOptions {
  /** called for each message: a reload may change it */
  zone: () => TimeZone
  /** ms since the epoch */
  now: () => number
  outputs: {
    /** @returns false where a required output has dropped it */
    appendPlain: (message: PlainMessage) => boolean
  }
  /** publishes what is appended, while somebody watches */
  live?: { readonly isWatched: boolean; takePlain: (message: PlainMessage) => void } | undefined
  totals: Totals
  traffic: Traffic
}

/** Handles messages of plain publishers. */
export class PlainIntake {
  readonly #options: PlainIntakeOptions

  constructor(options: PlainIntakeOptions) {
    this.#options = options
  }

  /** Handles one message. @param topic `[root.]LEVEL[.subtopic]` @param text UTF-8 @throws ERR_ZMQ_PUB_FRAME where it is too long */
  take(topic: Buffer, text: Buffer): void {
    const { totals, traffic, zone, now, outputs, live } = this.#options
    if (text.length > maxTextBytes) {
      throw new ZmqPubError(
        'ERR_ZMQ_PUB_FRAME',
        `the text of a plain message must have at most ${maxTextBytes} bytes, got ${text.length}; send shorter messages, or use the batch wire`
      )
    }
    const parts = recallTopic(topic.toString('utf8', 0, maxTopicBytes))
    const receivedAt = now()
    const tally = traffic.ofRoot(parts.app, receivedAt)
    const message = new PlainMessage(parts, text, zone(), receivedAt)
    if (outputs.appendPlain(message)) {
      if (live?.isWatched) live.takePlain(message)
      totals.plainRecords++
      totals.bytes += text.length
      tally.records++
      tally.bytes += text.length
    } else {
      totals.droppedPlainRecords++
      tally.droppedPlainRecords++
    }
  }
}
