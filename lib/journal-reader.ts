/** What a journal says at the start of a collector. */
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { createId, fromHexId } from './frame.ts'
import { isObject, parseObject } from './hello.ts'
import { keepWholePieces, type JournaledWrite } from './journal-recovery.ts'
import type { Position } from './journal.ts'

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

/** Reads a journal, and cuts torn ends off its logs. Lines that say nothing are skipped. */
export function recoverJournal(path: string): Recovered {
  const recovered = createRecovered()
  // One write at a time to each log: all but its last had ended, wherever their files are by now.
  const lastWrites = new Map<string | undefined, JournaledWrite>()
  for (const line of readFileSync(path, 'utf8').split('\n')) {
    const entry = parseObject(line)
    if (!entry) continue
    if (typeof entry['file'] === 'string') {
      const write = entry as unknown as JournaledWrite
      const ended = lastWrites.get(write.log)
      if (ended) rememberWrite(recovered, ended)
      lastWrites.set(write.log, write)
    } else {
      readHead(recovered, entry)
      readFiled(recovered, entry)
    }
  }
  for (const write of lastWrites.values()) {
    rememberWrite(recovered, write, keepWholePieces(join(dirname(path), write.file), write))
  }
  return recovered
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

function setAhead(ahead: LogPositions, id: string, log: string, expected: number): void {
  const logs = ahead.get(id)
  if (logs) logs.set(log, expected)
  else ahead.set(id, new Map([[log, expected]]))
}

function readHead(recovered: Recovered, entry: Record<string, unknown>): void {
  if (typeof entry['collector'] !== 'string') return
  recovered.collectorId = fromHexId(entry['collector'])
  for (const [id, value] of Object.entries(entry['positions'] as Record<string, number[]>)) {
    const [expected = 0, at = 0] = value
    recovered.positions.set(fromHexId(id), { expected, at })
  }
  if (!isObject(entry['ahead'])) return
  for (const [id, logs] of Object.entries(entry['ahead'] as Record<string, object>)) {
    for (const [log, expected] of Object.entries(logs)) {
      setAhead(recovered.ahead, fromHexId(id), log, expected as number)
    }
  }
}

function readFiled({ positions }: Recovered, { at, filed }: Record<string, unknown>): void {
  if (!isObject(filed) || typeof at !== 'number') return
  for (const [id, seq] of Object.entries(filed as Record<string, number>)) {
    positions.set(fromHexId(id), { expected: seq + 1, at })
  }
}
