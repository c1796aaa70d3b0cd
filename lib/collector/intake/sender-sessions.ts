import type { Header } from '../../wire/message.ts'
import type { Hello } from '../../wire/hello.ts'
import { areExplained, explainGaps, type Gap } from './gaps.ts'
import { defaultLimits, estimateBytes, SessionList, type SessionLimits } from './session-list.ts'
import { createSender, isCommitted, type SenderState } from './sender-state.ts'

export type { Gap } from './gaps.ts'
export type { SenderState } from './sender-state.ts'

/**
 * What to do with a batch.
 * - take: write the gaps, then its records without the first `skip`
 * - duplicate: all its records were accepted before; acknowledge again
 * - early: the sender is unknown, earlier records have not come, or it may not be taken now; the sender
 *   will send it again
 */
export type Verdict =
  | { kind: 'take'; sender: SenderState; skip: number; gaps: readonly Gap[] }
  | { kind: 'duplicate'; sender: SenderState }
  | { kind: 'early'; sender: SenderState | undefined }

const noGaps: readonly Gap[] = []

/** So many members are looked at after a hello to find one that can be given up. */
const maxTries = 100

/**
 * Decides which records are new: each sender's are accepted once, in the order of their sequence
 * numbers. Missing records are accepted as a gap only where the sender says that it can't send them.
 * A pure state machine: no sockets, no files, no clock.
 *
 * Anybody can invent senders, so their number is limited. A guest is a sender of which nothing was taken yet, all others
 * are members. Of too many those whose last hello is oldest are given up: of a guest nothing is kept, of a member its next
 * sequence number. So guests never push out a member, and neither loses a record: what a sender without a
 * session sends is early, and its next hello opens one again.
 */
export class SenderSessions {
  readonly #guests = new SessionList<SenderState>()
  readonly #members = new SessionList<SenderState>()
  readonly #remembered: Map<string, number>
  readonly #limits: SessionLimits
  #present = 0

  /** @param remembered from before a restart: by sender id, the sequence number of the next record to accept */
  constructor(
    remembered: Iterable<readonly [id: string, expected: number]> = [],
    limits: Partial<SessionLimits> = {}
  ) {
    this.#remembered = new Map(remembered)
    this.#limits = { ...defaultLimits, ...limits }
  }

  /** Whether a sender has a session. */
  has(id: string): boolean {
    return this.find(id) !== undefined
  }

  /** A sender's session; undefined where it has none. */
  find(id: string): SenderState | undefined {
    return this.#members.get(id) ?? this.#guests.get(id)
  }

  /** Number of known senders. */
  get size(): number {
    return this.#guests.size + this.#members.size
  }

  /** All known senders, also those that are gone. */
  *[Symbol.iterator](): Iterator<SenderState> {
    yield* this.#guests
    yield* this.#members
  }

