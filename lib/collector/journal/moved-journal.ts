/** Finds a journal that its collector was moving when it was killed: see "Move" in journal.ts. */
import { appendFileSync, existsSync, rmSync } from 'node:fs'
import { dirname, relative } from 'node:path'
import { ZmqPubError } from '../../errors.ts'
import type { LockFile } from '../../util/lock-file.ts'
import { toLine } from './compacted-text.ts'
import { acquireLogLock } from './log-locks.ts'
import type { JournalState } from './entries.ts'
import { readJournal, type ReadJournal } from './recovery.ts'

/** The last line of a journal that is being moved, with its newline. */
export function toMoveLine(from: string, to: string): string {
  return toLine({ movedTo: relative(dirname(from), to) })
}

/** Deletes what a move has left. Where that is impossible it stays, and leads to the journal. */
export function deleteFormer(path: string): void {
  try {
    rmSync(path, { force: true })
  } catch {
    // As for a folder that has become read-only.
  }
}

/** Deletes what the moves of a journal have left, as its collector was killed meanwhile: later it would be taken for the journal. */
export function deleteLeft(paths: readonly string[], { collectorId, moves }: JournalState): void {
  for (const path of paths) {
    try {
      const { state } = readJournal(path)
      if (state.collectorId === collectorId && state.moves < moves) deleteFormer(path)
    } catch {
      // There is nothing, or nothing that could be read as a journal later.
    }
  }
}

/** The journal of a path, which may be in another place: there this holds its lock until `release`. */
export class FoundJournal {
  readonly journal: ReadJournal
  readonly #lock: LockFile | undefined

  /**
   * Finds the journal, and changes nothing.
   * @param path where a start looks for it, and whose lock this process has
   * @returns undefined where there is none, or where another collector has it by now
   * @throws the file system's error where it can't be read
   */
  static find(path: string): FoundJournal | undefined {
    if (!existsSync(path)) return undefined
    const { path: place } = readLatest(path)
    if (place === path) return new FoundJournal(path, undefined)
    try {
      return new FoundJournal(path, acquireLogLock(place))
    } catch (error) {
      // The other collector has started from it; what is here was left behind.
      if (error instanceof ZmqPubError && error.cause === undefined) return undefined
      throw error
    }
  }

  private constructor(path: string, lock: LockFile | undefined) {
    this.#lock = lock
    this.journal = readLatest(path)
  }

  /** Whether it is in another place than where it was looked for. */
  get wasMoved(): boolean {
    return this.#lock !== undefined
  }

  /** Notes in its place where it will be, if that is another one. */
  beforeMove(to: string): void {
    const { path } = this.journal
    if (!this.wasMoved) return
    try {
      appendFileSync(path, toMoveLine(path, to))
    } catch {
      // On a full disk: a start that is killed before `afterMove` leaves two journals that say the same.
    }
  }

  /** Deletes what is in its former place, once all of it is in the new one. */
  afterMove(): void {
    if (this.wasMoved) deleteFormer(this.journal.path)
  }

  /** Releases the lock of the place where it was found. */
  release(): void {
    this.#lock?.release()
  }
}

/** Reads a journal, or the one that it was moved to. */
function readLatest(path: string): ReadJournal {
  let latest = readJournal(path)
  for (let next = readNext(latest); next; next = readNext(latest)) latest = next
  return latest
}

/** @returns undefined where a journal was not moved, or not completely */
function readNext({ movedTo, state }: ReadJournal): ReadJournal | undefined {
  if (movedTo === undefined || !existsSync(movedTo)) return undefined
  const next = readJournal(movedTo)
  // Another one may be there: that of another collector, or of this one from before the move.
  const isLater = next.state.collectorId === state.collectorId && next.state.moves > state.moves
  return isLater ? next : undefined
}
