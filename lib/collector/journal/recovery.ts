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

/** What is in the file of a journal, before the files of its logs are looked at. */
export interface ReadJournal {
  /** of its file */
  path: string
  state: JournalState
  /** by log: its last write, of which nobody knows yet whether it has ended */
  lastWrites: Map<string | undefined, JournaledWrite>
  /** numbers of the lines, from 1 on, of which something is not understood and was left out */
  badLines: number[]
  /** where it was being moved to, if its last line says so: a path */
  movedTo: string | undefined
}

/** The state of a journal that was read. */
export interface RecoveredState extends JournalState {
  /** as in `ReadJournal` */
  badLines: number[]
}

/**
 * Reads a journal, and changes nothing. Lines that are not understood are skipped.
 * @throws the file system's error where it can't be read
 */
export function readJournal(path: string): ReadJournal {
  const state = createJournalState()
  const badLines: number[] = []
  let movedTo: string | undefined
  let hasHead = false
  // Each log has one write at a time: all but its last have ended, wherever their files are by now.
  const lastWrites = new Map<string | undefined, JournaledWrite>()
  const lines = readFileSync(path, 'utf8').split('\n')
  for (const [index, line] of lines.entries()) {
    const entry = parseEntry(line)
    const isLast = index === lines.length - 1 // empty, or a torn line, whose write had not begun
    const isBad = !entry || (entry.kind === 'state' && entry.isDamaged)
    if (isBad && !isLast) badLines.push(index + 1)
    if (isLast && line === '') break
    movedTo = entry?.kind === 'moved' ? join(dirname(path), entry.to) : undefined
    if (entry?.kind === 'write') {
      const { write } = entry
      const ended = lastWrites.get(write.log)
      if (ended) applyWrite(state, ended)
      lastWrites.set(write.log, write)
    } else if (entry?.kind === 'state') {
      state.collectorId = entry.collectorId ?? state.collectorId
      state.moves = Math.max(state.moves, entry.moves)
      for (const former of entry.former) state.formerPaths.push(join(dirname(path), former))
      hasHead ||= entry.collectorId !== undefined
      for (const [id, position] of entry.positions) state.positions.set(id, position)
      for (const [id, log, expected] of entry.ahead) setAhead(state.ahead, id, log, expected)
      for (const [partition, position] of entry.read) state.read.set(partition, position)
    }
  }
  // Every journal begins with its head: an empty or cut one has lost it, and what it said of senders.
  if (!hasHead && badLines[0] !== 1) badLines.unshift(1)
  return { path, state, lastWrites, badLines, movedTo }
}

/**
 * Compares the last writes of a journal with the files of its logs, and cuts torn ones off.
 * @throws the file system's error where a torn file can't be cut
 */
export function repairLogs({ path, state, lastWrites, badLines }: ReadJournal): RecoveredState {
  for (const [log, write] of lastWrites) {
    const file = join(dirname(path), write.file)
    applyWrite(state, write, keepWholePieces(file, write))
    state.lastPaths.set(log, file)
  }
  return { ...state, badLines }
}
