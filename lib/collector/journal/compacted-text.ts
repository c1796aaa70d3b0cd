/** Writes what entry-reader.ts reads. The format is described in journal.ts. */
import { dirname, relative } from 'node:path'
import { toHexId } from '../../wire/id.ts'
import type { Piece } from '../files/write-queue.ts'
import type { JournaledWrite, JournalState } from './entries.ts'

/** A write in progress, and the path of its file. */
export interface WriteInDoubt {
  write: JournaledWrite
  path: string
}

/** The text of a compacted journal. @param journal its path: files are named relative to its folder */
export function toCompactedText(
  journal: string,
  { collectorId, moves, formerPaths, ...state }: Omit<JournalState, 'lastPaths'>,
  inDoubt: Iterable<WriteInDoubt>
): string {
  const toName = (path: string): string => relative(dirname(journal), path)
  const positions = Object.fromEntries(
    [...state.positions].map(([id, { expected, timeMs }]) => [toHexId(id), [expected, timeMs]])
  )
  const ahead = Object.fromEntries(
    [...state.ahead].map(([id, logs]) => [toHexId(id), Object.fromEntries(logs)])
  )
  const former = formerPaths.filter(path => path !== journal).map(toName)
  const head = {
    collector: toHexId(collectorId),
    ...(moves > 0 && { moves }),
    ...(former.length > 0 && { former }),
    positions,
    ...(state.ahead.size > 0 && { ahead }),
    ...(state.read.size > 0 && { read: Object.fromEntries(state.read) })
  }
  const writes = [...inDoubt].map(({ write, path }) => ({ ...write, file: toName(path) }))
  return [head, ...writes].map(toLine).join('')
}

/** A line of a journal, with its newline. */
export function toLine(entry: object): string {
  return `${JSON.stringify(entry)}\n`
}

/** A part of a write as a line has it. */
export function toTuple(piece: Piece): JournaledWrite['pieces'][number] {
  return piece.senderId === undefined
    ? [piece.length]
    : [piece.length, toHexId(piece.senderId), piece.last]
}
