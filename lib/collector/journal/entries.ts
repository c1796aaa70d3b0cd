/** The lines of a journal and the state that they add up to. The format is described in journal.ts. */
import { createId, fromHexId } from '../../wire/id.ts'

/** A line that announces a write. The names of its properties are part of the file format. */
export interface JournaledWrite {
  /** Id of the log that is written. Absent where the collector has a single log. */
  log?: string
  /** Path of the file, relative to the journal's folder. */
  file: string
  /** Where the write begins in the file. Unit: bytes */
  offset: number
  /** When it was announced. Unit: ms since the epoch */
  at: number
  /**
   * The parts of the write, in order: length in bytes, then the sender's id in hexadecimal and the
   * sequence number of its last record in this part. Lines that need no ack have a length only.
   */
  pieces: [length: number, senderId?: string, last?: number][]
}

/** How far one sender's records are filed. */
export interface Position {
  /** Sequence number of the next record to accept. */
  expected: number
  /** When it was last advanced. Unit: ms since the epoch */
  timeMs: number
}

/** By sender id (8 bytes as latin1) and by log id: the sequence number of the next record for that log. */
export type LogPositions = Map<string, Map<string, number>>

/** Everything that a journal knows. */
export interface JournalState {
  /** 8 bytes as latin1 */
  collectorId: string
  /** How often the journal was moved to another path. */
  moves: number
  /** Paths of files that a move has left, and that lead here. */
  formerPaths: string[]
  /** By sender id (8 bytes as latin1): what is filed, that is, in every required log that it belongs to. */
  positions: Map<string, Position>
  /** What is in some logs already, and not filed. */
  ahead: LogPositions
  /** By partition of a stream, such as `a1b2c3d4e5f60718.0`: the position up to which everything is filed. */
  read: Map<string, number>
  /** By log: path of the file in its last line. */
  lastPaths: Map<string | undefined, string>
}

/** The state of a new journal, with a random collector id. */
export function createJournalState(): JournalState {
  return {
    collectorId: createId(),
    moves: 0,
    formerPaths: [],
    positions: new Map(),
    ahead: new Map(),
    read: new Map(),
    lastPaths: new Map()
  }
}

/**
 * Adds a write to the state. Where there is a single log its records are filed, else they are ahead.
 * @param count number of pieces, from the start, that are in the file
 */
export function applyWrite(
  { positions, ahead }: Pick<JournalState, 'positions' | 'ahead'>,
  { log, at, pieces }: JournaledWrite,
  count = pieces.length
): void {
  for (const [, hexId, last = 0] of pieces.slice(0, count)) {
    if (hexId === undefined) continue
    const id = fromHexId(hexId)
    // A position that was filed after this write may be further.
    const before = positions.get(id)?.expected ?? 0
    if (log === undefined) positions.set(id, { expected: Math.max(before, last + 1), timeMs: at })
    else setAhead(ahead, id, log, last + 1)
  }
}

/** Sets the sequence number of a sender's next record for one log. */
export function setAhead(ahead: LogPositions, id: string, log: string, expected: number): void {
  const logs = ahead.get(id)
  if (logs) logs.set(log, expected)
  else ahead.set(id, new Map([[log, expected]]))
}
