/** What a journal holds, line by line: see Journal. */
import { createId, fromHexId } from '../../wire/id.ts'

/** A line of the journal. */
export interface JournaledWrite {
  /** Which of several logs it went to; undefined where there is one, and what is in it is filed. */
  log?: string
  /** relative to the journal's folder */
  file: string
  /** where the write begins. Unit: bytes */
  offset: number
  /** ms since the epoch */
  at: number
  /** length in bytes, sender id in hexadecimal, sequence number of its last record in the piece */
  pieces: [length: number, senderId?: string, last?: number][]
}

/** How far one sender's records are in the log. */
export interface Position {
  /** sequence number of the next record to take */
  expected: number
  /** when it last wrote. Unit: ms since the epoch */
  at: number
}

/** By sender id, and by log: the number of the next record that goes there. */
export type LogPositions = Map<string, Map<string, number>>

export interface Recovered {
  collectorId: string
  positions: Map<string, Position>
  ahead: LogPositions
}

/** What is known where there is no journal. */
export function createRecovered(): Recovered {
  return { collectorId: createId(), positions: new Map(), ahead: new Map() }
}

/** The first `count` pieces of a write are in the file. */
export function rememberWrite(
  { positions, ahead }: Pick<Recovered, 'positions' | 'ahead'>,
  { log, at, pieces }: JournaledWrite,
  count = pieces.length
): void {
  for (const [, hexId, last = 0] of pieces.slice(0, count)) {
    if (hexId === undefined) continue
    const id = fromHexId(hexId)
    // What was noted later than this write may be further.
    const before = positions.get(id)?.expected ?? 0
    if (log === undefined) positions.set(id, { expected: Math.max(before, last + 1), at })
    else setAhead(ahead, id, log, last + 1)
  }
}

export function setAhead(ahead: LogPositions, id: string, log: string, expected: number): void {
  const logs = ahead.get(id)
  if (logs) logs.set(log, expected)
  else ahead.set(id, new Map([[log, expected]]))
}
