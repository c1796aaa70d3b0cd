/** Reads a journal when a collector starts: see "Read" and "Repair" in journal.ts. */
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import {
  createJournalState,
  applyWrite,
  setAhead,
  type JournaledWrite,
  type JournalState
} from './entries.ts'
import { parseEntry } from './entry-reader.ts'
import { keepWholePieces } from './torn-write.ts'

/** The state of a journal that was read. */
export interface RecoveredState extends JournalState {
  /** numbers of the lines, from 1 on, of which something is not understood and was left out */
  badLines: number[]
}

/**
 * Reads a journal, and cuts torn writes off the files of its logs. Lines that are not understood are skipped.
 * @param path of the journal
 * @throws the file system's error where the journal can't be read, or a torn file can't be cut
 */
export function recoverJournal(path: string): RecoveredState {
  const state = createJournalState()
  const badLines: number[] = []
  let hasHead = false
  // Each log has one write at a time: all but its last have ended, wherever their files are by now.
  const lastWrites = new Map<string | undefined, JournaledWrite>()
  const lines = readFileSync(path, 'utf8').split('\n')
  for (const [index, line] of lines.entries()) {
    const entry = parseEntry(line)
    const isLast = index === lines.length - 1 // empty, or a torn line, whose write had not begun
    const isBad = !entry || (entry.kind === 'state' && entry.isDamaged)
    if (isBad && !isLast) badLines.push(index + 1)
    if (entry?.kind === 'write') {
      const { write } = entry
      const ended = lastWrites.get(write.log)
      if (ended) applyWrite(state, ended)
      lastWrites.set(write.log, write)
    } else if (entry) {
      state.collectorId = entry.collectorId ?? state.collectorId
      hasHead ||= entry.collectorId !== undefined
      for (const [id, position] of entry.positions) state.positions.set(id, position)
      for (const [id, log, expected] of entry.ahead) setAhead(state.ahead, id, log, expected)
    }
  }
  for (const [log, write] of lastWrites) {
    const file = join(dirname(path), write.file)
    applyWrite(state, write, keepWholePieces(file, write))
    state.lastPaths.set(log, file)
  }
  // Every journal begins with its head: an empty or cut one has lost it, and what it said of senders.
  if (!hasHead && badLines[0] !== 1) badLines.unshift(1)
  return { ...state, badLines }
}
