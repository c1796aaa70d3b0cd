/**
 * The journal: a file beside the log that says whose records are in the log's files.
 *
 * Constraints
 * - Each record is in each of its logs exactly once, even if the collector is killed (kill -9) at any
 *   moment. A record that is in a log is not written to it again when its sender repeats the record; a
 *   record that was acknowledged is in its logs. After a power cut this holds only with `fsync`.
 *   Logs of outputs with `required: false` may miss records: nothing waits for them.
 * - Several logs share one journal. A record is "filed" when it is in every required log that it
 *   belongs to, and only then it is acknowledged. Until then it is "ahead" in the logs that have it.
 * - Each log has at most one write in progress, so only its last announced write can be torn.
 * - Journal and files may be moved together: paths are relative to the journal's folder.
 *
 * Layout: UTF-8, one JSON object a line, sender ids in hexadecimal, times (`at`) in ms since the epoch.
 * - Head, the first line. `positions`: sender id -> [sequence number of the next record, at]. `ahead`,
 *   only if not empty: sender id -> log -> sequence number of the next record for that log.
 *   `moves`, only if not 0: how often the journal was moved. `former`, only if not empty: paths that lead here since a move.
 *     {"collector":"<id>","moves":1,"positions":{"<id>":[43,1795788000000]},"ahead":{"<id>":{"api.{date}.log":57}}}
 * - Announced write. `offset` and lengths in bytes. A piece is [length, sender id, sequence number of
 *   its last record], or [length] for lines that need no ack. `log`: the log's id, only if there are several logs.
 *     {"log":"api.{date}.log","file":"api.2026-11-23.log","offset":0,"at":1795788000000,"pieces":[[120,"<id>",56],[30]]}
 * - Filed: sender id -> sequence number of its last filed record. With a single log a finished write is
 *   filed without this line; it occurs for records that the log doesn't take, such as a lower level.
 *     {"at":1795788000000,"filed":{"<id>":56}}
 * - Read, of a writer: partition of a stream (`<stream id>.<number>`) -> position up to which everything is filed. The
 *   head has these as `read`, only if there are any.
 *     {"read":{"<stream id>.0":4711}}
 * - Moved: where the journal is from now on, relative to its folder. It counts only as the last line.
 *     {"movedTo":"../b/.b.log.journal"}
 *
 * Write
 * - Before bytes are written to a log's file, the write is announced. After the write has ended no line
 *   follows: the log's next announcement implies it.
 * - Before records are acknowledged, a filed line is appended, unless they are known to be filed.
 * - Nothing is written once another collector has taken the lock, as this one was stopped for long (LockFile).
 *   A journal that somebody has deleted, moved or replaced is compacted within a second.
 * - With `fsync` each line is synced before the call returns. A line that could not be written is cut off.
 * - After a write or sync that the disk refused, the journal is compacted before its next line.
 * - A write whose sync failed is cut off its file, and its announcement is taken out by a compaction; then
 *   it is announced and written again, in another file.
 * - The journal is compacted to its head and the writes in progress when it is large (JournalFile),
 *   before a file that it names is compressed or deleted, when it is moved, and when it is closed. Compaction
 *   writes `<journal>.new`, syncs it and renames it. Senders that wrote nothing for 7 days are dropped,
 *   as far as the clock can be believed (StaleSenders).
 *
 * Move, by a reload after which no start would find the journal: before anything is written or acknowledged by the new
 * configuration. A kill between any two steps leaves the journal where a start with either configuration finds it:
 * 1. A moved line is appended and synced. The new place has no journal yet, or one that counts fewer moves or has
 *    another id: so the line says nothing, and further lines cancel it if the move fails.
 * 2. The journal is written in the new place, compacted, as `<journal>.new`: still nothing.
 * 3. It is renamed, and its folder synced. From here on it is what counts: a start with the new configuration finds it;
 *    one with the former finds the moved line, and moves the journal back in the same three steps.
 * 4. Lines are appended to it, also those of the former configuration's outputs, which write what they have accepted.
 * 5. When these have ended, the former file is deleted, and the lock of its log released. After a kill before this
 *    the next start does it: its head names the file, which must not be taken for the journal later. Where
 *    step 1 had no room it is deleted right after step 3.
 *
 * Read, at a start: lines are applied in order (recovery.ts). Of each log every write but the last has
 * ended; its pieces count whatever has become of the file. A torn last line is skipped: its write had not
 * begun. Of other lines whatever is not understood is left out and reported (`badLines`), also a missing head; the
 * journal as it was is kept as `<journal>.damaged` (keepAside).
 *
 * Repair: the last write of each log is compared with the size of its file (torn-write.ts). Pieces that
 * are whole count. The first piece that is not whole is cut off if it has a sender, who sends it again;
 * of lines without a sender the whole lines stay. A missing file has no pieces: they are sent again.
 * Then the journal is compacted, so that the repair is done once; where the disk has no room for that, before its
 * next line: until then nothing is written to the logs, and the repair can be done again.
 */
