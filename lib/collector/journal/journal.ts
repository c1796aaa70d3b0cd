import { existsSync, rmSync } from 'node:fs'
import { dirname, relative } from 'node:path'
import type { LockFile } from '../../util/lock-file.ts'
import type { Ack } from '../../wire/frame.ts'
import { toHexId } from '../../wire/id.ts'
import { toWriteError } from '../files/write-error.ts'
import type { Piece } from '../files/write-queue.ts'
import {
  createRecovered,
  rememberWrite,
  type JournaledWrite,
  type LogPositions,
  type Position
} from './entries.ts'
import { JournalFile } from './journal-file.ts'
import { acquireLogLock } from './log-locks.ts'
import { recoverJournal } from './recovery.ts'

/** A sender that wrote nothing for this long is forgotten. Unit: ms */
const forgetMs = 7 * 24 * 3_600_000

/** What is about to be written. */
export interface Announcement {
  /** Which of several logs it goes to; undefined where there is one, whose records are filed at once. */
  log?: string | undefined
  path: string
  /** where the write begins. Unit: bytes */
  offset: number
  pieces: readonly Piece[]
}

/**
 * Remembers, beside the log, whose records are in it: before bytes are written to a file, a line
 * says where they will stand and whose they are. After a kill -9 the lines are laid against the
 * files, so that what was written isn't written again, and a torn end is cut off.
 *
 *   {"collector":"<id>","positions":{"<sender id>":[expected, ms]}}        once, at the top
 *   {"file":"2026-11-23.log","offset":0,"at":ms,"pieces":[[length,"<sender id>",last],[length]]}
 *
 * Where there are several logs, a sender's records may be in one and not yet in another:
 *
 *   {"collector":…,"positions":…,"ahead":{"<sender id>":{"<log>":expected}}}
 *   {"log":"api.{date}.log","file":"api.2026-11-23.log","offset":…}
 *   {"at":ms,"filed":{"<sender id>":last}}           before it is acknowledged: it is in all of them
 */
export class Journal {
  readonly #file: JournalFile
  #lock: LockFile
  readonly #positions: Map<string, Position>
  readonly #ahead: LogPositions
  /** by log, the write that may not have ended, and its line */
  readonly #inDoubt = new Map<string | undefined, { write: JournaledWrite; path: string }>()
  readonly #now: () => number
  /** 8 bytes as latin1; the same after a restart */
  readonly collectorId: string
  /** By sender id and log, the number of the next record: what was in some logs at the start, and not in all. */
  readonly recoveredAhead: ReadonlyMap<string, ReadonlyMap<string, number>>
  /** whether there was no journal: what the log holds isn't known */
  readonly isNew: boolean

  /**
   * Opens the journal, cuts torn ends off the log's files, and locks the log for this process.
   * @param now ms since the epoch
   * @throws ERR_ZMQ_PUB_FILE where it can't be written, or another collector has it
   */
  static open(path: string, now: () => number): Journal {
    const lock = acquireLogLock(path)
    try {
      return new Journal(path, lock, now)
    } catch (error) {
      lock.release()
      throw toWriteError(path, error)
    }
  }

  private constructor(path: string, lock: LockFile, now: () => number) {
    this.#lock = lock
    this.#now = now
    this.isNew = !existsSync(path)
    const recovered = this.isNew ? createRecovered() : recoverJournal(path)
    this.collectorId = recovered.collectorId
    this.#positions = recovered.positions
    this.#ahead = recovered.ahead
    this.#forget()
    this.#file = new JournalFile(path, this.#toText(path))
    this.recoveredAhead = new Map([...recovered.ahead].map(([id, logs]) => [id, new Map(logs)]))
  }

  /** By sender id: what is in all logs that it belongs to. */
  get positions(): ReadonlyMap<string, Position> {
    return this.#positions
  }

  get path(): string {
    return this.#file.path
  }

