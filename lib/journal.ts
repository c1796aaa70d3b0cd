import {
  closeSync,
  existsSync,
  fdatasyncSync,
  fstatSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync
} from 'node:fs'
import { basename, dirname, join, relative, resolve } from 'node:path'
import { ZmqPubError, toMessage } from './errors.ts'
import { createId, toHexId } from './frame.ts'
import { parseObject } from './hello.ts'
import { keepWholePieces, type JournaledWrite, type Piece } from './journal-recovery.ts'
import { Lock } from './lock.ts'
import { syncFolder, writeAll } from './file-system.ts'
import { baseFolderOf } from './log-name.ts'

/** The journal is written anew when it has grown to this. Unit: bytes */
const compactBytes = 1024 * 1024
/** A sender that wrote nothing for this long is forgotten. Unit: ms */
const forgetMs = 7 * 24 * 3_600_000

/** How far one sender's records are in the log. */
export interface Position {
  /** sequence number of the next record to take */
  expected: number
  /** when it last wrote. Unit: ms since the epoch */
  at: number
}

/**
 * Remembers, beside the log, whose records are in it: before bytes are written to a file, a line
 * says where they will stand and whose they are. After a kill -9 the lines are laid against the
 * files, so that what was written isn't written again, and a torn end is cut off.
 *
 *   {"collector":"<id>","positions":{"<sender id>":[expected, ms]}}        once, at the top
 *   {"file":"2026-11-23.log","offset":0,"at":ms,"pieces":[[length,"<sender id>",last],[length]]}
 */
export class Journal {
  readonly #path: string
  readonly #lock: Lock
  readonly #positions: Map<string, Position>
  readonly #now: () => number
  #fd: number
  #bytes: number
  /** 8 bytes as latin1; the same after a restart */
  readonly collectorId: string
  /** whether there was no journal: what the log holds isn't known */
  readonly isNew: boolean

  /**
   * Opens the journal, cuts torn ends off the log's files, and locks the log for this process.
   * @param now ms since the epoch
   * @throws ERR_ZMQ_PUB_FILE where it can't be written, or another collector has it
   */
  static open(path: string, now: () => number): Journal {
    let lock: Lock | undefined
    try {
      mkdirSync(dirname(path), { recursive: true })
      lock = Lock.acquire(`${path}.lock`)
      if (lock) return new Journal(path, lock, now)
    } catch (error) {
      lock?.release()
      throw new ZmqPubError(
        'ERR_ZMQ_PUB_FILE',
        `cannot write ${path}: ${toMessage(error)}; give a writable path with --file`,
        { cause: error }
      )
    }
    throw new ZmqPubError(
      'ERR_ZMQ_PUB_FILE',
      `another collector writes this log: it holds ${path}.lock; stop it, or choose another --file`
    )
  }

  private constructor(path: string, lock: Lock, now: () => number) {
    this.#path = path
    this.#lock = lock
    this.#now = now
    this.isNew = !existsSync(path)
    const { collectorId, positions } = this.isNew
      ? { collectorId: createId(), positions: new Map<string, Position>() }
      : recover(path)
    this.collectorId = collectorId
    this.#positions = positions
    this.#fd = this.#rewrite()
    this.#bytes = fstatSync(this.#fd).size
  }

  /** By sender id. */
  get positions(): ReadonlyMap<string, Position> {
    return this.#positions
  }

