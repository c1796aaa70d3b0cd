import { encodeAcks, type Ack } from '../../wire/frame.ts'

/** Acks go out at most this often. Unit: ms */
const minIntervalMs = 4
/** An ack reaches every sender: with each one of them the interval grows by so much. Unit: ms */
const intervalPerSenderMs = 0.1
/** Pause before acks go out that could not be noted. Unit: ms */
const retryMs = 1000

export interface AckerOptions {
  collectorId: string
  /** called before acks are sent; where it throws, they wait and it is called again */
  note: (acks: readonly Ack[]) => void
  send: (frame: Buffer) => void
  onTrouble: (error: Error) => void
}

/** Collects which records are in the file, and tells the senders: cumulative, and not too often. */
export class Acker {
  readonly #options: AckerOptions
  readonly #due = new Map<string, number>()
  #timer: NodeJS.Timeout | undefined
  #sentAt = Number.NEGATIVE_INFINITY
  #isClosed = false

  constructor(options: AckerOptions) {
    this.#options = options
  }

  /**
   * @param seq highest sequence number of the sender that is in the file, 0 for none
   * @param senders how many senders an ack will reach
   */
  add(senderId: string, seq: number, senders: number): void {
    if (this.#isClosed) return
    this.#due.set(senderId, seq)
    if (this.#timer !== undefined) return
    const intervalMs = minIntervalMs + senders * intervalPerSenderMs
    const waitMs = this.#sentAt + intervalMs - performance.now()
    this.#timer = setTimeout(() => this.flush(), Math.max(0, waitMs))
  }

  /** Sends all that is due, now. */
  flush(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    if (this.#due.size === 0) return
    const { collectorId, note, send, onTrouble } = this.#options
    const acks = [...this.#due].map(([senderId, seq]) => ({ senderId, seq }))
    try {
      note(acks)
    } catch (error) {
      this.#timer = setTimeout(() => this.flush(), retryMs)
      return onTrouble(error as Error)
    }
    this.#due.clear()
    this.#sentAt = performance.now()
    send(encodeAcks(collectorId, acks))
  }

  /** Sends what is due, if it can be noted, and takes no more. */
  close(): void {
    this.flush()
    this.#isClosed = true
    clearTimeout(this.#timer)
  }
}
