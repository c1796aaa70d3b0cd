import type { Header } from '../../wire/frame.ts'
import type { Hello } from '../../wire/hello.ts'

/** What a collector knows of one sender. */
export interface SenderState {
  readonly id: string
  hello: Hello
  /** sequence number of the next record to take */
  expected: number
  /** highest sequence number whose records are in the file, 0 for none */
  committed: number
  /** when it was last heard. Unit: ms of the caller's clock */
  heardAt: number
  /** whether it has said bye, or was silent for long */
  isGone: boolean
}

/** Records that will never come, both ends included. */
export interface Gap {
  from: number
  to: number
  why: string
}

/**
 * What to do with a batch.
 * - take: write its records but the first `skip`, after the gaps
 * - duplicate: everything in it has been taken before; acknowledge again
 * - early: the sender, or a record before it, isn't known: it will be sent again
 */
export type Verdict =
  | { kind: 'take'; sender: SenderState; skip: number; gaps: Gap[] }
  | { kind: 'duplicate'; sender: SenderState }
  | { kind: 'early'; sender: SenderState | undefined }

/** Why records are missing of which the sender has said nothing. */
const unexplained = 'the sender no longer holds them'

/**
 * Decides which records are new: each sender's are taken in the order of their sequence numbers,
 * each once. A hole is only accepted where the sender says that it can't fill it.
 * A pure state machine: no sockets, no files, no clock.
 */
export class SenderSessions {
  readonly #senders = new Map<string, SenderState>()
  readonly #remembered: Map<string, number>
  #present = 0

  /** @param remembered by sender id, the number of the next record to take: from before a restart */
  constructor(remembered: Iterable<readonly [id: string, expected: number]> = []) {
    this.#remembered = new Map(remembered)
  }

  /** How many senders are known. */
  get size(): number {
    return this.#senders.size
  }

  /** How many senders are known and not gone. */
  get present(): number {
    return this.#present
  }

  /**
   * A sender introduces itself; `header.first` is the oldest record that it can still send.
   * @param now ms of the caller's clock
   */
  hello(
    header: Header,
    hello: Hello,
    now: number
  ): { sender: SenderState; isNew: boolean; gaps: Gap[] } {
    const known = this.#senders.get(header.senderId)
    if (!known) {
      // A sender that is new may have dropped its first records before anybody listened.
      const oldest = Math.min(header.first, hello.dropped[0]?.from ?? header.first)
      const expected = this.#remembered.get(header.senderId) ?? oldest
      this.#remembered.delete(header.senderId)
      const sender: SenderState = {
        id: header.senderId,
        hello,
        expected,
        committed: expected - 1,
        heardAt: now,
        isGone: false
      }
      this.#senders.set(sender.id, sender)
      this.#present++
      return { sender, isNew: true, gaps: skipTo(sender, header.first) }
    }
    const isNew = known.isGone
    known.hello = hello
    known.heardAt = now
    if (known.isGone) this.#present++
    known.isGone = false
    return { sender: known, isNew, gaps: skipTo(known, header.first) }
  }

  batch({ senderId, first, count }: Header, now: number): Verdict {
    const sender = this.#senders.get(senderId)
    if (!sender) return { kind: 'early', sender }
    sender.heardAt = now
    const last = first + count - 1
    if (last < sender.expected) return { kind: 'duplicate', sender }
    const gaps = first > sender.expected ? findAnnounced(sender, first) : []
    if (!gaps) return { kind: 'early', sender }
    const skip = Math.max(0, sender.expected - first)
    sender.expected = last + 1
    return { kind: 'take', sender, skip, gaps }
  }

  /** A sender leaves; `header.first` is the number after its last record. */
  bye(header: Header): { sender: SenderState; gaps: Gap[] } | undefined {
    const sender = this.#senders.get(header.senderId)
    if (!sender) return undefined
    if (!sender.isGone) this.#present--
    sender.isGone = true
    return { sender, gaps: skipTo(sender, header.first) }
  }

  /** The senders that have become gone by being silent since `before`. Unit: ms of the caller's clock */
  markSilent(before: number): SenderState[] {
    const silent = [...this.#senders.values()].filter(
      sender => !sender.isGone && sender.heardAt < before
    )
    for (const sender of silent) sender.isGone = true
    this.#present -= silent.length
    return silent
  }

  /** Forgets the senders that are gone and were last heard before `before`. Unit: ms of the caller's clock */
  forget(before: number): void {
    for (const sender of this.#senders.values()) {
      if (!sender.isGone || sender.heardAt >= before) continue
      this.#senders.delete(sender.id)
    }
  }
}

/** Everything before `first` is no longer to be had. */
function skipTo(sender: SenderState, first: number): Gap[] {
  if (first <= sender.expected) return []
  const from = sender.expected
  sender.expected = first
  return explain(sender, from, first - 1)
}

/** @returns the gaps up to `first`, or undefined where the sender hasn't announced all of them */
function findAnnounced(sender: SenderState, first: number): Gap[] | undefined {
  const gaps = explain(sender, sender.expected, first - 1)
  return gaps.every(({ why }) => why !== unexplained) ? gaps : undefined
}

/** Splits a run of missing records by what the sender has said of them. */
function explain({ hello }: SenderState, from: number, to: number): Gap[] {
  const gaps: Gap[] = []
  let at = from
  for (const range of hello.dropped) {
    if (range.to < at || range.from > to) continue
    if (range.from > at) gaps.push({ from: at, to: range.from - 1, why: unexplained })
    gaps.push({ from: Math.max(at, range.from), to: Math.min(range.to, to), why: range.why })
    at = range.to + 1
  }
  if (at <= to) gaps.push({ from: at, to, why: unexplained })
  return gaps
}