  /** Says what will be written next; all earlier writes must have ended. @throws the file system's error */
  beforeWrite(file: string, offset: number, pieces: readonly Piece[], isSynced: boolean): void {
    if (this.#bytes > compactBytes) this.#compact()
    const at = this.#now()
    const write: JournaledWrite = {
      file: relative(dirname(this.#path), file),
      offset,
      at,
      pieces: pieces.map(toTuple)
    }
    this.#append(`${JSON.stringify(write)}\n`, isSynced)
    for (const { senderId, last } of pieces) {
      if (senderId !== undefined) this.#positions.set(senderId, { expected: last + 1, at })
    }
  }

  /** Every write has ended, and none is in doubt: its file may go. @throws the file system's error */
  settle(): void {
    this.#compact()
  }

  /** @param isWritten whether every write has ended: then nothing is in doubt at the next start */
  close(isWritten = true): void {
    try {
      if (isWritten) this.#compact()
    } catch {
      // The journal is right as it is; only its last line is then looked at again.
    }
    closeSync(this.#fd)
    this.#lock.release()
  }

  /** A line is written whole or not at all: half a line would spoil the next one. */
  #append(line: string, isSynced: boolean): void {
    const bytes = Buffer.from(line)
    try {
      writeAll(this.#fd, bytes)
      if (isSynced) fdatasyncSync(this.#fd)
    } catch (error) {
      ftruncateSync(this.#fd, this.#bytes)
      throw error
    }
    this.#bytes += bytes.length
  }

  #compact(): void {
    const fd = this.#rewrite()
    closeSync(this.#fd)
    this.#fd = fd
    this.#bytes = fstatSync(fd).size
  }

  /** Writes the journal anew, with nothing but the positions. @returns the new file, open for appending */
  #rewrite(): number {
    const oldest = this.#now() - forgetMs
    for (const [id, { at }] of this.#positions) if (at < oldest) this.#positions.delete(id)
    const positions = Object.fromEntries(
      [...this.#positions].map(([id, { expected, at }]) => [toHexId(id), [expected, at]])
    )
    const head = { collector: toHexId(this.collectorId), positions }
    const fresh = `${this.#path}.new`
    const fd = openSync(fresh, 'w')
    try {
      writeAll(fd, Buffer.from(`${JSON.stringify(head)}\n`))
      fdatasyncSync(fd)
    } finally {
      closeSync(fd)
    }
    renameSync(fresh, this.#path)
    syncFolder(dirname(this.#path))
    return openSync(this.#path, 'a')
  }
}

/** The journal's path for a log: a hidden file in the log's folder, named after the rest of the path. */
export function toJournalPath(file: string): string {
  const folder = baseFolderOf(file)
  const rest = relative(folder, file).replaceAll(/[/\\]/g, '_')
  return resolve(folder, `.${rest === '' ? basename(file) : rest}.journal`)
}

function recover(path: string): { collectorId: string; positions: Map<string, Position> } {
  const positions = new Map<string, Position>()
  let collectorId = createId()
  let lastWrite: JournaledWrite | undefined
  for (const line of readFileSync(path, 'utf8').split('\n')) {
    const entry = parseObject(line)
    if (typeof entry?.['collector'] === 'string') {
      collectorId = Buffer.from(entry['collector'], 'hex').toString('latin1')
      for (const [id, value] of Object.entries(entry['positions'] as Record<string, number[]>)) {
        const [expected = 0, at = 0] = value
        positions.set(Buffer.from(id, 'hex').toString('latin1'), { expected, at })
      }
    } else if (typeof entry?.['file'] === 'string') {
      // One write at a time: all but the last had ended, wherever their files are by now.
      if (lastWrite) remember(positions, lastWrite, lastWrite.pieces.length)
      lastWrite = entry as unknown as JournaledWrite
    }
  }
  if (lastWrite) {
    const file = join(dirname(path), lastWrite.file)
    remember(positions, lastWrite, keepWholePieces(file, lastWrite))
  }
  return { collectorId, positions }
}

/** The first `count` pieces of a write are in the file. */
function remember(positions: Map<string, Position>, write: JournaledWrite, count: number): void {
  for (const [, id, last = 0] of write.pieces.slice(0, count)) {
    if (id === undefined) continue
    positions.set(Buffer.from(id, 'hex').toString('latin1'), { expected: last + 1, at: write.at })
  }
}

function toTuple(piece: Piece): JournaledWrite['pieces'][number] {
  return piece.senderId === undefined
    ? [piece.length]
    : [piece.length, toHexId(piece.senderId), piece.last]
}
