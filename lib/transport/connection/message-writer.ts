import type { Wire } from './negotiation.ts'
import type { PlainFrames } from './plain-encoder.ts'
import type { Publisher } from './publisher.ts'

/** First pause before a message that libzmq didn't take is offered again; doubles up to `maxPauseMs`. Unit: ms */
const minPauseMs = 2
const maxPauseMs = 100
/** On the batch wire one full connection holds up the others for this long, as what it misses is sent again. Unit: ms */
const fullBatchMs = 1000

/** What a writer asks of its connection, and tells it. */
export interface MessageWriterOwner {
  /** Whether a subscriber takes the messages; they wait as long as none does. */
  readonly isWanted: boolean
  /** A subscriber whose connection was full for too long misses a message, so that the others get it. */
  onLeftBehind(wire: Wire): void
}

/** Pauses between attempts: each is twice as long as the one before. */
export class Pauses {
  #nextMs = minPauseMs

  /** Begins anew, after a success. */
  reset(): void {
    this.#nextMs = minPauseMs
  }

  wait(): Promise<void> {
    const waitMs = this.#nextMs
    this.#nextMs = Math.min(waitMs * 2, maxPauseMs)
    return new Promise(resolve => setTimeout(resolve, waitMs).unref())
  }
}

/**
 * Hands messages to libzmq. Where the connection of one subscriber is full, libzmq gives a message to none of them; one
 * of several, which holds up the others, is left behind after a while.
 */
export class MessageWriter {
  readonly #publisher: Pick<Publisher, 'send' | 'sendPastFull' | 'hasSeveral'>
  readonly #owner: MessageWriterOwner
  /** how long a full connection may hold up the others on the plain wire, where nothing is sent again. Unit: ms */
  readonly #stallMs: number
  #fullSince: number | undefined
  #isClosed = false

  constructor(
    publisher: Pick<Publisher, 'send' | 'sendPastFull' | 'hasSeveral'>,
    owner: MessageWriterOwner,
    stallMs: number
  ) {
    this.#publisher = publisher
    this.#owner = owner
    this.#stallMs = stallMs
  }

  /** @returns false where no subscriber got it: try again later */
  writeBatch(frames: (Buffer | string)[]): Promise<boolean> {
    return this.#write(frames, 'batch', Math.min(fullBatchMs, this.#stallMs))
  }

  /** Tries as often as it takes. @returns false where the connection was closed */
  async writePlain(message: PlainFrames): Promise<boolean> {
    for (const pauses = new Pauses(); !this.#isClosed; await pauses.wait()) {
      if (this.#owner.isWanted && (await this.#write(message, 'plain', this.#stallMs))) return true
    }
    return false
  }

  close(): void {
    this.#isClosed = true
  }

  async #write(frames: (Buffer | string)[], wire: Wire, patienceMs: number): Promise<boolean> {
    if (await this.#publisher.send(frames)) {
      this.#fullSince = undefined
      return true
    }
    const now = performance.now()
    this.#fullSince ??= now
    if (now - this.#fullSince < patienceMs || !this.#publisher.hasSeveral) return false
    this.#fullSince = undefined
    this.#owner.onLeftBehind(wire)
    await this.#publisher.sendPastFull(frames)
    return true
  }
}