  /** Says what will be written next to a log; its earlier writes must have ended. @throws the file system's error */
  beforeWrite({ log, path, offset, pieces }: Announcement, isSynced: boolean): void {
    this.#compactIfLarge()
    const write: JournaledWrite = {
      ...(log !== undefined && { log }),
      file: relative(dirname(this.path), path),
      offset,
      at: this.#now(),
      pieces: pieces.map(toTuple)
    }
    this.#file.append(toLine(write), isSynced)
    this.#inDoubt.set(log, { write, path })
  }

  /** What was announced last for a log is in its file. */
  afterWrite(log?: string): void {
    const announced = this.#inDoubt.get(log)
    this.#inDoubt.delete(log)
    if (announced)
      rememberWrite({ positions: this.#positions, ahead: this.#ahead }, announced.write)
  }

  /** Says up to where senders' records are in all logs. Call before they are acknowledged. @throws the file system's error */
  file(acks: readonly Ack[], isSynced: boolean): void {
    const news = acks.filter(
      ({ senderId, seq }) => seq > 0 && seq >= (this.#positions.get(senderId)?.expected ?? 0)
    )
    if (news.length === 0) return
    this.#compactIfLarge()
    const at = this.#now()
    const filed = Object.fromEntries(news.map(({ senderId, seq }) => [toHexId(senderId), seq]))
    this.#file.append(toLine({ at, filed }), isSynced)
    for (const { senderId, seq } of news) this.#positions.set(senderId, { expected: seq + 1, at })
  }

  /** Leaves nothing in doubt but what is being written: the other files may go. @throws the file system's error */
  settle(): void {
    this.#compact()
  }

  /**
   * Goes on in another place, where the next start will look for it; nothing is left in the old one.
   * @param lock of the new place
   * @throws the file system's error; the journal is then where it was
   */
  moveTo(path: string, lock: LockFile): void {
    const [formerPath, formerLock] = [this.path, this.#lock]
    this.#compact(path)
    this.#lock = lock
    rmSync(formerPath, { force: true })
    formerLock.release()
  }

  /** @param isWritten whether every write has ended: then nothing is in doubt at the next start */
  close(isWritten = true): void {
    try {
      if (isWritten) this.#compact()
    } catch {
      // The journal is right as it is; only its last line is then looked at again.
    }
    this.#file.close()
    this.#lock.release()
  }

  #compactIfLarge(): void {
    if (this.#file.isLarge) this.#compact()
  }

  #compact(path = this.path): void {
    this.#forget()
    this.#file.replace(path, this.#toText(path))
  }

  /** Nothing but what still counts. @param journal the path that files are named from */
  #toText(journal: string): string {
    const positions = Object.fromEntries(
      [...this.#positions].map(([id, { expected, at }]) => [toHexId(id), [expected, at]])
    )
    const ahead = Object.fromEntries(
      [...this.#ahead].map(([id, logs]) => [toHexId(id), Object.fromEntries(logs)])
    )
    const head = {
      collector: toHexId(this.collectorId),
      positions,
      ...(this.#ahead.size > 0 && { ahead })
    }
    const inDoubt = [...this.#inDoubt.values()].map(({ write, path }) => ({
      ...write,
      file: relative(dirname(journal), path)
    }))
    return [head, ...inDoubt].map(toLine).join('')
  }

  /** Senders of old go, and what is ahead no longer. */
  #forget(): void {
    for (const [id, logs] of this.#ahead) {
      const filed = this.#positions.get(id)?.expected ?? 0
      for (const [log, expected] of logs) if (expected <= filed) logs.delete(log)
      if (logs.size === 0) this.#ahead.delete(id)
    }
    const oldest = this.#now() - forgetMs
    for (const [id, { at }] of this.#positions) {
      if (at >= oldest) continue
      this.#positions.delete(id)
      this.#ahead.delete(id)
    }
  }
}

function toLine(entry: object): string {
  return `${JSON.stringify(entry)}\n`
}

function toTuple(piece: Piece): JournaledWrite['pieces'][number] {
  return piece.senderId === undefined
    ? [piece.length]
    : [piece.length, toHexId(piece.senderId), piece.last]
}
