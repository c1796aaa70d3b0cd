import { toMessage, ZmqPubError } from '../../errors.ts'
import { decodeMessage, readTopic } from '../../wire/message.ts'
import type { SecurityMode } from '../access/access.ts'
import type { Reporter } from '../reporting/reporter.ts'
import type { Totals } from '../reporting/totals.ts'
import type { BatchIntake } from './batch-intake.ts'
import type { PlainIntake } from './plain-intake.ts'

/** What message intake needs of its collector. */
export interface MessageIntakeOptions {
  batchIntake: BatchIntake
  plainIntake: PlainIntake
  totals: Totals
  reporter: Reporter
  /** whether the name of a key decides what its app is called: a plain message can't prove its key */
  isPinned: boolean
  /** a longer payload is refused @default what the wire allows. Unit: bytes */
  maxPayloadBytes?: number
}

/** Takes what the sockets receive: messages of transports, and plain ones. Bad ones are refused, counted and reported. */
export class MessageIntake {
  readonly #options: MessageIntakeOptions

  constructor(options: MessageIntakeOptions) {
    this.#options = options
  }

  take(frames: Buffer[], mode: SecurityMode): void {
    const [topic, text] = frames
    if (!topic) return
    const { batchIntake, totals, reporter } = this.#options
    try {
      const message = decodeMessage(frames)
      if (message) {
        this.#refuseLong(message.payload)
        batchIntake.take(message.header, message.payload, mode)
      } else if (text) this.#takePlain(topic, text, mode)
      else
        throw new ZmqPubError(
          'ERR_ZMQ_PUB_FRAME',
          'a plain message must have two frames, topic and text, got one'
        )
    } catch (error) {
      if ((error as ZmqPubError).code === 'ERR_ZMQ_PUB_KEY') totals.refusedMessages++
      else totals.badMessages++
      reporter.messageRefused(readTopic(topic), toMessage(error))
    }
  }

  #takePlain(topic: Buffer, text: Buffer, mode: SecurityMode): void {
    const { isPinned, plainIntake } = this.#options
    if (mode === 'secure' && isPinned) {
      throw new ZmqPubError(
        'ERR_ZMQ_PUB_KEY',
        "with pinNames a message must prove its key, got a plain message, which can't"
      )
    }
    plainIntake.take(topic, text)
  }

  #refuseLong({ length }: Buffer): void {
    const { maxPayloadBytes = Number.POSITIVE_INFINITY } = this.#options
    if (length <= maxPayloadBytes) return
    throw new ZmqPubError(
      'ERR_ZMQ_PUB_FRAME',
      `a message to a gateway must have at most ${maxPayloadBytes} bytes, got ${length}; the sender was told so`
    )
  }
}
