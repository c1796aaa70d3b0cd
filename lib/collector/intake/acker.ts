import { encodeAcks, type Ack } from '../../wire/acks.ts'
import { isSeq } from '../../wire/seq.ts'

/** Minimum interval between acks, without any sender. Unit: ms */
const minIntervalMs = 4
/** The interval grows by this for each sender, because every ack is sent to all of them. Unit: ms */
const intervalPerSenderMs = 0.1
/** The interval grows no further: senders that don't exist must not keep acks from those that do. Unit: ms */
const maxIntervalMs = 50
/** A frame has at most this many acks: 160 KB, well below what a transport takes. */
export const maxAcksPerFrame = 10_000
/** Delay before another try where acks could not be persisted. Unit: ms */
const retryMs = 1000

/** What an acker needs of its collector. */
export interface AckerOptions {
  /** 8 bytes as latin1 */
  collectorId: string
  /** called before acks of records are sent; where it throws, they are kept and it is called again later */
  persist: (acks: readonly Ack[]) => void
  send: (frame: Buffer) => void
  /** called with what `persist` has thrown */
  onTrouble: (error: Error) => void
  /** called when `persist` succeeds again */
  onRecovery: (troubleMs: number) => void
}

/** Acknowledges committed records to their senders: cumulatively, at a limited rate, persisted first. */
export class Acker {
  readonly #options: AckerOptions
  readonly #due = new Map<string, { ack: Ack; isFiled: boolean }>()
  #timer: NodeJS.Timeout | undefined
  #sentAt = Number.NEGATIVE_INFINITY
  #isClosed = false
  /** when `persist` first failed, since it last succeeded */
  #failedAt: number | undefined

  constructor(options: AckerOptions) {
    this.#options = options
  }

  /**
   * Schedules an ack. Replaces one of the same sender that is not sent yet.
   * @param seq highest committed sequence number of the sender, 0 for none
   * @param senders number of senders that receive the ack
   * @param isFiled whether it must be persisted: an ack of a sender of which nothing was taken only says that a collector is there
   */
  add(senderId: string, seq: number, senders: number, isFiled = true): void {
    if (this.#isClosed) return
    // No frame can carry another number: together with it no other sender's ack would be sent, either.
    if (seq !== 0 && !isSeq(seq)) return
    this.#due.set(senderId, { ack: { senderId, seq }, isFiled })
    if (this.#timer !== undefined) return
    const intervalMs = Math.min(maxIntervalMs, minIntervalMs + senders * intervalPerSenderMs)
    const waitMs = this.#sentAt + intervalMs - performance.now()
    this.#timer = setTimeout(() => this.flush(), Math.max(0, waitMs))
  }

  /** Sends all scheduled acks now. */
  flush(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    if (this.#due.size === 0) return
    const due = [...this.#due.values()]
    const filed = due.filter(({ isFiled }) => isFiled).map(({ ack }) => ack)
    if (this.#persist(filed)) return this.#send(due.map(({ ack }) => ack))
    // The others don't wait for the disk: there may be any number of them by then.
    this.#timer = setTimeout(() => this.flush(), retryMs)
    this.#send(due.filter(({ isFiled }) => !isFiled).map(({ ack }) => ack))
  }

  #persist(acks: readonly Ack[]): boolean {
    const { persist, onTrouble, onRecovery } = this.#options
    if (acks.length === 0) return true
    try {
      persist(acks)
    } catch (error) {
      this.#failedAt ??= performance.now()
      onTrouble(error as Error)
      return false
    }
    if (this.#failedAt !== undefined) onRecovery(performance.now() - this.#failedAt)
    this.#failedAt = undefined
    return true
  }

  #send(acks: readonly Ack[]): void {
    const { collectorId, send } = this.#options
    for (const { senderId } of acks) this.#due.delete(senderId)
    this.#sentAt = performance.now()
    for (let start = 0; start < acks.length; start += maxAcksPerFrame) {
      send(encodeAcks(collectorId, acks.slice(start, start + maxAcksPerFrame)))
    }
  }

  /** Sends all scheduled acks, unless they can't be persisted, and ignores later ones. */
  close(): void {
    this.flush()
    this.#isClosed = true
    clearTimeout(this.#timer)
  }
}
