import type { Ack } from '../../wire/acks.ts'
import {
  applyWrite,
  type JournaledWrite,
  type JournalState,
  type LogPositions,
  type Position
} from './entries.ts'
import { StaleSenders } from './stale-senders.ts'

/** Senders with records in some logs only, from which others may inherit. */
const maxInherited = 10_000

/** How far each sender's records are in the logs, as the lines of a journal say. Sender ids are 8 bytes as latin1. */
export class SenderPositions {
  /** What is filed, by sender id. */
  readonly positions: Map<string, Position>
  /** What is in some logs already, and not filed. */
  readonly ahead: LogPositions
  readonly #clocks: Record<'now' | 'uptimeMs', () => number>
  readonly #stale = new StaleSenders()
  /** What was in some logs and not filed when the journal was opened: by sender id and log, the sequence number of the next record. */
  readonly recoveredAhead: Map<string, ReadonlyMap<string, number>>

  /**
   * Drops the senders that the journal should forget.
   * @param recovered what the journal said when it was opened; belongs to this from now on
   * @param clocks `now`: ms since the epoch; `uptimeMs`: never jumps
   */
  constructor(
    { positions, ahead }: Pick<JournalState, 'positions' | 'ahead'>,
    clocks: Record<'now' | 'uptimeMs', () => number>
  ) {
    this.positions = positions
    this.ahead = ahead
    this.#clocks = clocks
    this.dropStale()
    this.recoveredAhead = new Map([...ahead].map(([id, logs]) => [id, new Map(logs)]))
  }

  /** Adds a write that has ended. */
  addWrite(write: JournaledWrite): void {
    applyWrite(this, write)
  }

  /** Those that say more than is known to be filed. */
  selectAdvanced(acks: readonly Ack[]): Ack[] {
    return acks.filter(
      ({ senderId, seq }) => seq > 0 && seq >= (this.positions.get(senderId)?.expected ?? 0)
    )
  }

  /** Records are filed up to these. @param timeMs since the epoch */
  advance(acks: readonly Ack[], timeMs: number): void {
    for (const { senderId, seq } of acks)
      this.positions.set(senderId, { expected: seq + 1, timeMs })
  }

  /**
   * A sender continues under another id: what is known of the former one is true for both.
   * @returns the sequence number of its next record; undefined where nothing of the former id is filed, or the new id has been used
   */
  inherit(id: string, formerId: string): number | undefined {
    if (this.positions.has(id)) return undefined
    inheritAhead(this.ahead, id, formerId)
    inheritAhead(this.recoveredAhead, id, formerId)
    return this.positions.get(formerId)?.expected
  }

  /** Forgets a sender, all of whose records are filed and will never be sent again. The next compaction drops it. */
  forget(senderId: string): void {
    this.positions.delete(senderId)
    this.ahead.delete(senderId)
  }

  /** Drops the senders that wrote nothing for long, see StaleSenders. */
  dropStale(): void {
    const { now, uptimeMs } = this.#clocks
    this.#stale.drop(this, now(), uptimeMs())
  }
}

/** What a kill left of the new id itself is further. Anybody may name a former id: what is kept of it is bounded. */
function inheritAhead(
  ahead: Map<string, ReadonlyMap<string, number>>,
  id: string,
  formerId: string
): void {
  const former = ahead.get(formerId)
  const own = ahead.get(id)
  if (former && (own || ahead.size < maxInherited))
    ahead.set(id, new Map([...former, ...(own ?? [])]))
}
