import { encodeAcks } from './frame.ts'

/** Acks go out at most this often. Unit: ms */
const minIntervalMs = 4
/** An ack reaches every sender: with each one of them the interval grows by so much. Unit: ms */
const intervalPerSenderMs = 0.1

/** Collects which records are in the file, and tells the senders: cumulative, and not too often. */
export class Acker {
  readonly #collectorId: string
  readonly #send: (frame: Buffer) => void
  readonly #due = new Map<string, number>()
  #timer: NodeJS.Timeout | undefined
  #sentAt = Number.NEGATIVE_INFINITY

  constructor(collectorId: string, send: (frame: Buffer) => void) {
    this.#collectorId = collectorId
    this.#send = send
  }

  /**
   * @param seq highest sequence number of the sender that is in the file, 0 for none
   * @param senders how many senders an ack will reach
   */
  add(senderId: string, seq: number, senders: number): void {
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
    const acks = [...this.#due].map(([senderId, seq]) => ({ senderId, seq }))
    this.#due.clear()
    this.#sentAt = performance.now()
    this.#send(encodeAcks(this.#collectorId, acks))
  }
}
