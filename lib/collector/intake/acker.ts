import { encodeAcks, type Ack } from '../../wire/acks.ts'
import { promptAckBatches, promptAckBytes } from '../../wire/limits.ts'
import { isSeq } from '../../wire/seq.ts'
import { isCommitted, type SenderState } from './sender-state.ts'

/** After a commit, and when nothing makes it urgent, an ack waits this long for others: it is sent to all senders. Unit: ms */
const commitMs = 100
/** The same after a hello of a sender that was told everything already. Unit: ms */
const helloMs = 1000

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

/** What an acker needs to know about the senders. */
export interface Senders {
  /** number of senders that receive an ack */
  readonly present: number
  /** whether an ack of this sender must be persisted: one of which nothing was taken only learns that a collector is there */
  isMember(senderId: string): boolean
}

/** What an acker needs of its collector. */
export interface AckerOptions {
  /** 8 bytes as latin1 */
  collectorId: string
  /** called before acks of records are sent; where it throws, they are kept and it is called again later */
  persist: (acks: readonly Ack[]) => void
  send: (frame: Buffer) => void
  senders: Senders
  /** called with what `persist` has thrown */
  onTrouble: (error: Error) => void
  /** called when `persist` succeeds again */
  onRecovery: (troubleMs: number) => void
}

/**
 * Acknowledges committed records to their senders: cumulatively, as rarely as senders can wait for it, persisted
 * first. docs/wire-format.md says when.
 */
export class Acker {
  readonly #options: AckerOptions
  /** by sender, whether its ack must be persisted */
  readonly #due = new Map<SenderState, boolean>()
  #timer: NodeJS.Timeout | undefined
  /** when the timer ends; as the others, as of performance.now() */
  #timerAt = Number.POSITIVE_INFINITY
  #sentAt = Number.NEGATIVE_INFINITY
  #isClosed = false
  /** when `persist` first failed, since it last succeeded */
  #failedAt: number | undefined

  constructor(options: AckerOptions) {
    this.#options = options
  }

  /** A batch of a sender was committed. @param bytes its size */
  onCommit(sender: SenderState, bytes: number): void {
    sender.untoldBytes += bytes
    sender.untoldBatches++
    const isMuch = sender.untoldBytes >= promptAckBytes || sender.untoldBatches >= promptAckBatches
    this.#add(sender, isMuch || (sender.isAsking && isCommitted(sender)) ? 0 : commitMs)
  }

  /** A sender has said hello, and so asked for an ack. @param isNew whether it doesn't know yet that a collector is there */
  onHello(sender: SenderState, isNew: boolean): void {
    sender.isAsking = true
    if (isNew) this.#add(sender, 0)
    else if (isCommitted(sender)) this.#add(sender, sender.told === sender.committed ? helloMs : 0)
  }

  /** A sender has sent again what is committed or will be. */
  onDuplicate(sender: SenderState): void {
    this.#add(sender, 0)
  }

  /** @param waitMs 0 = as soon as the interval between acks lets it */
  #add(sender: SenderState, waitMs: number): void {
    if (this.#isClosed) return
    // No frame can carry another number: together with it no other sender's ack would be sent, either.
    if (sender.committed !== 0 && !isSeq(sender.committed)) return
    const { senders } = this.#options
    this.#due.set(sender, this.#due.get(sender) === true || senders.isMember(sender.id))
    if (this.#failedAt !== undefined && this.#timer !== undefined) return
    const intervalMs = Math.min(
      maxIntervalMs,
      minIntervalMs + senders.present * intervalPerSenderMs
    )
    const now = performance.now()
    const at = Math.max(this.#sentAt + intervalMs, now + waitMs)
    if (at < this.#timerAt) this.#startTimer(now, at)
  }

  #startTimer(now: number, at: number): void {
    clearTimeout(this.#timer)
    this.#timerAt = at
    this.#timer = setTimeout(() => this.flush(), Math.max(0, at - now))
  }

  /** Sends all scheduled acks now. */
  flush(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#timerAt = Number.POSITIVE_INFINITY
    if (this.#due.size === 0) return
    const filed = [...this.#due].filter(([, isFiled]) => isFiled)
    if (this.#persist(filed.map(([sender]) => toAck(sender))))
      return this.#send([...this.#due.keys()])
    // The others don't wait for the disk: there may be any number of them by then.
    const now = performance.now()
    this.#startTimer(now, now + retryMs)
    this.#send([...this.#due].filter(([, isFiled]) => !isFiled).map(([sender]) => sender))
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

  #send(senders: readonly SenderState[]): void {
    const { collectorId, send } = this.#options
    this.#sentAt = performance.now()
    for (let start = 0; start < senders.length; start += maxAcksPerFrame) {
      send(encodeAcks(collectorId, senders.slice(start, start + maxAcksPerFrame).map(toAck)))
    }
    for (const sender of senders) {
      this.#due.delete(sender)
      const isAsking = sender.isAsking && !isCommitted(sender)
      Object.assign(sender, { told: sender.committed, untoldBytes: 0, untoldBatches: 0, isAsking })
    }
  }

  /** Sends all scheduled acks, unless they can't be persisted, and ignores later ones. */
  close(): void {
    this.flush()
    this.#isClosed = true
    clearTimeout(this.#timer)
  }
}

function toAck({ id, committed }: SenderState): Ack {
  return { senderId: id, seq: committed }
}
