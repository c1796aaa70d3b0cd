import type { Entry } from '../../engine/entry.ts'
import type { Header } from '../../wire/message.ts'
import type { RecordIntake } from '../intake/record-intake.ts'
import type { SenderSessions, SenderState } from '../intake/sender-sessions.ts'
import { EarlyEntries } from './early-entries.ts'
import type { ReadItem } from './progress.ts'

/**
 * An early entry is held for this long: its sender, or a gateway, has the records before it, and may be starting again.
 * Then they are missing. Unit: ms
 */
const holdMs = 600_000
/** A sender has at most 8 MiB unacknowledged at one gateway. Unit: bytes */
const maxSenderBytes = 32 * 1024 * 1024
/** Unit: bytes */
const maxBytes = 256 * 1024 * 1024

/** What entry intake needs of its collector. */
export interface EntryIntakeOptions {
  records: Pick<RecordIntake, 'takeHello' | 'takeBatch' | 'takeBye'>
  sessions: Pick<SenderSessions, 'find'>
  totals: { duplicateRecords: number }
  /** called with what is wrong with an entry */
  onRefused: (error: Error) => void
  /** @default performance.now */
  now?: () => number
}

/**
 * Puts the entries of a stream into the order of their numbers, and passes each record on once. Entries come in the order
 * of the stream: that of publishing, but for those that were published again. Records are missing only where
 * an entry's floor says so, or after `holdMs`.
 */
export class EntryIntake {
  readonly #options: EntryIntakeOptions
  readonly #early = new EarlyEntries()
  readonly #now: () => number

  constructor(options: EntryIntakeOptions) {
    this.#options = options
    this.#now = options.now ?? (() => performance.now())
  }

  /** Size of the entries that are held. Unit: bytes */
  get heldBytes(): number {
    return this.#early.bytes
  }

  /** Takes an entry, or holds it. @param item gets what must be written before the entry is done */
  take(entry: Entry, item: ReadItem): void {
    const { senderId, floor } = entry
    item.last = Math.max(lastOf(entry), floor - 1)
    let sender = this.#options.sessions.find(senderId)
    if (sender && item.last < sender.expected && entry.kind !== 'bye') {
      item.sender = sender
      this.#options.totals.duplicateRecords += entry.kind === 'batch' ? entry.count : 0
      return
    }
    if (!sender || sender.isGone || sender.hello !== entry.hello) sender = this.#takeHello(entry)
    item.sender = sender
    this.#passFloor(sender, entry, floor)
    this.#offer(entry, item)
    this.#takeHeld(senderId)
    this.#limit(senderId)
  }

  /** Gives up the records before entries that are held for long. Call it every few seconds. */
  expire(): void {
    const before = this.#now() - holdMs
    for (const senderId of this.#early.senderIds) {
      this.#takeHeld(senderId)
      for (;;) {
        const early = this.#early.first(senderId)
        if (!early || early.heldAt > before) break
        this.#skipMissing(senderId)
      }
    }
  }

  /** Lets the collector know the sender, and continue no later than at the floor. */
  #takeHello(entry: Entry): SenderState {
    const { sessions } = this.#options
    // With a floor above what is expected it would skip what is held: see #passFloor.
    const expected = sessions.find(entry.senderId)?.expected
    const first = expected === undefined ? entry.floor : Math.min(expected, entry.floor)
    return this.#skipTo(entry, first)
  }

  #skipTo({ senderId, hello }: Entry, first: number): SenderState {
    const header: Header = { kind: 'hello', senderId, first, count: 0 }
    return this.#options.records.takeHello(header, hello).sender
  }

  /** What is missing below the floor will never come. What is held below it does. */
  #passFloor(sender: SenderState, entry: Entry, floor: number): void {
    for (;;) {
      const early = this.#early.first(entry.senderId)
      if (floor <= sender.expected || !early || early.entry.first >= floor) break
      this.#skipMissing(entry.senderId)
    }
    if (floor > sender.expected) this.#skipTo(entry, floor)
  }

  /** Takes the first entry that is held of a sender, and notes what is missing before it. */
  #skipMissing(senderId: string): void {
    const early = this.#early.shift(senderId)
    if (!early) return
    const { entry, item } = early
    item.sender = this.#skipTo(entry, entry.first)
    this.#offer(entry, item)
    this.#takeHeld(senderId)
  }

  #takeHeld(senderId: string): void {
    const { sessions } = this.#options
    for (;;) {
      const early = this.#early.first(senderId)
      const sender = sessions.find(senderId)
      if (!early || !sender || early.entry.first > sender.expected) return
      this.#early.shift(senderId)
      const { entry, item } = early
      item.sender = sender
      if (!this.#offer(entry, item)) return
    }
  }

  /** @returns false where it is held */
  #offer(entry: Entry, item: ReadItem): boolean {
    const { kind, senderId, first, count, hello, why, payload } = entry
    const { records, sessions } = this.#options
    const header = { senderId, first, count }
    if (kind === 'hello' || kind === 'writer') return true
    if (kind === 'bye') {
      records.takeBye({ ...header, kind }, false)
      return true
    }
    const expected = sessions.find(senderId)?.expected ?? 0
    if (first > expected) return this.#hold(entry, item)
    if (kind === 'dropped') {
      if (lastOf(entry) < expected) return true
      const dropped = [{ from: first, to: lastOf(entry), why }]
      this.#skipTo({ ...entry, hello: { ...hello, dropped } }, first + count)
      return true
    }
    try {
      const verdict = records.takeBatch({ ...header, kind }, payload)
      if (verdict.kind === 'early') return this.#hold(entry, item)
      item.sender = verdict.sender
    } catch (error) {
      // Its numbers will be missing when a later floor passes them.
      this.#options.onRefused(error as Error)
      Object.assign(item, { sender: undefined })
    }
    return true
  }

  #hold(entry: Entry, item: ReadItem): false {
    this.#early.add({ entry, item, heldAt: this.#now() })
    return false
  }

  /** Bounds what is held, also where it can't be taken now. */
  #limit(senderId: string): void {
    if (this.#early.bytesOf(senderId) > maxSenderBytes) this.#skipMissing(senderId)
    else if (this.#early.bytes > maxBytes) this.#skipMissing(this.#early.senderIds[0] ?? senderId)
  }
}

function lastOf({ first, count }: Entry): number {
  return first + count - 1
}
