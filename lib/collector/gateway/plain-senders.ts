import type { Entry } from '../../engine/entry.ts'
import { createHello, type Hello } from '../../wire/hello.ts'
import { createId } from '../../wire/id.ts'
import { CommitTracker } from '../intake/commit-tracker.ts'
import type { PlainMessage } from '../format/plain-message.ts'

/** Lines are published together up to this size, at the end of a round at the latest. Unit: bytes */
const maxBatchBytes = 256 * 1024
/** Plain messages are never sent again: above this they are dropped, and counted. Unit: bytes */
const maxWaitingBytes = 64 * 1024 * 1024
/** Root topics with a sender of their own; a peer may invent any number of them. */
const maxSenders = 1000

/** A gateway is the sender of the plain messages with one root topic: it numbers them. */
interface PlainSender {
  id: string
  hello: Hello
  /** number of the next record */
  next: number
  /** all before this one are in the stream */
  floor: number
  text: string
  /** Unit: bytes */
  textBytes: number
  count: number
}

/** What plain senders need of their gateway. */
export interface PlainSendersOptions {
  publish: (entry: Entry, onStored: () => void) => void
  /** Unit: bytes */
  maxPayloadBytes: number
}

/** Turns plain messages into batches, so that writers know them by numbers, too. */
export class PlainSenders {
  readonly #options: PlainSendersOptions
  readonly #senders = new Map<string, PlainSender>()
  readonly #commits = new CommitTracker()
  #waitingBytes = 0

  constructor(options: PlainSendersOptions) {
    this.#options = options
  }

  /** Size of what is not in the stream yet. Unit: bytes */
  get bytes(): number {
    return this.#waitingBytes
  }

  /** Buffers a message until `flush`. @returns false where it is dropped: too much waits, or it is too long for the stream */
  append(message: PlainMessage): boolean {
    const line = message.toRecord()
    const bytes = Buffer.byteLength(line)
    const { maxPayloadBytes } = this.#options
    if (bytes > maxPayloadBytes) return false
    if (this.#waitingBytes + bytes > maxWaitingBytes) return false
    const sender = this.#senderOf(message.parts.app)
    // Lines that are together too large for the stream would be refused each time, and all others wait behind them.
    const maxBytes = Math.min(maxBatchBytes, maxPayloadBytes)
    if (sender.textBytes + bytes > maxBytes) this.#publish(sender)
    this.#waitingBytes += bytes
    sender.text += line
    sender.textBytes += bytes
    sender.count++
    return true
  }

  /** Publishes what was buffered. */
  flush(): void {
    for (const sender of this.#senders.values()) this.#publish(sender)
  }

  #senderOf(app: string): PlainSender {
    const known = this.#senders.get(app)
    if (known) return known
    if (this.#senders.size >= maxSenders) {
      this.flush()
      this.#senders.clear()
    }
    const hello = { ...createHello(), app, host: '', pid: 0 }
    const sender = { id: createId(), hello, next: 1, floor: 1, text: '', textBytes: 0, count: 0 }
    this.#senders.set(app, sender)
    return sender
  }

  #publish(sender: PlainSender): void {
    const { id, hello, next, text, count } = sender
    if (count === 0) return
    Object.assign(sender, { next: next + count, text: '', textBytes: 0, count: 0 })
    const payload = Buffer.from(text)
    const commit = this.#commits.begin(id, () => {
      sender.floor = next + count
      this.#waitingBytes -= payload.length
    })
    const { floor } = sender
    const entry = {
      kind: 'batch',
      senderId: id,
      first: next,
      count,
      floor,
      hello,
      why: ''
    } as const
    this.#options.publish({ ...entry, payload }, () => commit.done())
  }
}