  /** Whether anything of a sender was taken, or skipped: only of such a one something must be remembered. */
  isMember(senderId: string): boolean {
    return this.#members.get(senderId) !== undefined
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
   * @param inherited sequence number of the next record, from the sender's former id. Anybody may name one, and any number of
   *   senders the same: so it makes no member, and a guest that was given up inherits once more
   * @returns `isNew` where the sender was unknown or gone
   */
  hello(
    header: Header,
    hello: Hello,
    now: number,
    maySkip: (sender: SenderState) => boolean = () => true,
    inherited?: number
  ): { sender: SenderState; isNew: boolean; gaps: Gap[] } {
    const { senderId, first } = header
    if (!this.#isWithin) this.#limit()
    const remembered = this.#remembered.get(senderId)
    this.#remembered.delete(senderId)
    const known = this.find(senderId)
    const sender = known ?? createSender(header, hello, remembered ?? inherited)
    const isNew = sender.isGone
    if (isNew) {
      this.#present++
      Object.assign(sender, { connectedAt: now, records: 0, bytes: 0, missingRecords: 0 })
    }
    const mayGrow = this.#mayGrow(sender)
    const isKept =
      mayGrow || !this.isMember(senderId) || estimateBytes(hello) <= estimateBytes(sender.hello)
    const signs = { heardAt: now, isGone: false, hasSaidBye: false, isFinal: false }
    Object.assign(sender, signs, isKept && { hello })
    const gaps = skipTo(sender, first, skipping => mayGrow && maySkip(skipping))
    const isMember = gaps.length > 0 || remembered !== undefined || this.isMember(senderId)
    this.#keep(sender, isMember)
    this.#limit()
    return { sender, isNew, gaps }
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
    const sender = this.find(senderId)
    if (!sender) return { kind: 'early', sender }
    sender.heardAt = now
    const last = first + count - 1
    if (last < sender.expected) return { kind: 'duplicate', sender }
    const isAhead = first > sender.expected
    const gaps = isAhead ? explainGaps(sender.hello.dropped, sender.expected, first - 1) : noGaps
    if (!areExplained(gaps) || !this.#mayBeMember(sender) || !mayTake(sender))
      return { kind: 'early', sender }
    const skip = Math.max(0, sender.expected - first)
    sender.expected = last + 1
    if (this.#guests.delete(sender.id)) this.#members.add(sender)
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
    const sender = this.find(header.senderId)
    if (!sender) return undefined
    if (!sender.isGone) this.#present--
    Object.assign(sender, { isGone: true, hasSaidBye: true, isFinal })
    const gaps = skipTo(
      sender,
      header.first,
      skipping => this.#mayBeMember(skipping) && maySkip(skipping)
    )
    if (gaps.length > 0) this.#keep(sender, true)
    return { sender, gaps }
  }

  /** Marks senders as gone that sent nothing since `before`, and returns them. @param before ms of the caller's clock */
  markSilent(before: number): SenderState[] {
    const silent = [...this].filter(sender => !sender.isGone && sender.heardAt < before)
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
    for (const sender of this) {
      const isDone = sender.isFinal && isCommitted(sender)
      if (!sender.isGone || sender.heardAt >= (isDone ? finalBefore : before)) continue
      this.#delete(sender)
      if (isDone) forgotten.push(sender)
    }
    return forgotten
  }

  #keep(sender: SenderState, isMember: boolean): void {
    if (isMember) this.#guests.delete(sender.id)
    const list = isMember ? this.#members : this.#guests
    list.add(sender)
  }

  #delete(sender: SenderState): void {
    if (!this.#guests.delete(sender.id)) this.#members.delete(sender.id)
    if (!sender.isGone) this.#present--
  }

  /**
   * Whether a larger hello of a sender may be kept. While nothing can be written no member can be given up: then, of too
   * many, none gets a larger hello, and no guest becomes one.
   */
  #mayGrow(sender: SenderState): boolean {
    return this.#isWithin || (this.isMember(sender.id) && isCommitted(sender))
  }

  #mayBeMember(sender: SenderState): boolean {
    if (this.isMember(sender.id)) return true
    if (!this.#isWithin) this.#limit()
    return this.#isWithin
  }

  get #isWithin(): boolean {
    const { members, memberBytes } = this.#limits
    return this.#members.size <= members && this.#members.bytes <= memberBytes
  }

  /** Gives up those whose last hello is oldest; never one of which something is not committed yet. */
  #limit(): void {
    const { guests, guestBytes, remembered } = this.#limits
    for (const sender of this.#guests) {
      if (this.#guests.size <= guests && this.#guests.bytes <= guestBytes) break
      this.#delete(sender)
    }
    let tries = maxTries
    for (const sender of this.#members) {
      if (this.#isWithin || tries-- === 0) break
      if (isCommitted(sender)) {
        this.#delete(sender)
        this.#remembered.set(sender.id, sender.expected)
      } else this.#members.add(sender) // at the end, so that it doesn't hide others
    }
    for (const senderId of this.#remembered.keys()) {
      if (this.#remembered.size <= remembered) break
      this.#remembered.delete(senderId)
    }
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
  return explainGaps(sender.hello.dropped, from, first - 1)
}
