import type { Header } from '../../wire/frame.ts'
import type { Hello } from '../../wire/hello.ts'

/** What a collector knows of one sender. */
export interface SenderState {
  /** 8 bytes as latin1 */
  readonly id: string
  /** its latest hello */
  hello: Hello
  /** sequence number of the next record to accept */
  expected: number
  /** highest sequence number up to which all records are in all required outputs, 0 for none */
  committed: number
  /** when its last message came. Unit: ms of the caller's clock */
  heardAt: number
  /** whether it has sent a bye, or became silent */
  isGone: boolean
  /** whether its bye said that nothing of it will ever be sent again */
  isFinal: boolean
}

/** Records that will never come: sequence numbers, both ends included. */
export interface Gap {
  from: number
  to: number
  /** the reason that the sender gave, or `unexplained` */
  why: string
}

/**
 * What to do with a batch.
 * - take: write the gaps, then its records without the first `skip`
 * - duplicate: all its records were accepted before; acknowledge again
 * - early: the sender is unknown, earlier records have not come, or it may not be taken now; the sender
 *   will send it again
 */
export type Verdict =
  | { kind: 'take'; sender: SenderState; skip: number; gaps: Gap[] }
  | { kind: 'duplicate'; sender: SenderState }
  | { kind: 'early'; sender: SenderState | undefined }

/** Reason for missing records that no hello explains. */
const unexplained = 'the sender no longer holds them'

/**
 * Decides which records are new: each sender's are accepted once, in the order of their sequence
 * numbers. Missing records are accepted as a gap only where the sender says that it can't send them.
 * A pure state machine: no sockets, no files, no clock.
 */
export class SenderSessions {
  readonly #senders = new Map<string, SenderState>()
  readonly #remembered: Map<string, number>
  #present = 0

  /** @param remembered from before a restart: by sender id, the sequence number of the next record to accept */
  constructor(remembered: Iterable<readonly [id: string, expected: number]> = []) {
    this.#remembered = new Map(remembered)
  }

  /** Number of known senders. */
  get size(): number {
    return this.#senders.size
  }

  /** Number of senders that are known and not gone. */
  get present(): number {
    return this.#present
  }

  /**
   * Opens a sender's session, or updates it.
   * @param header whose `first` is the oldest record that the sender can still send
   * @param now ms of the caller's clock
   * @param maySkip whether gaps may be written now; otherwise they wait for a later hello
   * @returns `isNew` where the sender was unknown or gone
   */
  hello(
    header: Header,
    hello: Hello,
    now: number,
    maySkip: (sender: SenderState) => boolean = () => true
  ): { sender: SenderState; isNew: boolean; gaps: Gap[] } {
    const known = this.#senders.get(header.senderId)
    if (!known) {
      // A new sender may have dropped its first records before a collector was there.
      const oldest = Math.min(header.first, hello.dropped[0]?.from ?? header.first)
      const expected = this.#remembered.get(header.senderId) ?? oldest
      this.#remembered.delete(header.senderId)
      const sender: SenderState = {
        id: header.senderId,
        hello,
        expected,
        committed: expected - 1,
        heardAt: now,
        isGone: false,
        isFinal: false
      }
      this.#senders.set(sender.id, sender)
      this.#present++
      return { sender, isNew: true, gaps: skipTo(sender, header.first, maySkip) }
    }
    const isNew = known.isGone
    known.hello = hello
    known.heardAt = now
    if (known.isGone) this.#present++
    known.isGone = false
    known.isFinal = false
    return { sender: known, isNew, gaps: skipTo(known, header.first, maySkip) }
  }

  /**
   * Decides about a batch.
   * @param now ms of the caller's clock
   * @param mayTake asked last, before anything has changed; may throw
   */
  batch(
    { senderId, first, count }: Header,
    now: number,
    mayTake: (sender: SenderState) => boolean = () => true
  ): Verdict {
    const sender = this.#senders.get(senderId)
    if (!sender) return { kind: 'early', sender }
    sender.heardAt = now
    const last = first + count - 1
    if (last < sender.expected) return { kind: 'duplicate', sender }
    const gaps = first > sender.expected ? findExplained(sender, first) : []
    if (!gaps || !mayTake(sender)) return { kind: 'early', sender }
    const skip = Math.max(0, sender.expected - first)
    sender.expected = last + 1
    return { kind: 'take', sender, skip, gaps }
  }

  /**
   * Ends a sender's session.
   * @param header whose `first` is the sequence number after the sender's last
   * @param isFinal whether nothing of it will ever be sent again
   * @param maySkip as for `hello`
   * @returns undefined where the sender is unknown
   */
  bye(
    header: Header,
    isFinal = false,
    maySkip: (sender: SenderState) => boolean = () => true
  ): { sender: SenderState; gaps: Gap[] } | undefined {
    const sender = this.#senders.get(header.senderId)
    if (!sender) return undefined
    if (!sender.isGone) this.#present--
    sender.isGone = true
    sender.isFinal = isFinal
    return { sender, gaps: skipTo(sender, header.first, maySkip) }
  }

  /** Marks senders as gone that sent nothing since `before`, and returns them. @param before ms of the caller's clock */
  markSilent(before: number): SenderState[] {
    const silent = [...this.#senders.values()].filter(
      sender => !sender.isGone && sender.heardAt < before
    )
    for (const sender of silent) sender.isGone = true
    this.#present -= silent.length
    return silent
  }

  /**
   * Forgets senders that are gone, and returns those among them of which nothing will ever be sent again.
   * @param before those that sent nothing since then. Unit: ms of the caller's clock
   * @param finalBefore the same for those whose bye was final, and whose records are all committed
   */
  forget(before: number, finalBefore: number): SenderState[] {
    const forgotten: SenderState[] = []
    for (const sender of this.#senders.values()) {
      const isDone = sender.isFinal && sender.committed === sender.expected - 1
      if (!sender.isGone || sender.heardAt >= (isDone ? finalBefore : before)) continue
      this.#senders.delete(sender.id)
      if (isDone) forgotten.push(sender)
    }
    return forgotten
  }
}

/** Gives up the records before `first`. @returns the gaps that this leaves */
function skipTo(
  sender: SenderState,
  first: number,
  maySkip: (sender: SenderState) => boolean
): Gap[] {
  if (first <= sender.expected || !maySkip(sender)) return []
  const from = sender.expected
  sender.expected = first
  return explain(sender, from, first - 1)
}

/** @returns the gaps up to `first`, or undefined where the sender's hello does not explain all of them */
function findExplained(sender: SenderState, first: number): Gap[] | undefined {
  const gaps = explain(sender, sender.expected, first - 1)
  return gaps.every(({ why }) => why !== unexplained) ? gaps : undefined
}

/** Splits missing records by the reasons in the sender's hello. */
function explain({ hello }: SenderState, from: number, to: number): Gap[] {
  const gaps: Gap[] = []
  let next = from
  for (const range of hello.dropped) {
    if (range.to < next || range.from > to) continue
    if (range.from > next) gaps.push({ from: next, to: range.from - 1, why: unexplained })
    gaps.push({ from: Math.max(next, range.from), to: Math.min(range.to, to), why: range.why })
    next = range.to + 1
  }
  if (next <= to) gaps.push({ from: next, to, why: unexplained })
  return gaps
}