import { dirname, relative, resolve } from 'node:path'
import type { LockFile } from '../../util/lock-file.ts'
import type { Ack } from '../../wire/acks.ts'
import { toHexId } from '../../wire/id.ts'
import { toWriteError } from '../files/write-error.ts'
import type { InlineWrites } from '../files/inline-writes.ts'
import type { WriteJournal } from '../files/write-journal.ts'
import type { Piece } from '../files/write-queue.ts'
import { toCompactedText, toLine, toTuple, type WriteInDoubt } from './compacted-text.ts'
import { createJournalState, type JournaledWrite } from './entries.ts'
import { JournalFile } from './journal-file.ts'
import { acquireLogLock } from './log-locks.ts'
import { keepAside } from './keep-aside.ts'
import { deleteFormer, deleteLeft, FoundJournal, toMoveLine } from './moved-journal.ts'
import { repairLogs } from './recovery.ts'
import { SenderPositions } from './sender-positions.ts'

/** A write that is about to begin. */
export interface Announcement {
  /** Id of the log. Undefined where there is a single log, whose writes are filed by themselves. */
  log?: string | undefined
  /** Path of the file. */
  path: string
  /** Where the write begins in the file. Unit: bytes */
  offset: number
  /** The parts of the write, in order. */
  pieces: readonly Piece[]
}

/** An open journal. This process holds its lock until `close`. */
export class Journal {
  readonly #file: JournalFile
  readonly #read: Map<string, number>
  #lock: LockFile
  /** By log: the write in progress, and the path of its file. */
  readonly #inDoubt = new Map<string | undefined, WriteInDoubt>()
  /** By log: path of the file in its last line, whether or not that write has ended. */
  readonly #lastPaths: Map<string | undefined, string>
  readonly #now: () => number
  #moves: number
  /** where files of before a move lead to this journal */
  readonly #formerPaths = new Set<string>()
  /** Identifies the collector; survives restarts. 8 bytes as latin1. */
  readonly collectorId: string
  /** How far each sender's records are in the logs. */
  readonly senders: SenderPositions
  /** Whether there was no journal file: nothing is known about existing log files. */
  readonly isNew: boolean
  /** Numbers of its lines of which something was not understood, and left out, when it was opened. */
  readonly badLines: readonly number[]

  /**
   * Locks the log for this process, reads the journal, repairs torn writes in the log's files, and
   * compacts the journal, which waits for its next line where the disk is full. Makes missing folders.
   * @param path of the journal
   * @param now ms since the epoch
   * @param lock the log's lock, if this process has it already; the journal owns it from now on
   * @param mode permissions of its file; undefined = as they are, or as the umask says
   * @param uptimeMs a clock that never jumps
   * @throws ERR_ZMQ_PUB_FILE where it can't be written, or another collector has the lock
   */
  static open(
    path: string,
    now: () => number,
    lock = acquireLogLock(path),
    mode?: number,
    uptimeMs = () => performance.now()
  ): Journal {
    let found: FoundJournal | undefined
    try {
      found = FoundJournal.find(path)
      return new Journal(path, lock, { now, uptimeMs }, mode, found)
    } catch (error) {
      lock.release()
      throw toWriteError(path, error)
    } finally {
      found?.release()
    }
  }

