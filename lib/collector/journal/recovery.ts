/** Reads a journal when a collector starts: see "Read" and "Repair" in journal.ts. */
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { isObject, parseObject } from '../../util/object.ts'
import { fromHexId } from '../../wire/id.ts'
import {
  createJournalState,
  applyWrite,
  setAhead,
  type JournaledWrite,
  type JournalState
} from './entries.ts'
import { keepWholePieces } from './torn-write.ts'

/**
 * Reads a journal, and cuts torn writes off the files of its logs. Lines that are not understood are skipped.
 * @param path of the journal
 * @throws the file system's error where the journal can't be read, or a torn file can't be cut
 */
export function recoverJournal(path: string): JournalState {
  const state = createJournalState()
  // Each log has one write at a time: all but its last have ended, wherever their files are by now.
  const lastWrites = new Map<string | undefined, JournaledWrite>()
  for (const line of readFileSync(path, 'utf8').split('\n')) {
    const entry = parseObject(line)
    if (!entry) continue
    if (typeof entry['file'] === 'string') {
      const write = entry as unknown as JournaledWrite
      const ended = lastWrites.get(write.log)
      if (ended) applyWrite(state, ended)
      lastWrites.set(write.log, write)
    } else {
      readHead(state, entry)
      readFiled(state, entry)
    }
  }
  for (const write of lastWrites.values()) {
    applyWrite(state, write, keepWholePieces(join(dirname(path), write.file), write))
  }
  return state
}

function readHead(state: JournalState, entry: Record<string, unknown>): void {
  if (typeof entry['collector'] !== 'string') return
  state.collectorId = fromHexId(entry['collector'])
  for (const [id, value] of Object.entries(entry['positions'] as Record<string, number[]>)) {
    const [expected = 0, timeMs = 0] = value
    state.positions.set(fromHexId(id), { expected, timeMs })
  }
  if (!isObject(entry['ahead'])) return
  for (const [id, logs] of Object.entries(entry['ahead'] as Record<string, object>)) {
    for (const [log, expected] of Object.entries(logs)) {
      setAhead(state.ahead, fromHexId(id), log, expected as number)
    }
  }
}

function readFiled({ positions }: JournalState, { at, filed }: Record<string, unknown>): void {
  if (!isObject(filed) || typeof at !== 'number') return
  for (const [id, seq] of Object.entries(filed as Record<string, number>)) {
    positions.set(fromHexId(id), { expected: seq + 1, timeMs: at })
  }
}
