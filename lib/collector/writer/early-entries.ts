import type { Entry } from '../../engine/entry.ts'
import type { ReadItem } from './progress.ts'

/** What an entry costs beside its payload. Unit: bytes */
const entryBytes = 512

/** An entry whose sender's earlier records have not come. */
export interface EarlyEntry {
  entry: Entry
  item: ReadItem
  /** as of performance.now() */
  heldAt: number
}

/** Entries of one sender, by their first record. */
interface SenderEntries {
  list: EarlyEntry[]
  bytes: number
}

/** Holds early entries. Each sender's are in the order of their numbers. */
export class EarlyEntries {
  readonly #senders = new Map<string, SenderEntries>()
  #bytes = 0

  /** Size of all. Unit: bytes */
  get bytes(): number {
    return this.#bytes
  }

  /** Ids of the senders of which something is held. */
  get senderIds(): string[] {
    return [...this.#senders.keys()]
  }

  /** Size of what is held of one sender. Unit: bytes */
  bytesOf(senderId: string): number {
    return this.#senders.get(senderId)?.bytes ?? 0
  }

  add(early: EarlyEntry): void {
    const { senderId, first } = early.entry
    const bytes = bytesOf(early)
    const held = this.#senders.get(senderId) ?? { list: [], bytes: 0 }
    const index = held.list.findLastIndex(({ entry }) => entry.first <= first) + 1
    held.list.splice(index, 0, early)
    held.bytes += bytes
    this.#bytes += bytes
    this.#senders.set(senderId, held)
  }

  /** The sender's entry with the lowest numbers; undefined where none is held. */
  first(senderId: string): EarlyEntry | undefined {
    return this.#senders.get(senderId)?.list[0]
  }

  /** Removes and returns it. */
  shift(senderId: string): EarlyEntry | undefined {
    const held = this.#senders.get(senderId)
    const early = held?.list.shift()
    if (!held || !early) return undefined
    const bytes = bytesOf(early)
    held.bytes -= bytes
    this.#bytes -= bytes
    if (held.list.length === 0) this.#senders.delete(senderId)
    return early
  }
}

function bytesOf({ entry }: EarlyEntry): number {
  return entryBytes + entry.payload.length
}