  private constructor(
    path: string,
    lock: LockFile,
    clocks: Record<'now' | 'uptimeMs', () => number>,
    mode: number | undefined,
    found: FoundJournal | undefined
  ) {
    this.#lock = lock
    this.#now = clocks.now
    this.isNew = !found
    const recovered = found ? repairLogs(found.journal) : { ...createJournalState(), badLines: [] }
    this.badLines = recovered.badLines
    if (found && this.badLines.length > 0) keepAside(found.journal.path)
    this.collectorId = recovered.collectorId
    this.senders = new SenderPositions(recovered, clocks)
    this.#read = recovered.read
    this.#moves = recovered.moves + (found?.wasMoved ? 1 : 0)
    found?.beforeMove(path)
    deleteLeft(
      recovered.formerPaths.filter(former => former !== path),
      recovered
    )
    this.#file = new JournalFile(path, this.#toText(path), mode)
    if (!this.#file.mustBeRewritten) found?.afterMove()
    this.#lastPaths = this.#file.mustBeRewritten ? recovered.lastPaths : new Map()
  }

  /** Absolute paths of the files that a restart would look at. After `compact` these are only files with a write in progress. */
  get filesInDoubt(): ReadonlySet<string> {
    return new Set([...this.#lastPaths.values()].map(path => resolve(path)))
  }

  /** Which writes to logs may be made on the main thread, as the journal's are. */
  get inlineWrites(): InlineWrites {
    return this.#file.inlineWrites
  }

  /** Path of the journal's file. */
  get path(): string {
    return this.#file.path
  }

  /**
   * What one log needs of the journal.
   * @param log its id; undefined where it is the only one
   * @param isSynced whether an announcement must be on disk before the write
   */
  forLog(log: string | undefined, isSynced: boolean): WriteJournal {
    return {
      before: (path, offset, pieces) => this.beforeWrite({ log, path, offset, pieces }, isSynced),
      after: () => this.afterWrite(log),
      withdraw: () => this.withdrawWrite(log)
    }
  }

  /**
   * Announces a write. The log's earlier writes must have ended.
   * @param isSynced whether the announcement must be on disk when this returns
   * @throws the file system's error; nothing is announced then
   */
  beforeWrite({ log, path, offset, pieces }: Announcement, isSynced: boolean): void {
    this.#refuseIfLost(this.#lock.confirm())
    this.#rewriteIfNeeded()
    const write: JournaledWrite = {
      ...(log !== undefined && { log }),
      file: relative(dirname(this.path), path),
      offset,
      at: this.#now(),
      pieces: pieces.map(toTuple)
    }
    this.#file.append(toLine(write), isSynced)
    this.#inDoubt.set(log, { write, path })
    this.#lastPaths.set(log, path)
  }

  /** Ends the write that was announced last for a log: all its bytes are in the file. */
  afterWrite(log?: string): void {
    const announced = this.#inDoubt.get(log)
    this.#inDoubt.delete(log)
    if (announced) this.senders.addWrite(announced.write)
  }

  /**
   * Takes back the write that was announced last for a log: its bytes are not in the file, and will be in
   * another. Until this returns, a restart looks for them in that file, and finds none.
   * @throws the file system's error; the write is then still announced
   */
  withdrawWrite(log?: string): void {
    const announced = this.#inDoubt.get(log)
    if (!announced) return
    this.#inDoubt.delete(log)
    try {
      // The log's next line would say that this write has ended: so the journal must not have it any more.
      this.compact()
    } catch (error) {
      this.#inDoubt.set(log, announced)
      throw error
    }
  }

  /**
   * Notes up to which record senders' records are filed. Call it before they are acknowledged.
   * @param isSynced whether the note must be on disk when this returns
   * @throws the file system's error; nothing is noted then
   */
  markFiled(acks: readonly Ack[], isSynced: boolean): void {
    const advanced = this.senders.selectAdvanced(acks)
    if (advanced.length === 0) return
    this.#refuseIfLost(this.#lock.confirm())
    this.#rewriteIfNeeded()
    const timeMs = this.#now()
    const filed = Object.fromEntries(advanced.map(({ senderId, seq }) => [toHexId(senderId), seq]))
    this.#file.append(toLine({ at: timeMs, filed }), isSynced)
    this.senders.advance(advanced, timeMs)
  }

  /** Up to where a partition of a stream was read, and everything is filed; 0 = nothing. @param partition such as `a1b2c3d4e5f60718.0` */
  readUpTo(partition: string): number {
    return this.#read.get(partition) ?? 0
  }

  /**
   * Notes up to where a partition was read. Call it when everything up to there is filed.
   * @param isSynced whether the note must be on disk when this returns
   * @throws the file system's error; nothing is noted then
   */
  markRead(partition: string, position: number, isSynced: boolean): void {
    this.#refuseIfLost(this.#lock.confirm())
    this.#rewriteIfNeeded()
    this.#file.append(toLine({ read: { [partition]: position } }), isSynced)
    this.#read.set(partition, position)
  }

  /**
   * Writes the journal again, and its lock, if somebody has deleted, moved or replaced it. Call it often: what it
   * doesn't have after a kill may be written twice.
   * @throws the file system's error, such as ENOENT while the folder is gone
   */
  check(): void {
    if (!this.#file.isInPlace() && this.#lock.renew()) this.compact()
  }

  /**
   * Rewrites the journal with its head and the writes in progress only: a restart then looks at no
   * other file, so that closed files may be compressed or deleted.
   * @throws the file system's error; the journal has not changed then
   */
  compact(): void {
    this.#rewrite(this.path)
  }

  /**
   * Moves the journal. The file at the former path leads there until `endMove`.
   * @param path where the next start will look for it
   * @param lock of the new path; the journal owns it if this returns
   * @returns the lock of the former path, which the caller must release
   * @throws the file system's error; the journal is then where it was
   */
  moveTo(path: string, lock: LockFile): LockFile {
    const [formerPath, formerLock] = [this.path, this.#lock]
    const isNoted = this.#noteMove(path)
    this.#moves++
    this.#formerPaths.add(formerPath)
    try {
      this.#rewrite(path)
    } catch (error) {
      // Where only its name is not synced it has been moved, and the next line waits for the sync.
      if (this.path !== path) {
        this.#moves--
        this.#formerPaths.delete(formerPath)
        throw error
      }
    }
    this.#lock = lock
    this.#formerPaths.delete(path)
    if (!isNoted) deleteFormer(formerPath)
    return formerLock
  }

  /** Deletes what `moveTo` has left at former paths. Call it before their locks are released: later, others may be there. */
  endMove(): void {
    for (const path of this.#formerPaths) deleteFormer(path)
    this.#formerPaths.clear()
  }

  /** Closes the file and releases the lock. @param isWritten whether every write has ended: the journal is compacted then */
  close(isWritten = true): void {
    try {
      if (isWritten) this.compact()
    } catch {
      // The journal is valid as it is; the next start only has more lines to read.
    }
    this.#file.close()
    this.#lock.release()
  }

  /** @returns false where the disk has refused the note */
  #noteMove(path: string): boolean {
    try {
      this.#rewriteIfNeeded()
      this.#file.append(toMoveLine(this.path, path), true)
      return true
    } catch {
      return false
    }
  }

  #rewriteIfNeeded(): void {
    if (this.#file.mustBeRewritten) this.compact()
  }

  #rewrite(path: string): void {
    // A journal that isn't ours at its path may be that of a collector that has taken over the log.
    this.#refuseIfLost(this.#file.isInPlace() ? this.#lock.confirm() : this.#lock.renew())
    this.senders.dropStale()
    this.#file.replace(path, this.#toText(path))
    this.#lastPaths.clear()
    for (const [log, { path: file }] of this.#inDoubt) this.#lastPaths.set(log, file)
  }

  #refuseIfLost(isHeld: boolean): void {
    if (!isHeld) throw new Error(`another collector has the lock of ${this.path}`)
  }

  #toText(path: string): string {
    const state = {
      collectorId: this.collectorId,
      moves: this.#moves,
      formerPaths: [...this.#formerPaths],
      positions: this.senders.positions,
      ahead: this.senders.ahead,
      read: this.#read
    }
    return toCompactedText(path, state, this.#inDoubt.values())
  }
}
